"""What the guide to the losses shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

from libraries import extra

GUIDE = Path(__file__).parents[2] / "docs" / "learning.md"


def test_the_guide_runs():
    extra("torch")
    blocks = re.findall(
        r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    exec(compile("".join(blocks), GUIDE.name, "exec"), {})  # noqa: S102 (our own file)
