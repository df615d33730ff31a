# R 4.2.2, survey 4.1-1.  The calls behind expected.json, by their id there.
library(survey)
x <- read.csv("data.csv", na.strings="")
d <- svydesign(id=~dnum, weights=~pw, fpc=~fpc, data=x)
# synth2w#...: d is svydesign(ids=~psu, strata=~stratum, weights=~w, data=synth2w); rk2 <- rake(), po2 <- postStratify(),
# gr2 <- calibrate(calfun="linear") of d to wave x sex (rk2, gr2: and wave x agegrp) of controls.json;
# n26, d26, n30, d30: aware * (wave == .) and (wave == .), 0 where aware is missing.
svymean(~api00+hi, postStratify(d, ~stype, data.frame(stype=c('E','H','M'),Freq=c(4421,755,1018))))  # apiclus1#061
svytotal(~enroll, postStratify(d, ~stype, data.frame(stype=c('E','H','M'),Freq=c(4421,755,1018))))  # apiclus1#062
svymean(~api00, rake(d, list(~stype,~sch_wide), list(data.frame(stype=c('E','H','M'),Freq=c(4421,755,1018)), data.frame(sch_wide=c('No','Yes'),Freq=c(1072,5122))), control=list(epsilon=1e-10,maxit=500)))  # apiclus1#064
svymean(~hi, rake(d, list(~stype,~sch_wide), list(data.frame(stype=c('E','H','M'),Freq=c(4421,755,1018)), data.frame(sch_wide=c('No','Yes'),Freq=c(1072,5122))), control=list(epsilon=1e-10,maxit=500)))  # apiclus1#065
svytotal(~enroll, rake(d, list(~stype,~sch_wide), list(data.frame(stype=c('E','H','M'),Freq=c(4421,755,1018)), data.frame(sch_wide=c('No','Yes'),Freq=c(1072,5122))), control=list(epsilon=1e-10,maxit=500)), na.rm=TRUE)  # apiclus1#066
calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="linear", epsilon=1e-10)  # apiclus1#067
svymean(~api00+hi, calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="linear", epsilon=1e-10))  # apiclus1#068
svytotal(~enroll, calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="linear", epsilon=1e-10), na.rm=TRUE)  # apiclus1#069
svymean(~api00, subset(calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="linear", epsilon=1e-10), stype=='H'))  # apiclus1#071
calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="raking", epsilon=1e-10)  # apiclus1#072
svytotal(~enroll, calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="raking", epsilon=1e-10), na.rm=TRUE)  # apiclus1#074
svycontrast(svytotal(~I(api00*(stype=='E'))+I(1*(stype=='E'))+I(api00*(stype=='H'))+I(1*(stype=='H')), structure(calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="raking", epsilon=1e-10))), list(E=quote(`I(api00 * (stype == "E"))`/`I(1 * (stype == "E"))`), H=quote(`I(api00 * (stype == "H"))`/`I(1 * (stype == "H"))`)))  # apiclus1#075
svymean(~api00, subset(calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="raking", epsilon=1e-10), stype=='H'))  # apiclus1#076
calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="logit", bounds=c(0.3,3), epsilon=1e-10)  # apiclus1#077
svymean(~api00+hi, calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="logit", bounds=c(0.3,3), epsilon=1e-10))  # apiclus1#078
svytotal(~enroll, calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="logit", bounds=c(0.3,3), epsilon=1e-10), na.rm=TRUE)  # apiclus1#079
svymean(~api00, subset(calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="logit", bounds=c(0.3,3), epsilon=1e-10), stype=='H'))  # apiclus1#081
svymean(~api00, calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), calfun="linear", bounds=c(0.5,2), epsilon=1e-10))  # apiclus1#082
trimWeights(d, upper=45, lower=10, strict=TRUE)  # apiclus1#084
svymean(~api00, trimWeights(d, upper=45, lower=10, strict=TRUE))  # apiclus1#085
svymean(~hi, svystandardize(d, by=~stype, over=~1, population=c(4421,755,1018)))  # apiclus1#086
svytotal(~enroll, calibrate(d, ~stype+api99, c('(Intercept)'=6194, stypeH=755, stypeM=1018, api99=3914069), aggregate.stage=1))  # apiclus1#089
svycontrast(svytotal(~n26+d26+n30+d30, rk2), list('2026'=quote(n26/d26),'2030'=quote(n30/d30)))  # synth2w#243
svycontrast(svycontrast(svytotal(~n26+d26+n30+d30, rk2), list('2026'=quote(n26/d26),'2030'=quote(n30/d30))), c('2026'=-1,'2030'=1))  # synth2w#244
svycontrast(svytotal(~n26+d26+n30+d30, rk2), quote((n30/d30)/(n26/d26)-1))  # synth2w#245
svytotal(~hours, rk2)  # synth2w#246
svycontrast(svytotal(~n26+d26+n30+d30, po2), list('2026'=quote(n26/d26),'2030'=quote(n30/d30)))  # synth2w#247
svycontrast(svycontrast(svytotal(~n26+d26+n30+d30, po2), list('2026'=quote(n26/d26),'2030'=quote(n30/d30))), c('2026'=-1,'2030'=1))  # synth2w#248
svycontrast(svytotal(~n26+d26+n30+d30, po2), quote((n30/d30)/(n26/d26)-1))  # synth2w#249
svytotal(~hours, po2)  # synth2w#250
svycontrast(svytotal(~n26+d26+n30+d30, gr2), list('2026'=quote(n26/d26),'2030'=quote(n30/d30)))  # synth2w#251
svycontrast(svycontrast(svytotal(~n26+d26+n30+d30, gr2), list('2026'=quote(n26/d26),'2030'=quote(n30/d30))), c('2026'=-1,'2030'=1))  # synth2w#252
svycontrast(svytotal(~n26+d26+n30+d30, gr2), quote((n30/d30)/(n26/d26)-1))  # synth2w#253
svytotal(~hours, gr2)  # synth2w#254
