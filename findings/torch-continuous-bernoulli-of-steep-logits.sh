#!/usr/bin/env bash
# PyTorch 2.13.0: the density of ContinuousBernoulli(logits=120) integrates to 0.30 in float64.
# Its normalising constant is taken from probabilities that are clamped near 0 and 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import torch
from torch.distributions import ContinuousBernoulli

x = torch.linspace(0, 1, 2_000_001, dtype=torch.float64)[1:-1]
steep = ContinuousBernoulli(logits=torch.tensor(120.0, dtype=torch.float64))
total = torch.trapezoid(steep.log_prob(x).exp(), x).item()
print(f"integral of the density: {total:.4f}, right: 1")
assert abs(total - 0.3003) < 1e-3, "the behaviour has changed"
PY
