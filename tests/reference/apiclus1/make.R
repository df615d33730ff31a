# R 4.2.2, survey 4.1-1.  The calls behind expected.json, by their id there.
library(survey)
x <- read.csv("data.csv", na.strings="")
d <- svydesign(id=~dnum, weights=~pw, fpc=~fpc, data=x)

options(survey.lonely.psu="fail")
svymean(~api00+enroll, d, deff=TRUE, na.rm=TRUE)  # apiclus1#001
svymean(~api00+enroll, d, deff="replace", na.rm=TRUE)  # apiclus1#002
svytotal(~factor(stype), d, na.rm=TRUE)  # apiclus1#005
svyratio(~api00, ~enroll, d, na.rm=TRUE)  # apiclus1#006
svyby(~api00, ~stype, d, svymean, na.rm=TRUE, covmat=TRUE)  # apiclus1#008
svyby(~api00+enroll, ~stype, d, svytotal, na.rm=TRUE, covmat=TRUE)  # apiclus1#009
degf(subset(d, stype=='H'))  # apiclus1#057
