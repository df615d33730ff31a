# The weighting chain step by step in R: base, household, response class, calibration, trimming and calibration again.
# R 4.2.2, survey 4.1-1.  Reads households.csv (made up, tests/analysis/weigh_cases.py, seed 7); writes weights.csv, figures.csv.
#   Rscript make.R      (in this folder)
suppressMessages(library(survey))
options(digits = 17)
h <- read.csv("households.csv", colClasses = c(ssu = "character", person = "character"))
base <- 1 / (h$p_psu * h$p_household)
class <- h$stratum                                        # response classes: the strata; nobody ineligible or unknown
answered <- h$disposition == "I"
factor <- tapply(base, class, sum) / tapply(base * answered, class, sum)
p <- h[answered, ]
p$start <- (base * h$n_eligible)[answered] * as.numeric(factor[p$stratum])
p$cell <- interaction(p$sex, p$agegroup, sep = "*")
p$stratum <- factor(p$stratum)
share <- c(female = 1.06, male = 1, a16_30 = 0.24, a31_59 = 0.44, a60 = 0.32)
cells <- sapply(strsplit(levels(p$cell), "*", fixed = TRUE), function(x) prod(share[x]))
size <- 40000
cells <- setNames(round(size * cells / sum(cells), 3), levels(p$cell))
size <- sum(cells)
strata <- c(stratum0 = 0.42, stratum1 = 0.58) * size
total <- c(cells, strata[-1])
names(total) <- c(paste0("cell", levels(p$cell)), "stratumstratum1")
limit <- 3
out <- list()
weights <- p[, c("person", "start")]
steps <- function(name, formula, total, fun, bounds, trim) {
  cut <- rep(1, nrow(p))
  for (round in 1:200) {
    p$d <- p$start * cut
    design <- svydesign(~psu, strata = ~stratum, weights = ~d, data = p)
    made <- calibrate(design, formula, total, calfun = fun, bounds = bounds, epsilon = 1e-13, maxit = 500)
    w <- weights(made)
    if (!trim) break
    over <- FALSE
    new <- w
    for (s in levels(p$stratum)) {
      mine <- p$stratum == s
      top <- limit * median(w[mine])
      if (all(w[mine] <= top * (1 + 1e-6))) next
      over <- TRUE
      part <- svydesign(~1, weights = ~x, data = data.frame(x = w[mine]))
      new[mine] <- weights(trimWeights(part, upper = top, strict = FALSE))
    }
    if (!over) break
    cut <- cut * new / w
  }
  m <- svymean(~score, made)
  t <- svytotal(~score, made)
  assign("weights", cbind(weights, setNames(data.frame(w, cut), paste0(name, c("", "_cut")))), envir = globalenv())
  out[[name]] <<- data.frame(name = name, rounds = round, mean = coef(m), mean_se = as.numeric(SE(m)), total = coef(t), total_se = as.numeric(SE(t)),
                             max = max(w), sum = sum(w), cut = sum(cut < 1 - 1e-9))
}
two <- ~cell + stratum - 1
one <- ~cell - 1
single <- setNames(cells, paste0("cell", levels(p$cell)))
for (trim in c(FALSE, TRUE)) {
  tail <- if (trim) "_trim" else ""
  steps(paste0("raking_one", tail), one, single, "raking", c(0.2, 5), trim)
  steps(paste0("raking_two", tail), two, total, "raking", c(0.2, 5), trim)
  steps(paste0("linear_two", tail), two, total, "linear", c(0.2, 5), trim)
  steps(paste0("logit_two", tail), two, total, "logit", c(0.2, 5), trim)
}
figures <- do.call(rbind, out)
write.csv(format(figures, digits = 17, trim = TRUE), "figures.csv", row.names = FALSE, quote = FALSE)
write.csv(format(weights, digits = 17, trim = TRUE), "weights.csv", row.names = FALSE, quote = FALSE)
margins <- rbind(data.frame(margin = "sex*agegroup", category = names(cells), persons = as.numeric(cells)),
                 data.frame(margin = "stratum_2026", category = names(strata), persons = as.numeric(strata)))
write.csv(format(margins, digits = 15, trim = TRUE), "margins.csv", row.names = FALSE, quote = FALSE)
