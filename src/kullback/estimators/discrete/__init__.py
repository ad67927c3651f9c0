"""Estimators of the entropy of a discrete law from counts, one file each."""
