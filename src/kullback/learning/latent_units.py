"""Which dimensions of a latent code are in use."""

from __future__ import annotations

import math
from typing import Any

from kullback._array import Array, as_float_array, first_failure, namespace, widen
from kullback.errors import KullbackError
from kullback.kinds.tables import outcomes_last
from kullback.learning._options import number_in

__all__ = ["active_units"]


def active_units(posterior_means: Any, /, *, threshold: float = 0.01, axis: int = 0) -> Array:
    r"""Active units: the latent dimensions whose posterior mean depends on the data.

    .. math:: A_d = \left[\operatorname{Var}_x \operatorname{E}_{q(z | x)} z_d > \delta\right]

    Parameters
    ----------
    posterior_means : array, shape (N, ...)
        The mean of q(z | x) for N data, as many as can be had.
    threshold : float, default 0.01
        delta, in the squared unit of z. Units are either well above or well below it.
    axis : int, default 0
        Where the data are.

    Returns
    -------
    boolean array, shape (...)
        Which units are active; their number is its sum. The variance is that of the data given,
        divided by N.

    Raises
    ------
    KullbackError
        If a mean is infinite or NaN, if there are no data, or if the threshold is no number of at
        least 0.

    References
    ----------
    Burda, Grosse and Salakhutdinov (2016), *Importance weighted autoencoders*.

    Examples
    --------
    >>> from kullback.learning import active_units
    >>> active_units([[1.0, 0.01], [-1.0, 0.0], [0.5, -0.01]]).tolist()
    [True, False]
    """
    x = as_float_array(posterior_means, "posterior_means")
    xp = namespace(x)
    threshold = number_in("[0, inf)", "threshold", threshold)
    if failure := first_failure(xp.abs(x) < math.inf, x):
        raise KullbackError(
            "learning.finite", name="posterior_means", place=failure[0], value=failure[1]
        )
    return xp.var(widen(outcomes_last(x, axis)), axis=-1) > threshold
