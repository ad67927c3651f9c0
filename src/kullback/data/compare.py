"""Two files, column by column: how far apart they are and whether that is more than chance."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from kullback._kernels.generic import excess
from kullback._table import json_number
from kullback.data._comparison_text import comparison_text
from kullback.data.sources import Source
from kullback.data.state import ColumnState, JointFingerprint
from kullback.data.types import asked_treatment
from kullback.errors import KullbackError
from kullback.estimators.divergence.jensen_shannon import jensen_shannon_two_sample
from kullback.units import BITS, NATS, Unit, as_unit

__all__ = ["ColumnComparison", "Comparison", "compare"]

SCHEMA = "kullback.compare/1"


@final
@dataclass(frozen=True, slots=True)
class ColumnComparison:
    """One column of two files.

    Entropies and divergences are of the shares observed, in the unit of the `Comparison`;
    `js_corrected` and `js_interval` estimate the divergence of the laws behind them.

    Attributes
    ----------
    state : ColumnState
        The counts: types, treatment, bin edges, missing values, what changed most.
    entropy_old, entropy_new : float
        Of the observed shares.
    kl_new_old, kl_old_new : float
        D(new || old) and D(old || new); inf where only one file has an outcome.
    kl_new_old_jeffreys, kl_old_new_jeffreys : float
        The same after adding 1/2 to every count, which is Jeffreys' prior.
    psi, psi_jeffreys : float
        The sum of both directions, the population stability index.
    js, js_corrected, js_std_error : float
        The Jensen-Shannon divergence, the same without its sampling bias (so it may be slightly
        negative), and the standard error of the latter.
    js_interval : tuple of float
        Low and high at the level of the `Comparison`.
    noise_floor : float
        The mean of `js` when rows are exchanged between the files at random: what two samples of
        these sizes from one source show on average.
    p_value, p_adjusted : float
        Of the permutation test, and adjusted by Benjamini-Hochberg over the columns.
    draws, draws_reaching : int
        Permutations, and how many of them reach `js`; if none does, the p-value is below
        1/(draws + 1).
    changed : bool
        Whether `p_adjusted` is at most the false discovery rate of the `Comparison`.
    notes : tuple of str
        What a reader must know, as keys of `kullback.strings`.
    """

    state: ColumnState
    entropy_old: float
    entropy_new: float
    kl_new_old: float
    kl_old_new: float
    kl_new_old_jeffreys: float
    kl_old_new_jeffreys: float
    js: float
    js_corrected: float
    js_std_error: float
    js_interval: tuple[float, float]
    js_distance: float
    js_distance_interval: tuple[float, float]
    noise_floor: float
    p_value: float
    draws: int
    draws_reaching: int
    notes: tuple[str, ...]
    p_adjusted: float = math.nan
    changed: bool = False

    @property
    def name(self) -> str:
        """The column."""
        return self.state.name

    @property
    def psi(self) -> float:
        """Population stability index: both directions of KL together."""
        return self.kl_new_old + self.kl_old_new

    @property
    def psi_jeffreys(self) -> float:
        """The same under Jeffreys' prior."""
        return self.kl_new_old_jeffreys + self.kl_old_new_jeffreys

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and strings for JSON; infinity is the string "inf"."""
        state = self.state
        return {
            "name": self.name,
            "old_type": state.old_type,
            "new_type": state.new_type,
            "treatment": state.treatment,
            "reason": state.reason.removeprefix("type."),
            "outcomes": state.fingerprint.outcomes,
            "edges": list(state.edges),
            "entropy_old": self.entropy_old,
            "entropy_new": self.entropy_new,
            "kl_new_old": json_number(self.kl_new_old),
            "kl_old_new": json_number(self.kl_old_new),
            "kl_new_old_jeffreys": self.kl_new_old_jeffreys,
            "kl_old_new_jeffreys": self.kl_old_new_jeffreys,
            "psi": json_number(self.psi),
            "psi_jeffreys": self.psi_jeffreys,
            "js": self.js,
            "js_corrected": self.js_corrected,
            "js_std_error": self.js_std_error,
            "js_interval": list(self.js_interval),
            "js_distance": self.js_distance,
            "js_distance_interval": list(self.js_distance_interval),
            "noise_floor": self.noise_floor,
            "p_value": self.p_value,
            "p_value_is_bound": self.draws_reaching == 0,
            "p_adjusted": self.p_adjusted,
            "changed": self.changed,
            "draws": self.draws,
            "draws_reaching": self.draws_reaching,
            "movers": [_outcome(x) for x in state.movers],
            "unseen_in_old": _unseen(state.unseen_in_old),
            "unseen_in_new": _unseen(state.unseen_in_new),
            "notes": list(self.notes),
        }


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    r"""Two files compared; it prints as a table.

    Attributes
    ----------
    old, new : str
        The files, as they were named.
    n_old, n_new : int
        Their rows.
    unit : Unit
        Of every measure but `js_distance`, which is always between 0 and 1.
    columns : tuple of ColumnComparison
        The shared columns that were compared, the largest corrected divergence first.
    only_in_old, only_in_new : tuple of str
        Columns of one file only.
    bins, seed : int
        As asked for.
    level, false_discovery_rate : float
        Of the intervals, and of the column flags.

    Examples
    --------
    >>> import kullback as kb, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "plans.csv"
    >>> _ = file.write_text("plan\n" + "free\n" * 60 + "paid\n" * 40)
    >>> result = kb.compare(file, file)
    >>> result.changed, result["plan"].js
    ((), 0.0)
    """

    old: str
    new: str
    n_old: int
    n_new: int
    unit: Unit
    columns: tuple[ColumnComparison, ...]
    only_in_old: tuple[str, ...]
    only_in_new: tuple[str, ...]
    bins: int
    seed: int
    level: float
    false_discovery_rate: float

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the columns that changed by more than chance."""
        return tuple(column.name for column in self.columns if column.changed)

    def __getitem__(self, name: str) -> ColumnComparison:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and strings for JSON, with the schema they follow."""
        return {
            "schema": SCHEMA,
            "unit": self.unit.name,
            "old": {"name": self.old, "rows": self.n_old},
            "new": {"name": self.new, "rows": self.n_new},
            "only_in_old": list(self.only_in_old),
            "only_in_new": list(self.only_in_new),
            "bins": self.bins,
            "seed": self.seed,
            "level": self.level,
            "false_discovery_rate": self.false_discovery_rate,
            "changed": list(self.changed),
            "columns": [column.to_dict() for column in self.columns],
        }

    def text(
        self,
        lang: str = "en",
        *,
        precision: int = 4,
        ascii_only: bool = False,
        width: int | None = None,
    ) -> str:
        """Return the tables for a person, in English or Chinese."""
        return comparison_text(self, lang, precision=precision, ascii_only=ascii_only, width=width)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return (
            f"<Comparison {self.old} ({self.n_old} rows) with {self.new} ({self.n_new} rows): "
            f"{len(self.changed)} of {len(self.columns)} columns changed>"
        )


def compare(
    old: str | os.PathLike[str],
    new: str | os.PathLike[str],
    /,
    *,
    columns: Collection[str] | None = None,
    ignore: Collection[str] = (),
    categorical: Collection[str] = (),
    numeric: Collection[str] = (),
    bins: int = 20,
    encoding: str = "utf-8",
    missing: Collection[str] = (),
    draws: int | None = None,
    rng: int | np.random.Generator = 0,
    level: float = 0.95,
    false_discovery_rate: float = 0.05,
    unit: Unit | str = NATS,
    progress: Callable[[int, int, str], None] | None = None,
) -> Comparison:
    r"""Compare two tables column by column.

    .. math:: JS(p, q) = \tfrac12 D(p \,\|\, m) + \tfrac12 D(q \,\|\, m), \qquad m = \tfrac{p+q}2

    Parameters
    ----------
    old, new : path
        CSV or Parquet files; "-" is standard input.
    columns : collection of str, optional
        The columns to compare; all shared ones by default.
    ignore : collection of str
        Columns to leave out.
    categorical, numeric : collection of str
        Columns whose treatment is overruled. By default texts and booleans are compared value by
        value, floats and times in bins, and integers value by value when few are distinct (at
        most 50, or at most the square root of the rows).
    bins : int, default 20
        Numeric columns are cut at so many quantiles of both files pooled, which keeps the
        permutation test exact.
    encoding : str, default "utf-8"
        Of CSV files.
    missing : collection of str
        Unquoted texts that stand for a missing value in CSV files, such as "NA".
    draws : int, optional
        Permutations; by default 2000, or 20 for each column if that is more.
    rng : int or numpy.random.Generator, default 0
        Seed of the permutations.
    level : float, default 0.95
        Of the intervals.
    false_discovery_rate : float, default 0.05
        Of the flags `changed`, by Benjamini and Hochberg.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys".
    progress : callable, optional
        Called with columns done, columns in all and the next column's name.

    Returns
    -------
    Comparison
        Frozen; it prints as a table.

    Raises
    ------
    KullbackError
        If a file cannot be read or is empty, if there is no shared column, or if a column asked
        for does not exist or cannot be treated as asked.

    References
    ----------
    Lin (1991), *Divergence measures based on the Shannon entropy*; Benjamini and Hochberg (1995),
    *Controlling the false discovery rate*.

    Examples
    --------
    >>> import kullback as kb, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "old.csv").write_text("plan\n" + "free\n" * 60 + "paid\n" * 40)
    >>> _ = (folder / "new.csv").write_text("plan\n" + "free\n" * 40 + "paid\n" * 60)
    >>> plan = kb.compare(folder / "old.csv", folder / "new.csv", unit="bits")["plan"]
    >>> round(plan.js, 4), round(plan.kl_new_old, 4), plan.changed
    (0.029, 0.117, True)
    """
    from kullback.data.engines.duckdb import DuckDBEngine

    for path in (old, new):
        if not isinstance(path, str | os.PathLike):
            raise KullbackError("compare.path", kind=type(path).__name__)
    unit = as_unit(unit)
    for share in (level, false_discovery_rate):
        if not 0 < share < 1:
            raise KullbackError("estimate.level", got=share)
    if draws is not None and draws < 1:
        raise KullbackError("permutation.draws", got=draws)
    seed = int(rng.integers(2**32)) if isinstance(rng, np.random.Generator) else rng
    if not isinstance(seed, int) or seed < 0:
        raise KullbackError("compare.seed", got=repr(seed))
    columns = None if columns is None else _names(columns)
    ignore, categorical, numeric, missing = map(_names, (ignore, categorical, numeric, missing))
    sources = [Source(path, encoding=encoding, missing=missing) for path in (old, new)]
    with DuckDBEngine(*sources) as engine:
        names = engine.columns.select(columns, ignore=ignore)
        for name in (*categorical, *numeric):
            engine.columns.require(name)
        draws = max(2000, 20 * len(names)) if draws is None else draws
        compared = []
        for done, name in enumerate(names):
            if progress:
                progress(done, len(names), name)
            asked = asked_treatment(name, categorical=categorical, numeric=numeric)
            state = engine.column_state(name, treatment=asked, bins=bins)
            compared.append(_compare_column(state, unit, draws, seed, level))
        adjusted = _benjamini_hochberg([column.p_value for column in compared])
        flagged = [
            replace(column, p_adjusted=p, changed=p <= false_discovery_rate)
            for column, p in zip(compared, adjusted, strict=True)
        ]
        return Comparison(
            old=engine.columns.old_name,
            new=engine.columns.new_name,
            n_old=engine.n_old,
            n_new=engine.n_new,
            unit=unit,
            columns=tuple(sorted(flagged, key=lambda c: (-c.js_corrected, c.name))),
            only_in_old=engine.columns.only_in_old,
            only_in_new=engine.columns.only_in_new,
            bins=bins,
            seed=seed,
            level=level,
            false_discovery_rate=false_discovery_rate,
        )


def _names(names: Collection[str]) -> tuple[str, ...]:
    """Return names as a tuple, also if it is one name."""
    return (names,) if isinstance(names, str) else tuple(names)


def _compare_column(
    state: ColumnState, unit: Unit, draws: int, seed: int, level: float
) -> ColumnComparison:
    counts = state.fingerprint
    js = jensen_shannon_two_sample(
        counts.old, counts.new, counts.values, draws=draws, seed=seed, level=level
    )
    low, high = js.interval
    flipped = JointFingerprint(counts.new, counts.old, counts.values)
    return ColumnComparison(
        state=state,
        entropy_old=unit.from_nats(_entropy(counts.old, counts.values)),
        entropy_new=unit.from_nats(_entropy(counts.new, counts.values)),
        kl_new_old=unit.from_nats(_kl(flipped)),
        kl_old_new=unit.from_nats(_kl(counts)),
        kl_new_old_jeffreys=unit.from_nats(_kl(flipped, prior=0.5)),
        kl_old_new_jeffreys=unit.from_nats(_kl(counts, prior=0.5)),
        js=unit.from_nats(js.raw),
        js_corrected=unit.from_nats(js.corrected),
        js_std_error=unit.from_nats(js.std_error),
        js_interval=(unit.from_nats(low), unit.from_nats(high)),
        js_distance=_distance(js.corrected),
        js_distance_interval=(_distance(low), _distance(high)),
        noise_floor=unit.from_nats(js.null_mean),
        p_value=js.p_value,
        draws=js.draws,
        draws_reaching=js.reaching,
        notes=js.notes,
    )


def _entropy(counts: np.ndarray, values: np.ndarray) -> float:
    """Entropy of observed shares, -sum (c/n) log(c/n), in nats."""
    seen = counts > 0
    c, v = counts[seen].astype(np.float64), values[seen].astype(np.float64)
    n = math.fsum(c * v)
    return math.fsum(v * c * np.log(n / c)) / n


def _kl(counts: JointFingerprint, prior: float = 0.0) -> float:
    """D(old || new) of observed shares, in nats, after adding `prior` to every count."""
    old, new = counts.old + prior, counts.new + prior
    n_old = counts.n_old + prior * counts.outcomes
    n_new = counts.n_new + prior * counts.outcomes
    # The difference of shares is taken of counts, so that equal shares give exactly 0.
    gap = (new * n_old - old * n_new) / (n_old * n_new)
    terms = excess(np, old / n_old, new / n_new, gap)
    return math.fsum(counts.values * terms) if np.isfinite(terms).all() else math.inf


def _distance(divergence: float) -> float:
    return min(1.0, math.sqrt(max(0.0, BITS.from_nats(divergence))))


def _benjamini_hochberg(p: list[float]) -> list[float]:
    """Return p-values adjusted so that flagging those up to a rate keeps false ones below it."""
    order = sorted(range(len(p)), key=lambda i: -p[i])
    adjusted, least = [1.0] * len(p), 1.0
    for above, i in enumerate(order):
        least = min(least, p[i] * len(p) / (len(p) - above))
        adjusted[i] = least
    return adjusted


def _outcome(outcome: Any) -> dict[str, Any]:
    return {
        "outcome": outcome.label,
        "special": outcome.special,
        "old": outcome.old,
        "new": outcome.new,
    }


def _unseen(unseen: Any) -> dict[str, Any]:
    return {
        "outcomes": unseen.outcomes,
        "rows": unseen.rows,
        "top": [_outcome(x) for x in unseen.top],
    }
