"""Distributions of other libraries, and what measures of them are."""
