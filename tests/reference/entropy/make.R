# Maximum-entropy and systematic sampling: R 4.2.2, sampling 2.9.  Run in this folder: Rscript make.R
# UPMEpiktildefrompik stops at eps = 1e-6 by default; 1e-14 here, so that ten digits may be compared.
suppressMessages(library(sampling))
stopifnot(packageVersion("sampling") == "2.9")
cases <- list(
  eight = c(.08, .21, .27, .33, .39, .48, .55, .69),
  twelve = inclusionprobabilities(c(61, 75, 88, 93, 104, 118, 127, 139, 155, 178, 201, 233), 5),
  thirty = inclusionprobabilities(seq(60, 320, length.out = 30), 7),
  near_one = c(.999, .98, .9, .5, .35, .2, .07, .001)
)
digits <- function(x) sprintf("%.17g", x)
rows <- pairs <- NULL
for (name in names(cases)) {
  pik <- cases[[name]]
  n <- round(sum(pik))
  tilde <- UPMEpiktildefrompik(pik, eps = 1e-14)
  w <- tilde / (1 - tilde)
  reached <- UPMEpikfromq(UPMEqfromw(w, n))
  joint <- UPMEpik2frompikw(pik, w)
  straight <- UPsystematicpi2(pik)
  for (i in seq_along(pik)) {
    rows <- rbind(rows, data.frame(case = name, i = i, pik = digits(pik[i]), w = digits(w[i]), reached = digits(reached[i])))
    for (j in seq_along(pik)) if (j >= i)
      pairs <- rbind(pairs, data.frame(case = name, i = i, j = j, entropy = digits(joint[i, j]), systematic = digits(straight[i, j])))
  }
}
write.csv(rows, "first.csv", row.names = FALSE, quote = FALSE)
write.csv(pairs, "pairs.csv", row.names = FALSE, quote = FALSE)
