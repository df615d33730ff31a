"""Quantiles: the rules of what a quantile is, their intervals, their rows."""
