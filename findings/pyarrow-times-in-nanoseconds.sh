#!/usr/bin/env bash
# PyArrow 26.0.1: to_pylist drops the time of day of date64 without a word, and once pandas is
# installed the nanoseconds of time64 too, which are refused without it. Two different values of a
# column come out as equal Python values.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pyarrow==26.0.1 pandas==3.1.1
"$folder/venv/bin/python" -W ignore - <<'PY'
import pyarrow as pa

times = pa.array([1, 2], pa.time64("ns"))
dates = pa.array([1000, 2000], pa.date64())
print("time64:", times.to_pylist(), "date64:", dates.to_pylist())
assert len(times.unique()) == len(dates.unique()) == 2
assert times.to_pylist()[0] == times.to_pylist()[1], "the behaviour has changed"
assert dates.to_pylist()[0] == dates.to_pylist()[1], "the behaviour has changed"
PY
