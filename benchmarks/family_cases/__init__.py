"""Named cases of laws whose measures are known to many digits, from ordinary to extreme."""
