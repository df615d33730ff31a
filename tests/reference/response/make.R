# Figures of response propensities and R-indicators.  R 4.2.2 (stats); the functions getRSampleBased, getBiasRSampleBased,
# getVarTotalPPS and the unconditional partial indicators are those of the RISQ tools 2.1 (de Heij, Schouten and Shlomo 2015,
# GitHub BERENZ/RISQ), read from the file given; their glm was only told to take 40 steps, so that its variance is that of
# the maximum.
# Rscript make.R risq.R data.csv expected.json
args <- commandArgs(trailingOnly = TRUE)
source(args[1])
d <- read.csv(args[2], colClasses = c(stratum = "character", area = "character"))
tight <- glm.control(epsilon = 1e-12, maxit = 100)
out <- list()
num <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ", "), "]")

plain <- glm(answered ~ stratum + area + size, binomial, d, control = tight)
out$beta_plain <- num(coef(plain)); out$rho_plain <- num(fitted(plain))
wn <- d$w / mean(d$w)
weighted <- suppressWarnings(glm(answered ~ stratum + area + size, binomial, d, weights = wn, control = tight))
out$beta_weighted <- num(coef(weighted)); out$rho_weighted <- num(fitted(weighted))
d$twin <- ifelse(d$stratum %in% c("a", "b"), "x", "y")          # follows from stratum: R says NA
aliased <- glm(answered ~ stratum + twin + area, binomial, d)     # the rank needs the usual epsilon
stopifnot(is.na(coef(aliased)["twiny"])); out$rho_aliased <- num(fitted(aliased))

model <- list(formula = answered ~ stratum + area, grad = function(mu) exp(mu) / (1 + exp(mu))^2, family = binomial(link = "logit"))
design <- list(weights = d$w, getVarTotal = getSampleVarTotalPPS)
r <- suppressWarnings(getRSampleBased(model, d, design))
out$R <- num(r$R); out$RUnadj <- num(r$RUnadj); out$share <- num(r$RBiasFactor); out$mean <- num(r$propMean); out$CV <- num(r$CV)
out$RSE_analytic <- num(r$RSE)
for (v in c("stratum", "area")) {
  p <- getPartialUnconditional(r, v, d)
  out[[paste0("partial_", v)]] <- num(p$Pu); out[[paste0("codes_", v)]] <- num(p$byCategory$PuUnadj)
}
n <- nrow(d)
again <- sapply(seq_len(n), function(i) {
  e <- d[-i, ]; e$w <- e$w * n / (n - 1)
  suppressWarnings(getRSampleBased(model, e, list(weights = e$w, getVarTotal = getSampleVarTotalPPS)))$R
})
out$RSE_jackknife <- num(sqrt((n - 1) / n * sum((again - r$R)^2)))
out$version <- paste0('"', R.version.string, '; RISQ tools 2.1"')
writeLines(paste0("{\n", paste0('  "', names(out), '": ', unlist(out), collapse = ",\n"), "\n}"), args[3])
