#!/usr/bin/env bash
# PyTorch 2.13.0: copy.copy of an inverse transform forgets what it inverts. The copy cannot be
# used, and raises an AssertionError without words; copy.deepcopy of it works.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import copy

import torch
from torch.distributions.transforms import ExpTransform

one = torch.tensor(2.0)
inverse = ExpTransform().inv
assert abs(inverse(one).item() - 0.6931) < 1e-3
assert abs(copy.deepcopy(inverse)(one).item() - 0.6931) < 1e-3
try:
    found = copy.copy(inverse)(one)
except AssertionError as error:
    print("raised AssertionError", error)
else:
    raise SystemExit(f"the behaviour has changed: {found}")
PY
