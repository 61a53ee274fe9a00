"""Measures, printed as ratios from one run."""
