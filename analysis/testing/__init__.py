"""Tests: tables with Rao-Scott corrections, t and rank tests, weighted sums of chi-squares."""
