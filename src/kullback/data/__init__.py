"""Tables and files of any size, compared from integer counts."""
