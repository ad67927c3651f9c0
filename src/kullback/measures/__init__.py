"""Measures: what the textbook defines, one file for each family of them."""
