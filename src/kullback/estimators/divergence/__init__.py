"""Estimators of divergences between two laws."""
