# R 4.2.2, survey 4.1-1.  The calls behind expected.json, by their id there.
library(survey)
x <- read.csv("data.csv", na.strings="")
d <- svydesign(id=~1, strata=~stype, weights=~pw, fpc=~fpc, data=x)

options(survey.lonely.psu="fail")
svymean(~api00+enroll, d, deff=TRUE, na.rm=TRUE)  # apistrat#001
svymean(~api00+enroll, d, deff="replace", na.rm=TRUE)  # apistrat#002
svytotal(~factor(stype), d, na.rm=TRUE)  # apistrat#005
svyratio(~api00, ~enroll, d, na.rm=TRUE)  # apistrat#006
svyby(~api00, ~stype, d, svymean, na.rm=TRUE, covmat=TRUE)  # apistrat#008
svyby(~api00+enroll, ~stype, d, svytotal, na.rm=TRUE, covmat=TRUE)  # apistrat#009
degf(subset(d, comp_imp=='Yes'))  # apistrat#057
svyby(~api00, ~stype+comp_imp, d, svymean, na.rm=TRUE, covmat=TRUE)  # apistrat#061
