#!/usr/bin/env bash
# PyTorch 2.13.0: GeneralizedPareto with parameters of float64 cannot be asked for log_prob while
# the default type is float32: it raises RuntimeError, Double did not match Float.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import torch
from torch.distributions import GeneralizedPareto

loc, scale, shape = (torch.tensor(x, dtype=torch.float64) for x in (0.0, 1.5, 0.25))
try:
    found = GeneralizedPareto(loc, scale, shape).log_prob(torch.tensor(1.0, dtype=torch.float64))
except RuntimeError as error:
    print("raised:", error)
    assert "Double did not match Float" in str(error), "the behaviour has changed"
else:
    raise SystemExit(f"the behaviour has changed: {found}")
PY
