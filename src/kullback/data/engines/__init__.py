"""One module per engine; each counts the same integers."""
