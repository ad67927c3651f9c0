"""Which law fits best: cross-entropies, and whether their differences are more than chance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback.errors import KullbackError
from kullback.estimate import Estimate
from kullback.fitting._fit_text import ranking_text
from kullback.fitting.fit import Fit, fit
from kullback.fitting.model import as_model, axes_of
from kullback.fitting.observations import Observations, count, read
from kullback.units import NATS, Unit, as_unit

__all__ = ["FitRanking", "RankedFit", "compare_fits"]

# How often laws that are one may be taken for two.
_CHANCE = 0.05
# So many standard errors tell two laws apart.
_APART = 2.0
_ALIKE = "the variance of the log ratio is not told apart from 0"


@final
@dataclass(frozen=True, slots=True)
class RankedFit:
    """One law among several that were fitted to the same data.

    Attributes
    ----------
    name : str
        What it is called.
    fit : Fit
        The law with its parameters.
    corrected : Estimate
        AIC/2n in nats: its mean negative log-likelihood plus the number of free parameters over
        n, which estimates the cross-entropy of new data.
    difference : Estimate
        That less the best one's, in nats, with Vuong's standard error; None where there are no
        more values than parameters.
    tied : bool
        Whether it cannot be told apart from the best: the difference is below 2 standard errors,
        or the log ratio of the two hardly varies, as that of nested laws may, and is small in
        all; always, where there is no standard error.
    p_value : float or None
        Of Vuong's two-sided test that both are equally far from the truth; None for the best,
        and where the two laws are not told apart, so that the test does not hold: see the notes
        of `difference`.
    """

    name: str
    fit: Fit
    corrected: Estimate
    difference: Estimate
    tied: bool
    p_value: float | None

    @property
    def alike(self) -> bool:
        """Whether the log ratio to the best hardly varies, as that of nested laws may."""
        return _ALIKE in self.difference.notes


@final
@dataclass(frozen=True, eq=False, repr=False)
class FitRanking:
    """Laws fitted to the same data, from the smallest cross-entropy of new data to the largest.

    Attributes
    ----------
    entries : tuple of RankedFit
        The best first.
    refused : dict of str to KullbackError
        What could not be fitted, and why.
    n : int
        The number of observations.
    unit : Unit
        In which it prints itself.

    Examples
    --------
    >>> from kullback.families import Exponential, Gamma, Normal
    >>> from kullback.fitting import compare_fits
    >>> ranking = compare_fits([Normal, Exponential, Gamma], [1.0, 1.5, 2.0, 2.5, 7.0, 3.0])
    >>> [entry.name for entry in ranking.entries]
    ['Gamma', 'Exponential', 'Normal']
    >>> round(float(ranking.entries[1].difference), 2)
    0.04
    >>> [entry.tied for entry in ranking.entries]
    [False, True, True]
    """

    entries: tuple[RankedFit, ...]
    refused: dict[str, KullbackError]
    n: int | float
    unit: Unit

    @property
    def best(self) -> Fit:
        """The fit of least cross-entropy of new data; see `RankedFit.tied` for its rivals.

        Raises
        ------
        KullbackError
            If no law could be fitted.
        """
        if not self.entries:
            raise KullbackError("fit.none", reasons=self.refused)
        return self.entries[0].fit

    @property
    def discrete(self) -> bool:
        """Whether the laws are those of whole numbers, whose cross-entropy has no scale."""
        return bool(self.entries) and self.entries[0].fit.model.support[2]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and strings for JSON."""
        return {
            "n": self.n,
            "unit": self.unit.name,
            "fits": [
                {
                    "name": entry.name,
                    **entry.fit.to_dict(unit=self.unit),
                    "corrected": entry.corrected.to(self.unit).to_dict(),
                    "difference": entry.difference.to(self.unit).to_dict(),
                    "tied": entry.tied,
                    "p_value": entry.p_value,
                }
                for entry in self.entries
            ],
            "refused": {name: error.text() for name, error in self.refused.items()},
        }

    def text(
        self, lang: str = "en", *, precision: int = 4, ascii_only: bool = False, what: str = ""
    ) -> str:
        """Return a table, in English or Chinese."""
        return ranking_text(self, lang, precision=precision, ascii_only=ascii_only, what=what)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        names = ", ".join(entry.name for entry in self.entries)
        refused = f"; refused: {', '.join(self.refused)}" if self.refused else ""
        return f"<FitRanking {names or 'of nothing'}{refused}; n={self.n}>"


def compare_fits(
    families: Any,
    data: Any,
    /,
    *,
    weights: Any = None,
    fixed: Mapping[str, float | None] | None = None,
    rng: Any = None,
    unit: Unit | str = NATS,
) -> FitRanking:
    r"""Fit several families to the same data and rank them by cross-entropy.

    .. math:: \Delta = \frac1n \sum_i \log \frac{f_1(x_i)}{f_2(x_i)} - \frac{k_1 - k_2}{n}

    estimates the difference of the KL divergences of two laws from the truth, which itself need
    not be known. Without the numbers of free parameters k a law would always seem at least as
    good as one that it contains; with them, the order is that of AIC/2n, an estimate of the
    cross-entropy of new data. The standard error is that of the mean. A law that cannot be told
    apart from the best is marked `tied`: the simplest of them is no worse a choice.

    Parameters
    ----------
    families : type or Model, several of them, or dict of str to them
        What to fit, perhaps under names of your own.
    data : array, shape (n,) or (n, d), Samples, Counts or Censored
        As for `fit`.
    weights : array, shape (n,), optional
        How many times each row counts.
    fixed : dict of str to float, optional
        Parameters that are known, as for `fit`, of every family that has them.
    rng : numpy.random.Generator, int or JAX key, optional
        Where the restarts of mixtures come from.
    unit : Unit or str, default "nats"
        "nats", "bits" or "hartleys"; what it prints itself in.

    Returns
    -------
    FitRanking
        The best first. A family that has no maximum, or that cannot produce the data, is listed
        with the reason.

    Raises
    ------
    KullbackError
        If `families` is empty, or one of them is none or has the name of another, if data or
        weights are wrong whatever the family, if no family has a parameter that is fixed, or if
        laws of whole numbers and densities fit the same data: their likelihoods have no common
        scale.

    References
    ----------
    Akaike (1974), *A new look at the statistical model identification*. Vuong (1989),
    *Likelihood ratio tests for model selection and non-nested hypotheses*.

    Examples
    --------
    >>> from kullback.families import Geometric, Poisson
    >>> from kullback.fitting import compare_fits
    >>> ranking = compare_fits([Geometric, Poisson], [3, 1, 2, 4, 2, 3, 2, 1, 3, 2])
    >>> ranking.best.family
    'Poisson'
    """
    named = _named(families)
    if not named:
        raise KullbackError("fit.no_families")
    axes = {axes_of(family) for family in named.values()}
    if len(axes) > 1:
        raise KullbackError("fit.axes", names=", ".join(named))
    seen = read(data, weights, axes=axes.pop())
    fits, refused, known = {}, {}, {}
    for name, family in named.items():
        try:
            ranges = as_model(family, seen).ranges
            known |= ranges
            own = {key: x for key, x in (fixed or {}).items() if key in ranges}
            fits[name] = fit(family, seen, fixed=own, rng=rng)
        except KullbackError as error:
            if error.key == "fit.family":  # a mistake, whatever the data
                raise
            refused[name] = error
    for name in fixed or ():
        if known and name not in known:
            raise KullbackError("fit.parameter", name=name, names=", ".join(known))
    if len({one.model.support[2] for one in fits.values()}) > 1:
        raise KullbackError("fit.measures", names=", ".join(fits))
    order = sorted(fits, key=lambda name: fits[name].aic)
    entries = [_ranked(name, fits[name], fits[order[0]], seen) for name in order]
    return FitRanking(tuple(entries), refused, count(seen.total), as_unit(unit))


def _named(families: Any) -> dict[str, Any]:
    if isinstance(families, Mapping):
        return dict(families)
    if isinstance(families, str) or not isinstance(families, Iterable):
        families = [families]
    named = {}
    for family in families:
        if _name(family) in named:
            raise KullbackError("fit.same_name", name=_name(family))
        named[_name(family)] = family
    return named


def _name(family: Any) -> str:
    return family.__name__ if isinstance(family, type) else getattr(family, "name", repr(family))


def _ranked(name: str, one: Fit, best: Fit, data: Observations) -> RankedFit:
    """Compare one fit to the best, draw by draw."""
    n, k = data.total, len(one.free)
    entropy = one.cross_entropy
    value, rows, method = np.float64(one.aic / (2.0 * n)), int(n), "AIC/2n"
    corrected = Estimate(value, entropy.std_error, NATS, rows, method, entropy.notes)
    method = "mean log ratio, corrected for the numbers of parameters"
    if one is best:
        none = Estimate(np.float64(0.0), None, NATS, rows, method, ("best",))
        return RankedFit(name, one, corrected, none, tied=False, p_value=None)
    ratio = best.log_likelihoods - one.log_likelihoods
    mean = float(data.average(ratio))
    more = np.float64(mean + (k - len(best.free)) / n)
    if n <= max(k, len(best.free), 1):
        few = Estimate(more, None, NATS, rows, method, ("no more draws than parameters",))
        return RankedFit(name, one, corrected, few, tied=True, p_value=None)
    error = math.sqrt(float(data.sum((ratio - mean) ** 2)) / (n - 1) / n)
    # Between laws that are one at their best, as nested ones may be, the ratio does not tend to a
    # normal law: n times its variance, and twice its sum, are then of the size of a chi-squared
    # of all parameters.
    from scipy.special import chdtri

    chance = float(chdtri(max(k + len(best.free), 1), _CHANCE))
    told = n * n * error**2 > chance
    p = math.erfc(more / error / math.sqrt(2.0)) if told else None
    tied = more < _APART * error if told else 2.0 * n * mean <= chance
    notes = () if told else (_ALIKE,)
    difference = Estimate(more, np.float64(error), NATS, rows, method, notes)
    return RankedFit(name, one, corrected, difference, tied=bool(tied), p_value=p)
