# Figures of size and power from R's own functions: stats::power.t.test, stats::power.prop.test, pt with a noncentrality, uniroot.
# Rscript make.R writes expected.json here   (R 4.2.2, package stats only)
num <- function(x) paste(formatC(x, digits = 17, width = 1, format = "g"), collapse = ", ")
line <- function(name, inputs, value) sprintf('  {"what": "%s", "inputs": {%s}, "value": %s}', name,
  paste(sprintf('"%s": %s', names(inputs), sapply(inputs, num)), collapse = ", "), num(value))
out <- c()

for (n in c(5, 30, 200, 1500)) for (delta in c(1.5, 5)) for (sides in 1:2) {
  p <- power.t.test(n = n, delta = delta, sd = 18, sig.level = .05, type = "two.sample",
    alternative = if (sides == 2) "two.sided" else "one.sided")$power
  out <- c(out, line("t", list(n = n, delta = delta, sd = 18, sides = sides), p))
}
for (n in c(50, 400, 3000)) for (p2 in c(.44, .5)) for (sides in 1:2) {
  p <- power.prop.test(n = n, p1 = .4, p2 = p2, sig.level = .05, alternative = if (sides == 2) "two.sided" else "one.sided")$power
  out <- c(out, line("prop", list(n = n, p1 = .4, p2 = p2, sides = sides), p))
}
for (p1 in c(.3, .4, .5, .6)) for (sides in 1:2) {
  n <- power.prop.test(p1 = p1, p2 = p1 + .1, power = .8, tol = 1e-12, alternative = if (sides == 2) "two.sided" else "one.sided")$n
  out <- c(out, line("prop_n", list(p1 = p1, p2 = p1 + .1, sides = sides), n))
}
for (delta in c(2, 5)) {
  n <- power.t.test(delta = delta, sd = 18, power = .8, tol = 1e-12)$n
  out <- c(out, line("t_n", list(delta = delta, sd = 18), n))
}
# the report's own rule: two-sided t limit of now - k base >= 0, moments and df as given
tail <- function(now, base, k, sd, m, n, q, weff, icc, f, r, df) {
  v <- weff * sd^2 / (m * n * q) * (1 + (n - 1) * q * icc)
  se <- sqrt(v + k^2 * v - 2 * k * f / m * r * icc * sd^2)
  pt(qt(.975, df), df, (now - k * base) / se, lower.tail = FALSE)
}
for (m in c(24, 120)) for (f in c(0, .6)) for (k in c(1, 1.1, 1.15)) {
  h <- 6
  kept <- f * m
  df <- 2 * (m - h) - max(kept - min(h, max(kept %/% 2, 1)), 0)
  g <- function(now) tail(now, 55, k, 18, m, 20, .85, 1.25, .1, f, .7, df)
  inputs <- list(psus = m, overlap = f, factor = k)
  out <- c(out, line("rule", inputs, g(63)))
  root <- uniroot(function(x) g(x) - .8, c(55 * k, 96), tol = 1e-12)$root
  out <- c(out, line("rule_mdc", inputs, 100 * (root / 55 - 1)))
}
cat('{"r": "', R.version.string, '", "figures": [\n', paste(out, collapse = ",\n"), "\n]}\n", sep = "", file = "expected.json")
