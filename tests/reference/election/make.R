# R 4.2.2, survey 4.1-1: totals of the PPS sample of counties shipped with the package (data(election)).
library(survey); options(digits = 17)
data(election)
designs <- list(
  brewer = svydesign(id = ~1, fpc = ~p, data = election_pps, pps = "brewer"),
  hr     = svydesign(id = ~1, fpc = ~p, data = election_pps, pps = HR()),
  hr_yg  = svydesign(id = ~1, fpc = ~p, data = election_pps, pps = HR(), variance = "YG"),
  ht     = svydesign(id = ~1, fpc = ~p, data = election_pps, pps = ppsmat(election_jointprob)),
  yg     = svydesign(id = ~1, fpc = ~p, data = election_pps, pps = ppsmat(election_jointprob), variance = "YG"),
  wr     = svydesign(id = ~1, probs = ~p, data = election_pps))
for (name in names(designs)) {
  d <- designs[[name]]
  print(c(SE(svytotal(~Bush + Kerry + Nader, d)), SE(svyratio(~Bush, ~Kerry, d)), SE(svymean(~Bush, d))))
}
write.csv(election_pps[, c("County", "Bush", "Kerry", "Nader", "p", "wt")], "data.csv", row.names = FALSE)
write.csv(election_jointprob, "joint.csv", row.names = FALSE)
