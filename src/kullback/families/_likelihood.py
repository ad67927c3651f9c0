"""Samples and counts against laws: the cross-entropy is the mean negative log-likelihood."""

from __future__ import annotations

import numpy as np

from kullback._array import Array, as_float_array, like, namespace, to_numpy, widen
from kullback.estimate import Estimate
from kullback.families._finite import log_masses
from kullback.families.abstract import AbstractFamily
from kullback.kinds import Counts, Samples
from kullback.measures.entropy import cross_entropy, mean_counted_loss, mean_loss, one_model
from kullback.verbs import no_rule, rule

__all__: list[str] = []


@rule(cross_entropy, Samples, AbstractFamily)
def samples_against_family(p: Samples, q: AbstractFamily) -> Estimate:
    """Average the negative log-likelihood; the columns are the coordinates of a draw."""
    one_model(q.batch_shape, q.batch_shape)
    return mean_loss(0.0 - q.wide().log_prob(_draws(p, q)))


def _draws(p: Samples, q: AbstractFamily) -> Array:
    if not q.event_shape:
        return widen(as_float_array(p.single(), p.names[0]))
    columns = [widen(as_float_array(x, name)) for name, x in p.columns.items()]
    return namespace(*columns).stack(columns, axis=-1)


@rule(cross_entropy, Counts, AbstractFamily)
def counts_against_family(p: Counts, q: AbstractFamily) -> Estimate:
    """Average the negative log-likelihood, one term per number from 0 on."""
    if q.event_shape or not q.support.discrete:
        raise no_rule("cross_entropy", p, q)
    one_model(q.batch_shape, q.batch_shape)
    table = like(np.asarray(to_numpy(p.n), dtype=np.float64), q.arrays[0])
    return mean_counted_loss(p, log_masses(q, table)[1])
