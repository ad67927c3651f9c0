"""What all tests share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Doctests are looked for in every module, and modules of one name cannot be told apart.
collect_ignore_glob = ["conftest.py", "*/conftest.py"]

settings.register_profile(
    "kullback",
    max_examples=500,
    derandomize=True,  # the same examples on every run, so a failure is never a matter of luck
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("kullback")
