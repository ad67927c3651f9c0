"""Distributions of other libraries, one module each, and what their measures are."""
