"""Weights after the base weight: calibration, trimming, standardisation, replicates, and the residuals they leave."""
