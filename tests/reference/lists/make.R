# R 4.2.2, survey 4.1-1, sampling 2.9: a small list sample of institutions (synthetic), its designs with fpc and by size.
# Rscript make.R, in this folder.  Writes data.csv and expected.json.
suppressMessages({library(survey); library(sampling)})
options(digits = 17, survey.lonely.psu = "certainty")
set.seed(41)
N <- c(province = 6, department = 30, commune = 96)
n <- c(province = 6, department = 9, commune = 14)   # the province's own bodies are taken whole
rows <- NULL
for (h in names(N)) for (i in seq_len(n[[h]]))
  rows <- rbind(rows, data.frame(unit_id = sprintf("%s%02d", substr(h, 1, 1), i), stratum = h, n_pop = N[[h]],
    weight = N[[h]] / n[[h]], score = round(rnorm(1, 62 + 4 * (h == "province"), 9), 1), trained = rbinom(1, 1, 0.4)))
size <- round(exp(rnorm(24, 3.4, 1.1)))
pik <- inclusionprobabilities(size, 10)
set.seed(9)
s <- UPsystematic(pik) == 1
firms <- data.frame(size = size[s], p = pik[s], trained = rbinom(sum(s), 1, 0.5), staff = round(size[s] * runif(sum(s), .2, .6)))
write.csv(rows, "data.csv", row.names = FALSE, quote = FALSE)
write.csv(firms, "firms.csv", row.names = FALSE, quote = FALSE)
d <- svydesign(id = ~1, strata = ~stratum, weights = ~weight, fpc = ~n_pop, data = rows)
w <- svydesign(id = ~1, strata = ~stratum, weights = ~weight, data = rows)
b <- svydesign(id = ~1, fpc = ~p, pps = "brewer", data = firms)
pair <- function(x) c(coef(x)[[1]], SE(x)[[1]])
f <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ", "), "]")
by <- svyby(~score, ~stratum, d, svymean)
cat(sprintf('{"mean": %s,\n "share": %s,\n "total": %s,\n "mean_without_fpc": %s,\n "df": %d,\n', f(pair(svymean(~score, d))),
  f(pair(svymean(~trained, d))), f(pair(svytotal(~trained, d))), f(pair(svymean(~score, w))), degf(d)),
  sprintf('"by": {%s},\n', paste(sprintf('"%s": %s', by$stratum, mapply(function(a, s) f(c(a, s)), by$score, SE(by))), collapse = ", ")),
  sprintf('"sizes": %s,\n "pik": %s,\n "pps_total": %s,\n "pps_mean": %s}\n', f(size), f(pik), f(pair(svytotal(~staff, b))),
  f(pair(svymean(~trained, b)))), sep = "", file = "expected.json")
