#!/usr/bin/env bash
# PyTorch 2.13.0: draws of LKJCholesky do not follow its own log_prob. Of 3 x 3 correlation
# matrices at concentration 1.5 the mean square of every correlation is 1/5, as all have the same
# marginal distribution; in draws it is 0.20 for the first pair and 0.25 for the other two.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import torch
from torch.distributions import LKJCholesky

torch.manual_seed(0)
factors = LKJCholesky(3, torch.tensor(1.5, dtype=torch.float64)).sample((200_000,))
squares = (factors @ factors.mT) ** 2
found = [squares[:, i, j].mean().item() for i, j in ((1, 0), (2, 0), (2, 1))]
print("mean squares of r21, r31, r32:", [round(x, 4) for x in found], "right: 0.2 each")
# The standard error of a mean is 0.0005.
assert abs(found[0] - 0.2) < 0.003
assert all(abs(x - 0.25) < 0.003 for x in found[1:]), "the behaviour has changed"
PY
