from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def flights():
    """The two example files."""
    return EXAMPLES / "flights-2013-01.parquet", EXAMPLES / "flights-2013-07.parquet"


@pytest.fixture
def run(tmp_path):
    """Run the installed command in an empty folder; the result has .json() for --json."""

    def call(*arguments, stdin=None, check=None, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "kullback", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=tmp_path,
            env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", **environment},
            check=False,
        )
        if check is not None:
            assert done.returncode == check, done.stderr
        done.json = lambda: json.loads(done.stdout)
        return done

    return call
