"""Real files for the engines to read."""

from __future__ import annotations

import duckdb
import pytest


@pytest.fixture
def csv(tmp_path):
    """Write a CSV from text or bytes; return its path as a user would type it."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(data)
        return str(path)

    return write


@pytest.fixture
def parquet(tmp_path):
    """Write a Parquet file from a query; return its path."""

    def write(name, query):
        path = tmp_path / name
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        return str(path)

    return write
