"""Sums that keep every digit. `generic` runs on any array library."""
