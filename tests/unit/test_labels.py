"""Operands whose places have names: a position must mean the same name in both."""

import numpy as np
import pytest

import kullback as kb

TABLE = np.array([[0.5, 0.25, 0.25], [0.2, 0.3, 0.5]])
VERBS = [kb.kl_divergence, kb.jensen_shannon_distance, kb.total_variation_distance]


def array(dims, coords=None, values=TABLE):
    """Return an array of xarray."""
    return pytest.importorskip("xarray").DataArray(values, dims=dims, coords=coords)


@pytest.mark.parametrize("verb", VERBS)
def test_equal_names_are_answered_by_position(verb):
    p, q = array("rk", {"k": list("abc")}), array("rk", {"k": list("abc")}, TABLE[::-1].copy())
    assert verb(p, q) == pytest.approx(verb(TABLE, TABLE[::-1].copy()))
    assert verb(p, p[0]) == pytest.approx(verb(TABLE, TABLE[0]))  # the last axis is the outcomes
    assert verb(p, TABLE) == pytest.approx(0.0)
    assert verb(array("rk"), p) == pytest.approx(0.0)


@pytest.mark.parametrize("verb", VERBS)
def test_other_orders_of_axes_are_refused(verb):
    square = np.full((2, 2), 0.5)
    with pytest.raises(kb.KullbackError, match=r"p has the axes r, k and q has k, r"):
        verb(array("rk", values=square), array("kr", values=square))
    with pytest.raises(kb.KullbackError, match="axes"):
        verb(array("rk"), array("j", values=TABLE[0]))


@pytest.mark.parametrize("verb", VERBS)
def test_other_places_are_refused(verb):
    with pytest.raises(kb.KullbackError, match="labelled"):
        verb(array("rk", {"k": list("abc")}), array("rk", {"k": list("bca")}))
    with pytest.raises(kb.KullbackError, match="labelled"):
        verb(array("rk", {"r": [1, 2]}), array("rk", {"r": [2, 1]}))


def test_the_axis_of_outcomes_is_compared_with_itself():
    p = array("kr", {"k": list("ab")}, np.full((2, 3), 0.5))
    assert kb.kl_divergence(p, p[:, 0], axis=0) == pytest.approx(0.0)
    with pytest.raises(kb.KullbackError, match="labelled"):
        kb.kl_divergence(p, array("k", {"k": list("ba")}, [0.5, 0.5]), axis=0)


def test_a_joint_table_is_put_in_the_order_of_its_names():
    table = array("ba", values=np.array([[0.5, 0.25], [0.0, 0.25]]))
    joint = kb.Joint(table, ["a", "b"])
    assert joint.p.tolist() == [[0.5, 0.0], [0.25, 0.25]]
    assert kb.entropy(joint, "b") == pytest.approx(kb.entropy([0.75, 0.25]))


def test_columns_of_frames_are_compared_across_libraries():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    p, q = (
        pd.DataFrame([[0.5, 0.5]], columns=list("ab")),
        pd.DataFrame([[0.5, 0.5]], columns=list("ba")),
    )
    assert kb.kl_divergence(p, p) == pytest.approx(0.0)
    with pytest.raises(kb.KullbackError, match="labelled"):
        kb.kl_divergence(p, q)
    with pytest.raises(kb.KullbackError, match="labelled"):
        kb.kl_divergence(p, pl.DataFrame({"b": [0.5], "a": [0.5]}))
    with pytest.raises(kb.KullbackError, match="labelled"):
        kb.kl_divergence(p, pd.Series([0.5, 0.5], index=list("ba")))
    assert kb.kl_divergence(p, pd.Series([0.5, 0.5], index=list("ab"))) == pytest.approx(0.0)
