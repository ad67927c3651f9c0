r"""Covariance matrices: written out, or diagonal plus low rank, which is never written out.

How far one is from another is told by

.. math:: \Delta(A, B) = \operatorname{tr} B^{-1} A - d - \log \det B^{-1} A

which is twice the KL divergence of two centred normal laws. It vanishes quadratically where the
two agree, so the first-order terms of trace and determinant are taken off before any rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from kullback._array import Array, namespace
from kullback._kernels.compensated import total
from kullback._kernels.generic import excess
from kullback.families.normal import gaussian_renyi, spread_gap

__all__ = ["Covariance", "Dense", "Factored", "LowRank", "covariance_gap", "covariance_renyi"]


@final
@dataclass(frozen=True, slots=True)
class Dense:
    """A matrix, shape (..., d, d)."""

    matrix: Array

    def dense(self) -> Array:
        """Return the matrix."""
        return self.matrix

    def log_det(self) -> Array:
        """Return the logarithm of the determinant."""
        xp = namespace(self.matrix)
        root = xp.linalg.cholesky(self.matrix)
        return 2.0 * total(xp, xp.log(xp.linalg.diagonal(root)))

    def square(self, x: Array) -> Array:
        """Return x^T (matrix)^-1 x over the last axis."""
        xp = namespace(self.matrix)
        white = xp.linalg.inv(xp.linalg.cholesky(self.matrix)) @ x[..., None]
        return _squares(xp, white)

    def variance(self) -> Array:
        """Return the diagonal."""
        return namespace(self.matrix).linalg.diagonal(self.matrix)

    def draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return centred normal draws, shape (*shape, d), of a matrix of NumPy."""
        z = chance.standard_normal((*shape, self.matrix.shape[-1], 1))
        return (np.linalg.cholesky(self.matrix) @ z)[..., 0]


@final
@dataclass(frozen=True, slots=True)
class LowRank:
    """The matrix factor factor^T + diag(std^2), of shapes (..., d, k), or None, and (..., d)."""

    std: Array
    factor: Array | None

    def dense(self) -> Array:
        """Write the matrix out."""
        xp = namespace(self.std)
        variances = (self.std * self.std)[..., None]
        diagonal = variances * _identity(xp, xp.broadcast_to(variances, _square(self.std)))
        if self.factor is None:
            return diagonal
        return self.factor @ xp.matrix_transpose(self.factor) + diagonal

    def log_det(self) -> Array:
        """Return the logarithm of the determinant: of the diagonal's, and of a k by k matrix."""
        xp = namespace(self.std)
        value = 2.0 * total(xp, xp.log(self.std))
        if self.factor is None:
            return value
        return value + Dense(_inner(xp, self.factor / self.std[..., None])).log_det()

    def square(self, x: Array) -> Array:
        """Return x^T (matrix)^-1 x over the last axis."""
        xp = namespace(self.std)
        y = (x / self.std)[..., None]
        if self.factor is None:
            return _squares(xp, y)
        return _least_squares(xp, self.factor / self.std[..., None], y)

    def variance(self) -> Array:
        """Return the diagonal."""
        square = self.std * self.std
        if self.factor is None:
            return square
        return square + namespace(self.std).sum(self.factor * self.factor, axis=-1)

    def draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return centred normal draws, shape (*shape, d), of matrices of NumPy."""
        x = self.std * chance.standard_normal((*shape, self.std.shape[-1]))
        if self.factor is None:
            return x
        z = chance.standard_normal((*shape, self.factor.shape[-1], 1))
        return x + (self.factor @ z)[..., 0]


@final
@dataclass(frozen=True, slots=True)
class Factored:
    """The matrix root root^T, of a lower triangular root of shape (..., d, d)."""

    root: Array

    def dense(self) -> Array:
        """Write the matrix out."""
        return self.root @ namespace(self.root).matrix_transpose(self.root)

    def log_det(self) -> Array:
        """Return the logarithm of the determinant."""
        xp = namespace(self.root)
        return 2.0 * total(xp, xp.log(xp.linalg.diagonal(self.root)))

    def square(self, x: Array) -> Array:
        """Return x^T (matrix)^-1 x over the last axis."""
        xp = namespace(self.root)
        return _squares(xp, xp.linalg.inv(self.root) @ x[..., None])

    def variance(self) -> Array:
        """Return the diagonal."""
        return namespace(self.root).sum(self.root * self.root, axis=-1)

    def draw(self, chance: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return centred normal draws, shape (*shape, d), of a root of NumPy."""
        z = chance.standard_normal((*shape, self.root.shape[-1], 1))
        return (self.root @ z)[..., 0]


Covariance = Dense | LowRank | Factored


def _factored(xp: Any, x: Covariance) -> Factored:
    """Return a matrix by its root."""
    if isinstance(x, Factored):
        return x
    if isinstance(x, LowRank) and x.factor is None:
        column = x.std[..., None]
        return Factored(column * _identity(xp, xp.broadcast_to(column, _square(x.std))))
    return Factored(xp.linalg.cholesky(x.dense()))


def _factored_gap(xp: Any, a: Array, b: Array) -> Array:
    """Return the gap of two matrices by their roots: the diagonal's, and squares below it.

    b^-1 a is triangular, and what it differs from 1 by is b^-1 (a - b).
    """
    below = xp.tril(xp.linalg.inv(b) @ (a - b), k=-1)
    own = 2.0 * spread_gap(xp, xp.linalg.diagonal(a), xp.linalg.diagonal(b))
    return total(xp, xp.sum(below * below, axis=-1) + own)


def covariance_gap(xp: Any, p: Covariance, q: Covariance) -> Array:
    """Return tr q^-1 p - d - log det q^-1 p, which is never negative."""
    if isinstance(p, Factored) or isinstance(q, Factored):
        return _factored_gap(xp, _factored(xp, p).root, _factored(xp, q).root)
    if isinstance(p, Dense) or isinstance(q, Dense):
        a, b = p.dense(), q.dense()
        return _dense_gap(xp, a, b, a - b)
    spread = 2.0 * total(xp, spread_gap(xp, p.std, q.std))
    return spread if p.factor is None and q.factor is None else _low_rank_gap(xp, p, q, spread)


def covariance_renyi(xp: Any, shift: Array, p: Covariance, q: Covariance, order: float) -> Array:
    """Return the Rényi divergence of normal laws; as `gaussian_renyi`, for matrices."""
    if isinstance(p, LowRank) and isinstance(q, LowRank) and p.factor is None and q.factor is None:
        return total(xp, gaussian_renyi(xp, shift, p.std, q.std, order))
    if order == 1.0:
        return 0.5 * (q.square(shift) + covariance_gap(xp, p, q))
    if order == 0.0:
        return xp.zeros_like(q.square(shift) + p.log_det())
    if isinstance(p, Factored) or isinstance(q, Factored):
        # Seen in q's own units, where no square leaves the range.
        root = _factored(xp, q).root
        unit = xp.linalg.inv(root)
        own = unit @ _factored(xp, p).root
        gap = unit @ (_factored(xp, p).root - root)
        other = xp.matrix_transpose(gap)
        shift = (unit @ shift[..., None])[..., 0]
        a, b = own @ xp.matrix_transpose(own), _identity(xp, own)
        return _dense_renyi(xp, shift, a, b, gap + other + gap @ other, order)
    a, b = p.dense(), q.dense()
    return _dense_renyi(xp, shift, a, b, a - b, order)


def _dense_renyi(
    xp: Any, shift: Array, a: Array, b: Array, difference: Array, order: float
) -> Array:
    """Return it for two matrices, given also a - b as exactly as it is known."""
    if math.isinf(order):  # the logarithm of the largest ratio of the densities
        narrower = (_largest(xp, difference, b) < 0.0)[..., None, None]
        room = xp.where(narrower, -difference, b)
        value = 0.5 * (Dense(room).square(shift) + Dense(b).log_det() - Dense(a).log_det())
        same = xp.all(difference == 0.0, axis=(-2, -1)) & xp.all(shift == 0.0, axis=-1)
        return xp.where(narrower[..., 0, 0], value, xp.where(same, 0.0, xp.inf))
    rest = 1.0 - order
    if order < 1.0:
        mean = b + rest * difference
        gap = order / rest * _dense_gap(xp, b, mean, -rest * difference)
        gap = gap + _dense_gap(xp, a, mean, order * difference)
        return 0.5 * (order * Dense(mean).square(shift) + gap)
    finite = (rest * _largest(xp, difference, b) > -1.0)[..., None, None]
    moved = xp.where(finite, rest * difference, 0.0)
    gap = _dense_gap(xp, a, b, difference) - _dense_gap(xp, b + moved, b, moved) / rest
    value = 0.5 * (order * Dense(b + moved).square(shift) + gap)
    return xp.where(finite[..., 0, 0], value, xp.inf)


def _largest(xp: Any, difference: Array, b: Array) -> Array:
    """Return the largest eigenvalue of b^-1 a - 1, given a - b."""
    white = xp.linalg.inv(xp.linalg.cholesky(b))
    return xp.linalg.eigvalsh(white @ difference @ xp.matrix_transpose(white))[..., -1]


def _dense_gap(xp: Any, a: Array, b: Array, difference: Array) -> Array:
    r"""Return tr b^-1 a - d - log det b^-1 a, given also a - b as exactly as it is known.

    With b = L L^T and C the Cholesky factor of L^-1 a L^-T it is the sum of squares below C's
    diagonal and of c^2 - 1 - log c^2 on it. Where the matrices are near, c^2 - 1 is what the
    diagonal of L^-1 (a - b) L^-T has left after those squares. No part is negative.
    """
    white = xp.linalg.inv(xp.linalg.cholesky(b))
    gap = white @ difference @ xp.matrix_transpose(white)
    near = (xp.sum(gap * gap, axis=(-2, -1)) <= 0.25)[..., None, None]
    close = xp.linalg.cholesky(_identity(xp, gap) + xp.where(near, gap, 0.0))
    root = xp.where(near, close, white @ xp.linalg.cholesky(a))
    below = xp.tril(root, k=-1)
    squares = xp.sum(below * below, axis=-1)
    pivots = xp.linalg.diagonal(root) ** 2
    moved = xp.where(near[..., 0], xp.linalg.diagonal(gap) - squares, pivots - 1.0)
    return total(xp, squares + excess(xp, xp.ones_like(pivots), pivots, moved))


def _low_rank_gap(xp: Any, p: LowRank, q: LowRank, spread: Array) -> Array:
    r"""Return the same for two matrices of the form U U^T + D^2, given it for both D^2 alone.

    It is that plus the rest of trace and determinants. Where these nearly cancel, the chain rule
    has the digits: the matrices are those of x = U z + D e, with z and e standard normal, and the
    divergence of (z, x) is that of x given z, but also that of x and that of z given x. The
    latter is normal, with mean K x and precision S = 1 + V^T V, where V = U/D and
    K = S^-1 V^T / D. The differences of V, S and K follow from those of U and D.
    """
    rank = max(x.factor.shape[-1] for x in (p, q) if x.factor is not None)
    U, U_q = _padded(xp, p, rank), _padded(xp, q, rank)
    D, D_q = p.std[..., None], q.std[..., None]
    V, V_q = U / D, U_q / D_q
    S, S_q = _inner(xp, V), _inner(xp, V_q)

    trace = _least_squares(xp, V_q, U / D_q)
    reach = xp.linalg.inv(xp.linalg.cholesky(S_q)) @ xp.matrix_transpose(V_q * D / D_q)
    taken = _squares(xp, reach)
    plain = spread + trace - taken + (Dense(S_q).log_det() - Dense(S).log_det())

    dU, dD = U - U_q, D - D_q
    dV = (dU - V_q * dD) / D
    dW = (dV - V_q / D_q * dD) / D  # of V/D
    dS = xp.matrix_transpose(dV) @ V + xp.matrix_transpose(V_q) @ dV
    K_q = xp.linalg.inv(S_q) @ xp.matrix_transpose(V_q / D_q)
    dK = xp.linalg.inv(S) @ (xp.matrix_transpose(dW) - dS @ K_q)
    moved = xp.matrix_transpose(xp.linalg.cholesky(S_q)) @ dK
    given = _squares(xp, moved * xp.matrix_transpose(D)) + _squares(xp, moved @ U)
    close = spread + _squares(xp, dU / D_q) - _dense_gap(xp, S_q, S, -dS) - given

    value = xp.where(plain > 0.01 * (spread + trace + taken + D.shape[-2]), plain, close)
    # Two factors may differ, and their products not; then only rounding is left.
    return xp.where(value > 0.0, value, 0.0)


def _least_squares(xp: Any, V: Array, y: Array) -> Array:
    """Return the least |y - V z|^2 + |z|^2, added over the columns of y: y^T (1 + V V^T)^-1 y."""
    z = xp.linalg.inv(_inner(xp, V)) @ (xp.matrix_transpose(V) @ y)
    return _squares(xp, y - V @ z) + _squares(xp, z)


def _padded(xp: Any, x: LowRank, rank: int) -> Array:
    """Return the factor with zero columns up to a rank."""
    have = 0 if x.factor is None else x.factor.shape[-1]
    shape = tuple(x.std.shape if x.factor is None else x.factor.shape[:-1])
    device = getattr(x.std, "device", None)
    zeros = xp.zeros((*shape, rank - have), dtype=x.std.dtype, device=device)
    return zeros if x.factor is None else xp.concat([x.factor, zeros], axis=-1)


def _inner(xp: Any, V: Array) -> Array:
    """Return 1 + V^T V."""
    square = xp.matrix_transpose(V) @ V
    return square + _identity(xp, square)


def _identity(xp: Any, x: Array) -> Array:
    """Return the unit matrix of the shape, type and device of x."""
    return xp.triu(xp.tril(xp.ones_like(x)))


def _squares(xp: Any, x: Array) -> Array:
    """Return the sum of squares over the last two axes."""
    return xp.sum(x * x, axis=(-2, -1))


def _square(x: Array) -> tuple[int, ...]:
    """Return the shape of matrices whose diagonals have the shape of x."""
    return (*x.shape, x.shape[-1])
