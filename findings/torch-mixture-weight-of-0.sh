#!/usr/bin/env bash
# PyTorch 2.13.0: a component of weight exactly 0 still counts in MixtureSameFamily.log_prob. The
# weights are read as logarithms clamped at the step of the type, so in float64 its density is
# multiplied by 2.2e-16. Far from the other components that is all there is: -36.95 comes where
# the logarithm of the density is -41.42. Seen in float32 too, from 1.2e-7 on.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import torch
from torch.distributions import Categorical, MixtureSameFamily, Normal

torch.set_default_dtype(torch.float64)
weights = Categorical(probs=torch.tensor([1.0, 0.0]))
mixture = MixtureSameFamily(weights, Normal(torch.tensor([0.0, 9.0]), torch.tensor([1.0, 1.0])))
found = mixture.log_prob(torch.tensor(9.0)).item()
right = Normal(0.0, 1.0).log_prob(torch.tensor(9.0)).item()
print(f"found {found:.4f}, right {right:.4f}")
assert abs(right + 41.4189) < 1e-3
assert abs(found + 36.9511) < 1e-3, "the behaviour has changed"
PY
