"""Quality of a scale: reliability, one-factor model, differential item functioning, drift between waves."""
