from __future__ import annotations

import math

import numpy as np
import pytest

import kullback as kb
from kullback.data import compare as module
from kullback.data.state import JointFingerprint


def test_benjamini_hochberg_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.5 times 4/1, 4/2, 4/3, 4/4, and no larger than the next one.
    adjusted = module._benjamini_hochberg([0.03, 0.5, 0.01, 0.02])
    assert adjusted == pytest.approx([0.04, 0.5, 0.04, 0.04])
    assert module._benjamini_hochberg([0.01, 0.04]) == pytest.approx([0.02, 0.04])


def test_both_directions_with_and_without_a_prior():
    counts = JointFingerprint.from_rows([(6, 1, 1), (3, 5, 1), (1, 0, 1)])
    flipped = JointFingerprint.from_rows([(1, 6, 1), (5, 3, 1), (0, 1, 1)])
    assert module._kl(counts) == math.inf
    p, q = np.array([6, 3, 1]) / 10, np.array([1, 5, 0]) / 6
    assert module._kl(flipped) == pytest.approx(float(kb.kl_divergence(q, p)), rel=1e-14)
    p, q = np.array([6.5, 3.5, 1.5]) / 11.5, np.array([1.5, 5.5, 0.5]) / 7.5
    assert module._kl(counts, prior=0.5) == pytest.approx(float(kb.kl_divergence(p, q)), rel=1e-14)
    assert module._kl(flipped, prior=0.5) == pytest.approx(float(kb.kl_divergence(q, p)), rel=1e-14)


def test_the_divergences_of_a_column_are_not_swapped(tmp_path):
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("x\n" + "a\n" * 6 + "b\n" * 3 + "c\n")
    new.write_text("x\n" + "a\n" + "b\n" * 5)
    x = kb.compare(old, new)["x"]
    assert x.kl_old_new == math.inf
    assert math.isfinite(x.kl_new_old)
    p, q = np.array([6.5, 3.5, 1.5]) / 11.5, np.array([1.5, 5.5, 0.5]) / 7.5
    assert x.kl_old_new_jeffreys == pytest.approx(float(kb.kl_divergence(p, q)), rel=1e-14)
    assert x.kl_new_old_jeffreys == pytest.approx(float(kb.kl_divergence(q, p)), rel=1e-14)
    assert x.psi_jeffreys == pytest.approx(float(kb.jeffreys_divergence(p, q)), rel=1e-14)


def test_draws_grow_with_the_columns(tmp_path):
    file = tmp_path / "wide.csv"
    names = [f"c{i}" for i in range(101)]
    file.write_text(
        ",".join(names) + "\n" + "\n".join([",".join("ab"[i % 2] for i in range(101))] * 3) + "\n"
    )
    assert {column.draws for column in kb.compare(file, file).columns} == {2020}
    assert kb.compare(file, file, columns="c7")["c7"].draws == 2000


def test_one_name_is_a_name_and_not_its_letters(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("dest,de\n" + "".join(f"{i % 3},{i}.5\n" for i in range(100)))
    result = kb.compare(file, file, categorical="dest")
    assert result["dest"].state.treatment == "discrete"
    assert result["de"].state.treatment == "numeric"
    assert [c.name for c in kb.compare(file, file, columns="de").columns] == ["de"]
    assert [c.name for c in kb.compare(file, file, ignore=iter(["de"])).columns] == ["dest"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": 95}, "between 0 and 1"),
        ({"false_discovery_rate": 5}, "between 0 and 1"),
        ({"draws": 0}, "at least one draw"),
        ({"rng": -1}, "a seed is"),
        ({"rng": "x"}, "a seed is"),
        ({"bins": 1}, "2 to 10000"),
        ({"bins": 10**8}, "2 to 10000"),
        ({"unit": "bit"}, "not a unit"),
    ],
)
def test_options_out_of_range_are_refused(tmp_path, options, message):
    file = tmp_path / "a.csv"
    file.write_text("x\n1.5\n2.5\n")
    with pytest.raises(kb.KullbackError, match=message):
        kb.compare(file, file, **options)


def test_a_generator_is_a_seed_too(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("x\n1.5\n2.5\n")
    seeds = {kb.compare(file, file, rng=np.random.default_rng(4)).seed for _ in range(2)}
    assert len(seeds) == 1
    assert seeds != {0}


def test_one_value_has_entropy_exactly_0():
    values = np.array([1])
    assert all(module._entropy(np.array([n]), values) == 0 for n in range(1, 20_000))
