# R 4.2.2, survey 4.1-1.  The calls behind expected.json, by their id there.
library(survey)
x <- read.csv("data.csv", na.strings="")
d <- svydesign(id=~psu, strata=~stratum, weights=~w, data=x, nest=TRUE)
r_BRR <- as.svrepdesign(d, type="BRR", mse=FALSE)
svymean(~score+hh, r_BRR, na.rm=TRUE)  # synth_brr#001
svytotal(~score, r_BRR, na.rm=TRUE)  # synth_brr#002
svyratio(~score, ~hh, r_BRR, na.rm=TRUE)  # synth_brr#003
svyby(~score, ~sex, r_BRR, svymean, na.rm=TRUE, covmat=TRUE)  # synth_brr#004
r_BRR_mse <- as.svrepdesign(d, type="BRR", mse=TRUE)
svymean(~score+hh, r_BRR_mse, na.rm=TRUE)  # synth_brr#005
svytotal(~score, r_BRR_mse, na.rm=TRUE)  # synth_brr#006
svyratio(~score, ~hh, r_BRR_mse, na.rm=TRUE)  # synth_brr#007
svyby(~score, ~sex, r_BRR_mse, svymean, na.rm=TRUE, covmat=TRUE)  # synth_brr#008
list(scale=r_BRR$scale, rscales=r_BRR$rscales, nrep=ncol(weights(r_BRR)), degf=degf(r_BRR))  # synth_brr#009
r_Fay <- as.svrepdesign(d, type="Fay", fay.rho=0.3, mse=FALSE)
svymean(~score+hh, r_Fay, na.rm=TRUE)  # synth_brr#013
svytotal(~score, r_Fay, na.rm=TRUE)  # synth_brr#014
svyratio(~score, ~hh, r_Fay, na.rm=TRUE)  # synth_brr#015
svyby(~score, ~sex, r_Fay, svymean, na.rm=TRUE, covmat=TRUE)  # synth_brr#016
r_Fay_mse <- as.svrepdesign(d, type="Fay", fay.rho=0.3, mse=TRUE)
svymean(~score+hh, r_Fay_mse, na.rm=TRUE)  # synth_brr#017
svytotal(~score, r_Fay_mse, na.rm=TRUE)  # synth_brr#018
svyratio(~score, ~hh, r_Fay_mse, na.rm=TRUE)  # synth_brr#019
svyby(~score, ~sex, r_Fay_mse, svymean, na.rm=TRUE, covmat=TRUE)  # synth_brr#020
list(scale=r_Fay$scale, rscales=r_Fay$rscales, nrep=ncol(weights(r_Fay)), degf=degf(r_Fay))  # synth_brr#021
r_JKn <- as.svrepdesign(d, type="JKn", mse=FALSE)
svymean(~score+hh, r_JKn, na.rm=TRUE)  # synth_brr#025
svytotal(~score, r_JKn, na.rm=TRUE)  # synth_brr#026
svyratio(~score, ~hh, r_JKn, na.rm=TRUE)  # synth_brr#027
svyby(~score, ~sex, r_JKn, svymean, na.rm=TRUE, covmat=TRUE)  # synth_brr#028
r_JKn_mse <- as.svrepdesign(d, type="JKn", mse=TRUE)
svymean(~score+hh, r_JKn_mse, na.rm=TRUE)  # synth_brr#029
svytotal(~score, r_JKn_mse, na.rm=TRUE)  # synth_brr#030
svyratio(~score, ~hh, r_JKn_mse, na.rm=TRUE)  # synth_brr#031
svyby(~score, ~sex, r_JKn_mse, svymean, na.rm=TRUE, covmat=TRUE)  # synth_brr#032
list(scale=r_JKn$scale, rscales=r_JKn$rscales, nrep=ncol(weights(r_JKn)), degf=degf(r_JKn))  # synth_brr#033
r_JK1 <- as.svrepdesign(d, type="JK1", mse=FALSE)
svymean(~api00+enroll, r_JK1, na.rm=TRUE)  # apiclus1#091
svytotal(~api00, r_JK1, na.rm=TRUE)  # apiclus1#092
r_JK1_mse <- as.svrepdesign(d, type="JK1", mse=TRUE)
svymean(~api00+enroll, r_JK1_mse, na.rm=TRUE)  # apiclus1#095
svytotal(~api00, r_JK1_mse, na.rm=TRUE)  # apiclus1#096
svyratio(~api00, ~enroll, r_JK1_mse, na.rm=TRUE)  # apiclus1#097
list(scale=r_JK1$scale, rscales=r_JK1$rscales, nrep=ncol(weights(r_JK1)), degf=degf(r_JK1))  # apiclus1#099
svymean(~aware+score, subset(jk, wave==2026), na.rm=TRUE)  # synth2w#267
svyby(~score, ~wave, jk, svymean, na.rm=TRUE, covmat=TRUE)  # synth2w#268
svycontrast(svyby(~score, ~wave, jk, svymean, na.rm=TRUE, covmat=TRUE), quote(`2030`/`2026`-1))  # synth2w#269
withReplicates(jk, quote(sum(.weights*score*(wave==2030),na.rm=TRUE)/sum(.weights*(wave==2030 & !is.na(score)))/(sum(.weights*score*(wave==2026),na.rm=TRUE)/sum(.weights*(wave==2026 & !is.na(score))))-1))  # synth2w#270
svytotal(~hours, jk)  # synth2w#271
svymean(~aware+score, subset(jkm, wave==2026), na.rm=TRUE)  # synth2w#273
svyby(~score, ~wave, jkm, svymean, na.rm=TRUE, covmat=TRUE)  # synth2w#274
svycontrast(svyby(~score, ~wave, jkm, svymean, na.rm=TRUE, covmat=TRUE), quote(`2030`/`2026`-1))  # synth2w#275
withReplicates(jkm, quote(sum(.weights*score*(wave==2030),na.rm=TRUE)/sum(.weights*(wave==2030 & !is.na(score)))/(sum(.weights*score*(wave==2026),na.rm=TRUE)/sum(.weights*(wave==2026 & !is.na(score))))-1))  # synth2w#276
svytotal(~hours, jkm)  # synth2w#277
