"""Regression on a complex sample: design matrices, fits, tests of terms, predictive margins.  The door is models.glm."""
