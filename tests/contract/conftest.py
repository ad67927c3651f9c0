"""Every test of the contract runs once per array library."""

from __future__ import annotations

import libraries
import pytest


@pytest.fixture(params=libraries.ALL, ids=lambda library: library.name.replace(" ", "-"))
def library(request):
    with libraries.loaded(request.param) as ready:
        yield ready
