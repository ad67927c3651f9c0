"""The study of losses in `benchmarks/`, on small tensors: calls agree and tables are whole."""

from __future__ import annotations

import re

import pytest
from libraries import extra


@pytest.fixture
def losses_in_torch():
    torch = extra("torch")
    threads = torch.get_num_threads()
    yield pytest.importorskip("losses")
    torch.set_num_threads(threads)


SMALL = (24, 8, 60)


def test_calls_of_a_table_answer_the_same_in_torch(losses_in_torch):
    program = losses_in_torch
    for task in program.tasks(*SMALL):
        truth = program.exact(task)
        data = task.data()
        for call in task.calls:
            if "Options" in call and program.NAMES["Options"] is None:
                continue
            loss, gradients = program.ready(call, data)()
            if call == program.PRODUCTS:
                assert loss is None
                continue
            # PyTorch's own losses in bfloat16 are rounded to eight bits.
            assert loss == pytest.approx(truth, rel=2e-2 if "F." in call else 1e-5)
            assert gradients > 0.0


def test_every_goal_is_about_a_call_of_a_table_in_torch(losses_in_torch):
    program = losses_in_torch
    calls = {task.name: task.calls for task in program.tasks(*SMALL)}
    for goal in program.GOALS:
        assert goal.call in calls[goal.task]
    for task in program.tasks(*SMALL):
        assert task.unit_of in task.calls
        assert task.unit_of in program.UNITS


def test_the_report_shows_goals_times_and_memory_in_torch(losses_in_torch, tmp_path, capsys):
    output = tmp_path / "losses.md"
    sizes = ["--rows", "24", "--dimension", "8", "--classes", "60", "--repeat", "1"]
    losses_in_torch.main([*sizes, "--only", "together", "-o", str(output)])
    text = output.read_text(encoding="utf-8")
    assert capsys.readouterr().out == text
    assert "one pass: time of separate calls | 0.25 |" in text
    row = next(line for line in text.splitlines() if line.startswith("| `together("))
    time, share, memory, error = (cell.strip() for cell in row.split("|")[2:-1])
    assert float(time) > 0.0
    assert float(share) > 0.0
    assert re.fullmatch(r"-|-?\d+", memory)
    assert float(error) < 1e-6
