"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_the_output_is_that_of_the_command():
    command, _ = block("sh")
    arguments = command.partition("/kullback ")[2].split()
    done = subprocess.run(
        [sys.executable, "-m", "kullback", *arguments, "--lang", "en"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=True,
    )
    assert done.stdout == block("text")[0]


def test_the_examples_run(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    examples = "".join(block("python"))  # one goes on where the other ends
    exec(compile(examples, "README.md", "exec"), {})  # noqa: S102 (our own file)
    shown = capsys.readouterr().out
    assert "MillerMadow, n=120" in shown
    assert "0.3978 bits (bounds" in shown
    assert "KL(p‖q)   0.0685" in shown
    assert "MillerMadow, n=20" in shown


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_links_lead_somewhere(link):
    assert (ROOT / link).exists()


def test_the_map_names_what_is_there():
    for place in re.findall(r"^\| `([^`]+)` \|", README, re.MULTILINE):
        assert (ROOT / place).exists(), place
