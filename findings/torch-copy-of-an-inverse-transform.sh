#!/usr/bin/env bash
# PyTorch 2.13.0: a copy of an inverse transform, shallow or deep, forgets what it inverts. It cannot be
# used, and raises AssertionError: _inv must not be None. So does every distribution copied with it.
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
for make in (copy.copy, copy.deepcopy):
    try:
        found = make(inverse)(one)
    except AssertionError as error:
        print(make.__name__, "raised AssertionError:", error)
    else:
        raise SystemExit(f"the behaviour has changed: {found}")
PY
