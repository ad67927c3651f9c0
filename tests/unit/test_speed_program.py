"""The speed study in `benchmarks/`, on small data: its calls agree and its tables are whole."""

from __future__ import annotations

import numpy as np
import pytest
import speed

TASKS = {task.name: task for task in speed.tasks(rows=30, long=1000)}
REFERENCES = (speed.SUMS, speed.BINCOUNT)


@pytest.mark.parametrize(
    "name", ["H", "D", "CE", "JS", "H row", "D tens", "logits H", "logits D", "H eight", "D eight"]
)
def test_all_calls_of_a_table_answer_the_same(name):
    task = TASKS[name]
    scope = speed.named() | task.data()
    answers = {}
    for call in task.calls:
        if not call.startswith((*REFERENCES, "dit.")):  # dit answers in bits
            try:
                answers[call] = np.asarray(eval(call, scope))  # noqa: S307 (the program's own)
            except NameError:  # not installed
                continue
    assert len(answers) > 1
    ours = answers[task.calls[0]]
    for call, answer in answers.items():
        np.testing.assert_allclose(answer, ours, rtol=1e-5, err_msg=call)


def test_every_goal_is_about_a_table_with_what_it_is_measured_by():
    for goal in speed.GOALS:
        calls = TASKS[goal.task].calls
        assert any(call.startswith(goal.unit_of) for call in calls), goal.text


def test_the_report_shows_goals_times_and_memory(tmp_path, capsys):
    output = tmp_path / "speed.md"
    small = ["--repeat", "2", "--rows", "30", "--long", "1000"]
    speed.main([*small, "--only", "D", "--only", "TC", "-o", str(output)])
    text = output.read_text(encoding="utf-8")
    assert capsys.readouterr().out == text
    assert speed.described() in text
    assert "KL divergence, ordinary rows: time of `scipy.stats.entropy` | 0.08 |" in text
    row = next(line for line in text.splitlines() if line.startswith("| `kb.kl_divergence(P, Q)`"))
    best, median, of_scipy, of_sums, _ = (cell.strip() for cell in row.split("|")[2:-1])
    assert 0 < float(best) <= float(median)
    assert float(of_scipy) < float(of_sums)


def test_extra_memory_sees_what_a_call_allocates():
    memory = speed.extra_memory(lambda: float(np.ones(4_000_000).sum()))
    if memory is None:
        pytest.skip("only Linux tells")
    assert memory == pytest.approx(32.0, abs=2.0)
    output = speed.extra_memory(lambda: np.ones(4_000_000))
    assert output < 2.0
