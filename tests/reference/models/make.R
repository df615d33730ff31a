# R 4.2.2, survey 4.1-1.  The calls behind expected.json, by their id there (nhanes: data(nhanes) of the package).
library(survey)

# apiclus1
x <- read.csv("../apiclus1/data.csv", na.strings="")
d <- svydesign(id=~dnum, weights=~pw, fpc=~fpc, data=x)
r_JK1 <- as.svrepdesign(d, type="JK1")
svyglm(api00~enroll+factor(stype), d)  # apiclus1#051
regTermTest(svyglm(api00~enroll+factor(stype), d), ~factor(stype))  # apiclus1#054
svyglm(api00~enroll, r_JK1)  # apiclus1#102
# apiclus2
x <- read.csv("schools.csv", na.strings="")
d <- svydesign(id=~dnum+snum, fpc=~fpc1+fpc2, data=x)
svyglm(api00~enroll+factor(stype), d)  # apiclus2#051
svyglm(hi~api00+factor(stype), d, family=quasibinomial())  # apiclus2#052
regTermTest(svyglm(api00~enroll+factor(stype), d), ~factor(stype))  # apiclus2#054
regTermTest(svyglm(hi~api00+factor(stype), d, family=quasibinomial()), ~factor(stype))  # apiclus2#055
# apistrat
x <- read.csv("../apistrat/data.csv", na.strings="")
x <- cbind(x, read.csv("ell.csv"))
d <- svydesign(id=~1, strata=~stype, weights=~pw, fpc=~fpc, data=x)
svyglm(api00~enroll+factor(stype), d)  # apistrat#051
regTermTest(svyglm(api00~enroll+factor(stype), d), ~factor(stype))  # apistrat#054
svypredmeans(svyglm(api00~ell,d), ~stype)  # apistrat#094
# nhanes
# d <- svydesign(id=~SDMVPSU, strata=~SDMVSTRA, weights=~WTMEC2YR, nest=TRUE, data=x)
regTermTest(svyglm(HI_CHOL~factor(race)+agecat+RIAGENDR, d, family=quasibinomial()), ~factor(race), method='LRT')  # nhanes#032
# synth2w
x <- read.csv("../synth2w/data.csv", na.strings="")
x <- cbind(x, read.csv("people.csv", na.strings="")); x$w30 <- as.numeric(x$wave == 2030)
d <- svydesign(ids=~psu, strata=~stratum, weights=~w, data=x)
w26 <- svydesign(ids=~psu, strata=~stratum, weights=~w, data=x[x$wave==2026,]); w30 <- svydesign(ids=~psu, strata=~stratum, weights=~w, data=x[x$wave==2030,])
options(survey.lonely.psu="fail"); svyglm(score~sex+age, w30)  # synth2w#082
options(survey.lonely.psu="remove"); svyglm(score~sex+age, w30)  # synth2w#088
options(survey.lonely.psu="certainty"); svyglm(score~sex+age, w30)  # synth2w#094
options(survey.lonely.psu="adjust"); svyglm(score~sex+age, w30)  # synth2w#100
options(survey.lonely.psu="average"); svyglm(score~sex+age, w30)  # synth2w#106
svyglm(aware~w30, d, family=quasibinomial())  # synth2w#210
svyglm(score~w30*sex+age, d)  # synth2w#211
regTermTest(svyglm(score~w30*sex+age, d), ~w30:sex)  # synth2w#212
svyglm(aware~sex+age+edu, w26, family=quasibinomial())  # synth2w#232
svyglm(score~sex+age+edu, w26)  # synth2w#233
regTermTest(svyglm(aware~sex+age+edu, w26, family=quasibinomial()), ~edu)  # synth2w#234
svyolr(factor(l1)~sex+age, w26)  # synth2w#235
svyglm(hours~sex+age, w26, family=quasipoisson())  # synth2w#236
