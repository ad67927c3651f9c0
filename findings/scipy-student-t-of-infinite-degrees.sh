#!/usr/bin/env bash
# SciPy 1.17.1 takes infinitely many degrees of freedom for Student's t and answers as the normal
# distribution does, but its draws are NaN.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q scipy==1.17.1 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from scipy import stats

law = stats.t(np.inf)
draws = law.rvs(3, random_state=np.random.default_rng(0))
print("pdf(0)", law.pdf(0.0), "draws", draws)
assert abs(law.pdf(0.0) - stats.norm.pdf(0.0)) < 1e-15
assert np.isnan(draws).all(), "the behaviour has changed"
PY
