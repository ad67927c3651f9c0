#!/usr/bin/env bash
# PyTorch 2.13.0: the gradient of torch.special.log_ndtr loses digits far below 0 and then
# overflows, although its value is right. At -1e5 the gradient is 100000.00001 and 100000.074
# comes; at -1e10 it is 1e10 and infinity comes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import torch

z = torch.tensor([-1e5, -1e10], dtype=torch.float64, requires_grad=True)
value = torch.special.log_ndtr(z)
value.sum().backward()
print("values", value.tolist(), "gradients", z.grad.tolist())
assert abs(value[1].item() / -5e19 - 1) < 1e-9
assert abs(z.grad[0].item() - 100000.074) < 1e-3, "the behaviour has changed"
assert z.grad[1].item() == float("inf"), "the behaviour has changed"
PY
