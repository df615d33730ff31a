# R 4.2.2, survey 4.1-1.  The calls behind expected.json, by their id there.
library(survey)
x <- read.csv("data.csv", na.strings="")
x$ws <- paste(x$wave,x$stratum)
x$wp <- paste(x$wave,x$psu)
d <- svydesign(ids=~psu, strata=~stratum, weights=~w, data=x)
d26 <- subset(d, wave==2026)
w26 <- svydesign(ids=~psu, strata=~stratum, weights=~w, data=x[x$wave==2026,])
w30 <- svydesign(ids=~psu, strata=~stratum, weights=~w, data=x[x$wave==2030,])
dn <- svydesign(ids=~wp, strata=~ws, weights=~w, data=x)
da <- subset(d, !is.na(aware))
ds <- subset(d, !is.na(score))
na_ <- subset(dn, !is.na(aware))
ns <- subset(dn, !is.na(score))
fieller <- function(b, level=0.95, df=Inf){ m <- coef(b); V <- vcov(b); t <- qt(1-(1-level)/2, df); A <- m[1]^2-t^2*V[1,1]; B <- m[1]*m[2]-t^2*V[1,2]; C <- m[2]^2-t^2*V[2,2]; D <- B^2-A*C; if (A<=0 || D<0) return(c(rel=unname(m[2]/m[1]-1),lower=NaN,upper=NaN)); c(rel=unname(m[2]/m[1]-1), lower=unname((B-sqrt(D))/A-1), upper=unname((B+sqrt(D))/A-1)) }

options(survey.lonely.psu="fail")
svymean(~aware, w26, na.rm=TRUE, deff=TRUE)  # synth2w#001
svymean(~score, w26, na.rm=TRUE, deff="replace")  # synth2w#002
svytotal(~aware, w26, na.rm=TRUE)  # synth2w#003
svymean(~aware, d26, na.rm=TRUE)  # synth2w#004
svymean(~factor(edu)+factor(ethnic), w26, deff=TRUE)  # synth2w#005
svyratio(~hours, ~care, w26)  # synth2w#006
svyciprop(~aware, w26, method="logit", na.rm=TRUE)  # synth2w#012
svyciprop(~rare, w26, method="logit")  # synth2w#013
svyciprop(~zero, w26, method="logit")  # synth2w#014
svyciprop(~aware, w26, method="beta", na.rm=TRUE)  # synth2w#024
svyciprop(~rare, w26, method="beta")  # synth2w#025
svyciprop(~zero, w26, method="beta")  # synth2w#026
svyciprop(~aware, w26, method="mean", na.rm=TRUE)  # synth2w#028
svyciprop(~rare, w26, method="mean")  # synth2w#029
svyciprop(~zero, w26, method="mean")  # synth2w#030
svyby(~aware, ~sex, subset(w26,!is.na(aware)), svymean, covmat=TRUE, deff=TRUE)  # synth2w#036
svyby(~aware, ~sex, subset(w26,!is.na(aware)), svytotal, covmat=TRUE)  # synth2w#037
svyby(~aware, ~sex, subset(w26,!is.na(aware)), svyciprop, vartype='ci', method='logit')  # synth2w#038
vapply(split(x[x$wave==2026 & !is.na(x$aware),], x[x$wave==2026 & !is.na(x$aware),c('sex')]), function(z) length(unique(z$psu))-length(unique(z$stratum)), 0)  # synth2w#039
svyby(~aware, ~ethnic, subset(w26,!is.na(aware)), svymean, covmat=TRUE, deff=TRUE)  # synth2w#040
svyby(~aware, ~ethnic, subset(w26,!is.na(aware)), svytotal, covmat=TRUE)  # synth2w#041
svyby(~aware, ~ethnic, subset(w26,!is.na(aware)), svyciprop, vartype='ci', method='logit')  # synth2w#042
vapply(split(x[x$wave==2026 & !is.na(x$aware),], x[x$wave==2026 & !is.na(x$aware),c('ethnic')]), function(z) length(unique(z$psu))-length(unique(z$stratum)), 0)  # synth2w#043
svyby(~aware, ~edu, subset(w26,!is.na(aware)), svymean, covmat=TRUE, deff=TRUE)  # synth2w#044
svyby(~aware, ~edu, subset(w26,!is.na(aware)), svytotal, covmat=TRUE)  # synth2w#045
svyby(~aware, ~edu, subset(w26,!is.na(aware)), svyciprop, vartype='ci', method='logit')  # synth2w#046
vapply(split(x[x$wave==2026 & !is.na(x$aware),], x[x$wave==2026 & !is.na(x$aware),c('edu')]), function(z) length(unique(z$psu))-length(unique(z$stratum)), 0)  # synth2w#047
svyby(~aware, ~sex+agegrp, subset(w26,!is.na(aware)), svymean, covmat=TRUE, deff=TRUE)  # synth2w#048
svyby(~aware, ~sex+agegrp, subset(w26,!is.na(aware)), svytotal, covmat=TRUE)  # synth2w#049
svyby(~aware, ~sex+agegrp, subset(w26,!is.na(aware)), svyciprop, vartype='ci', method='logit')  # synth2w#050
vapply(split(x[x$wave==2026 & !is.na(x$aware),], x[x$wave==2026 & !is.na(x$aware),c('sex','agegrp')]), function(z) length(unique(z$psu))-length(unique(z$stratum)), 0)  # synth2w#051
svyby(~aware, ~stratum, subset(w26,!is.na(aware)), svymean, covmat=TRUE, deff=TRUE)  # synth2w#052
svyby(~aware, ~stratum, subset(w26,!is.na(aware)), svytotal, covmat=TRUE)  # synth2w#053
svyby(~aware, ~stratum, subset(w26,!is.na(aware)), svyciprop, vartype='ci', method='logit')  # synth2w#054
vapply(split(x[x$wave==2026 & !is.na(x$aware),], x[x$wave==2026 & !is.na(x$aware),c('stratum')]), function(z) length(unique(z$psu))-length(unique(z$stratum)), 0)  # synth2w#055
svyby(~aware, ~region+sex, subset(w26,!is.na(aware)), svymean, covmat=TRUE, deff=TRUE)  # synth2w#056
svyby(~aware, ~region+sex, subset(w26,!is.na(aware)), svytotal, covmat=TRUE)  # synth2w#057
svyby(~aware, ~region+sex, subset(w26,!is.na(aware)), svyciprop, vartype='ci', method='logit')  # synth2w#058
vapply(split(x[x$wave==2026 & !is.na(x$aware),], x[x$wave==2026 & !is.na(x$aware),c('region','sex')]), function(z) length(unique(z$psu))-length(unique(z$stratum)), 0)  # synth2w#059
svymean(~score, w30, na.rm=TRUE)  # synth2w#078
svytotal(~hours, w30)  # synth2w#079
svyby(~hours, ~sex, w30, svymean, covmat=TRUE)  # synth2w#080
svyratio(~hours,~care,w30)  # synth2w#081
options(survey.lonely.psu="certainty")
svymean(~score, w30, na.rm=TRUE)  # synth2w#090
svytotal(~hours, w30)  # synth2w#091
svyby(~hours, ~sex, w30, svymean, covmat=TRUE)  # synth2w#092
svyratio(~hours,~care,w30)  # synth2w#093
options(survey.lonely.psu="adjust")
svymean(~score, w30, na.rm=TRUE)  # synth2w#096
svytotal(~hours, w30)  # synth2w#097
svyby(~hours, ~sex, w30, svymean, covmat=TRUE)  # synth2w#098
svyratio(~hours,~care,w30)  # synth2w#099
options(survey.lonely.psu="average")
svymean(~score, w30, na.rm=TRUE)  # synth2w#102
svytotal(~hours, w30)  # synth2w#103
svyby(~hours, ~sex, w30, svymean, covmat=TRUE)  # synth2w#104
svyratio(~hours,~care,w30)  # synth2w#105
options(survey.lonely.psu="fail")
svymean(~score, subset(w26, ethnic=='Xo'), na.rm=TRUE)  # synth2w#113
options(survey.lonely.psu="adjust")
svymean(~score, subset(w30, ethnic=='Dao'), na.rm=TRUE)  # synth2w#115
options(survey.lonely.psu="fail")
svyby(~aware, ~wave, da, svymean, covmat=TRUE)  # synth2w#116
svycontrast(svyby(~aware, ~wave, da, svymean, covmat=TRUE), c('2026'=-1,'2030'=1))  # synth2w#117
svycontrast(svyby(~aware, ~wave, da, svymean, covmat=TRUE), quote(`2030`/`2026`-1))  # synth2w#118
svycontrast(svyby(~aware, ~wave, da, svymean, covmat=TRUE), quote(log(`2030`/`2026`)))  # synth2w#119
fieller(svyby(~aware, ~wave, da, svymean, covmat=TRUE), 0.95, degf(d))  # synth2w#120
fieller(svyby(~aware, ~wave, da, svymean, covmat=TRUE), 0.90, degf(d))  # synth2w#121
svycontrast(svyby(~aware, ~wave, da, svymean, covmat=TRUE), c('2026'=-1.1,'2030'=1))  # synth2w#122
svycontrast(svyby(~aware, ~wave, da, svymean, covmat=TRUE), c('2026'=-1.15,'2030'=1))  # synth2w#123
svyby(~score, ~wave, ds, svymean, covmat=TRUE)  # synth2w#126
svycontrast(svyby(~score, ~wave, ds, svymean, covmat=TRUE), c('2026'=-1,'2030'=1))  # synth2w#127
svycontrast(svyby(~score, ~wave, ds, svymean, covmat=TRUE), quote(`2030`/`2026`-1))  # synth2w#128
svycontrast(svyby(~score, ~wave, ds, svymean, covmat=TRUE), quote(log(`2030`/`2026`)))  # synth2w#129
fieller(svyby(~score, ~wave, ds, svymean, covmat=TRUE), 0.95, degf(d))  # synth2w#130
fieller(svyby(~score, ~wave, ds, svymean, covmat=TRUE), 0.90, degf(d))  # synth2w#131
svycontrast(svyby(~score, ~wave, ds, svymean, covmat=TRUE), c('2026'=-1.1,'2030'=1))  # synth2w#132
svycontrast(svyby(~score, ~wave, ds, svymean, covmat=TRUE), c('2026'=-1.15,'2030'=1))  # synth2w#133
svyby(~rare, ~wave, d, svymean, covmat=TRUE)  # synth2w#136
svycontrast(svyby(~rare, ~wave, d, svymean, covmat=TRUE), c('2026'=-1,'2030'=1))  # synth2w#137
svycontrast(svyby(~rare, ~wave, d, svymean, covmat=TRUE), quote(`2030`/`2026`-1))  # synth2w#138
svycontrast(svyby(~rare, ~wave, d, svymean, covmat=TRUE), quote(log(`2030`/`2026`)))  # synth2w#139
fieller(svyby(~rare, ~wave, d, svymean, covmat=TRUE), 0.95, degf(d))  # synth2w#140
fieller(svyby(~rare, ~wave, d, svymean, covmat=TRUE), 0.90, degf(d))  # synth2w#141
svycontrast(svyby(~rare, ~wave, d, svymean, covmat=TRUE), c('2026'=-1.1,'2030'=1))  # synth2w#142
svycontrast(svyby(~rare, ~wave, d, svymean, covmat=TRUE), c('2026'=-1.15,'2030'=1))  # synth2w#143
svyby(~hours, ~wave, d, svymean, covmat=TRUE)  # synth2w#146
svycontrast(svyby(~hours, ~wave, d, svymean, covmat=TRUE), c('2026'=-1,'2030'=1))  # synth2w#147
svycontrast(svyby(~hours, ~wave, d, svymean, covmat=TRUE), quote(`2030`/`2026`-1))  # synth2w#148
svycontrast(svyby(~hours, ~wave, d, svymean, covmat=TRUE), quote(log(`2030`/`2026`)))  # synth2w#149
fieller(svyby(~hours, ~wave, d, svymean, covmat=TRUE), 0.95, degf(d))  # synth2w#150
fieller(svyby(~hours, ~wave, d, svymean, covmat=TRUE), 0.90, degf(d))  # synth2w#151
svycontrast(svyby(~hours, ~wave, d, svymean, covmat=TRUE), c('2026'=-1.1,'2030'=1))  # synth2w#152
svycontrast(svyby(~hours, ~wave, d, svymean, covmat=TRUE), c('2026'=-1.15,'2030'=1))  # synth2w#153
options(survey.lonely.psu="adjust")
svyby(~aware, ~wave, na_, svymean, covmat=TRUE)  # synth2w#156
svycontrast(svyby(~aware, ~wave, na_, svymean, covmat=TRUE), c('2026'=-1,'2030'=1))  # synth2w#157
svycontrast(svyby(~aware, ~wave, na_, svymean, covmat=TRUE), quote(`2030`/`2026`-1))  # synth2w#158
svycontrast(svyby(~aware, ~wave, na_, svymean, covmat=TRUE), quote(log(`2030`/`2026`)))  # synth2w#159
fieller(svyby(~aware, ~wave, na_, svymean, covmat=TRUE), 0.95, degf(dn))  # synth2w#160
fieller(svyby(~aware, ~wave, na_, svymean, covmat=TRUE), 0.90, degf(dn))  # synth2w#161
svycontrast(svyby(~aware, ~wave, na_, svymean, covmat=TRUE), c('2026'=-1.1,'2030'=1))  # synth2w#162
svycontrast(svyby(~aware, ~wave, na_, svymean, covmat=TRUE), c('2026'=-1.15,'2030'=1))  # synth2w#163
svyby(~score, ~wave, ns, svymean, covmat=TRUE)  # synth2w#166
svycontrast(svyby(~score, ~wave, ns, svymean, covmat=TRUE), c('2026'=-1,'2030'=1))  # synth2w#167
svycontrast(svyby(~score, ~wave, ns, svymean, covmat=TRUE), quote(`2030`/`2026`-1))  # synth2w#168
svycontrast(svyby(~score, ~wave, ns, svymean, covmat=TRUE), quote(log(`2030`/`2026`)))  # synth2w#169
fieller(svyby(~score, ~wave, ns, svymean, covmat=TRUE), 0.95, degf(dn))  # synth2w#170
fieller(svyby(~score, ~wave, ns, svymean, covmat=TRUE), 0.90, degf(dn))  # synth2w#171
svycontrast(svyby(~score, ~wave, ns, svymean, covmat=TRUE), c('2026'=-1.1,'2030'=1))  # synth2w#172
svycontrast(svyby(~score, ~wave, ns, svymean, covmat=TRUE), c('2026'=-1.15,'2030'=1))  # synth2w#173
options(survey.lonely.psu="fail")
svycontrast(svyby(~aware, ~wave, da, svytotal, covmat=TRUE), c('2026'=-1,'2030'=1))  # synth2w#177
svycontrast(svyby(~aware, ~wave, da, svytotal, covmat=TRUE), quote(`2030`/`2026`-1))  # synth2w#178
svycontrast(svyby(~hours, ~wave, denominator=~care, d, svyratio, covmat=TRUE), quote(`2030`/`2026`-1))  # synth2w#179
svyby(~aware, ~wave+sex, da, svymean, covmat=TRUE)  # synth2w#180
svycontrast(svyby(~aware, ~wave+sex, da, svymean, covmat=TRUE), c('2026.F'=-1,'2030.F'=1))  # synth2w#181
svycontrast(svyby(~aware, ~wave+sex, da, svymean, covmat=TRUE), quote(`2030.F`/`2026.F`-1))  # synth2w#182
svycontrast(svyby(~aware, ~wave+sex, da, svymean, covmat=TRUE), c('2026.M'=-1,'2030.M'=1))  # synth2w#183
svycontrast(svyby(~aware, ~wave+sex, da, svymean, covmat=TRUE), quote(`2030.M`/`2026.M`-1))  # synth2w#184
svyby(~aware, ~wave+edu, da, svymean, covmat=TRUE)  # synth2w#186
svycontrast(svyby(~aware, ~wave+edu, da, svymean, covmat=TRUE), c('2026.primary'=-1,'2030.primary'=1))  # synth2w#187
svycontrast(svyby(~aware, ~wave+edu, da, svymean, covmat=TRUE), quote(`2030.primary`/`2026.primary`-1))  # synth2w#188
svycontrast(svyby(~aware, ~wave+edu, da, svymean, covmat=TRUE), c('2026.secondary'=-1,'2030.secondary'=1))  # synth2w#189
svycontrast(svyby(~aware, ~wave+edu, da, svymean, covmat=TRUE), quote(`2030.secondary`/`2026.secondary`-1))  # synth2w#190
svycontrast(svyby(~aware, ~wave+edu, da, svymean, covmat=TRUE), c('2026.tertiary'=-1,'2030.tertiary'=1))  # synth2w#191
svycontrast(svyby(~aware, ~wave+edu, da, svymean, covmat=TRUE), quote(`2030.tertiary`/`2026.tertiary`-1))  # synth2w#192
svyby(~aware, ~wave+agegrp, da, svymean, covmat=TRUE)  # synth2w#194
svycontrast(svyby(~aware, ~wave+agegrp, da, svymean, covmat=TRUE), c('2026.16-29'=-1,'2030.16-29'=1))  # synth2w#195
svycontrast(svyby(~aware, ~wave+agegrp, da, svymean, covmat=TRUE), quote(`2030.16-29`/`2026.16-29`-1))  # synth2w#196
svycontrast(svyby(~aware, ~wave+agegrp, da, svymean, covmat=TRUE), c('2026.30-49'=-1,'2030.30-49'=1))  # synth2w#197
svycontrast(svyby(~aware, ~wave+agegrp, da, svymean, covmat=TRUE), quote(`2030.30-49`/`2026.30-49`-1))  # synth2w#198
svycontrast(svyby(~aware, ~wave+agegrp, da, svymean, covmat=TRUE), c('2026.50+'=-1,'2030.50+'=1))  # synth2w#199
svycontrast(svyby(~aware, ~wave+agegrp, da, svymean, covmat=TRUE), quote(`2030.50+`/`2026.50+`-1))  # synth2w#200
svyby(~aware, ~wave+region, da, svymean, covmat=TRUE)  # synth2w#202
svycontrast(svyby(~aware, ~wave+region, da, svymean, covmat=TRUE), c('2026.North'=-1,'2030.North'=1))  # synth2w#203
svycontrast(svyby(~aware, ~wave+region, da, svymean, covmat=TRUE), quote(`2030.North`/`2026.North`-1))  # synth2w#204
svycontrast(svyby(~aware, ~wave+region, da, svymean, covmat=TRUE), c('2026.South'=-1,'2030.South'=1))  # synth2w#205
svycontrast(svyby(~aware, ~wave+region, da, svymean, covmat=TRUE), quote(`2030.South`/`2026.South`-1))  # synth2w#206
svycontrast(svyby(~aware, ~wave+ethnic, da, svymean, covmat=TRUE), quote(`2030.Hmong`/`2026.Hmong`-1))  # synth2w#209
