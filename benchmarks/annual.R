# R survey's part of annual.py: every change with its SE, the waves stacked, one JSON line out.
#   Rscript annual.R people.csv 2
suppressPackageStartupMessages(library(survey))
given <- commandArgs(trailingOnly = TRUE)
x <- read.csv(given[1], stringsAsFactors = FALSE)
outcomes <- sprintf("y%02d", 0:20)
breakdowns <- c("", sprintf("b%d", 0:7))

changes <- function() {
  d <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = x)
  rows <- list()
  for (y in outcomes) {
    here <- if (anyNA(x[[y]])) d[!is.na(x[[y]]), ] else d
    for (b in breakdowns) {
      by <- if (b == "") ~wave else as.formula(paste0("~wave+", b))
      made <- svyby(as.formula(paste0("~", y)), by, here, svymean, covmat = TRUE)
      names_ <- names(coef(made))
      levels_ <- if (b == "") "" else sort(unique(x[[b]]))
      contrasts_ <- lapply(levels_, function(level) {
        tail_ <- if (b == "") "" else paste0(".", level)
        v <- rep(0, length(names_))
        v[names_ == paste0("2030", tail_)] <- 1
        v[names_ == paste0("2026", tail_)] <- -1
        v
      })
      names(contrasts_) <- paste0("c", seq_along(contrasts_))
      found <- svycontrast(made, contrasts_)
      rows[[length(rows) + 1]] <- data.frame(y = y, by = b, level = levels_, estimate = as.numeric(coef(found)), se = as.numeric(SE(found)))
    }
  }
  do.call(rbind, rows)
}

best <- Inf
for (i in seq_len(as.integer(given[2]))) {
  begin <- proc.time()[["elapsed"]]
  found <- changes()
  best <- min(best, proc.time()[["elapsed"]] - begin)
}
version <- paste("R", getRversion(), "survey", packageVersion("survey"))
cells <- sprintf('{"y":"%s","by":"%s","level":"%s","estimate":%.17g,"se":%.17g}', found$y, found$by, found$level, found$estimate, found$se)
cat(sprintf('{"seconds":%.6f,"version":"%s","changes":[%s]}\n', best, version, paste(cells, collapse = ",")))
