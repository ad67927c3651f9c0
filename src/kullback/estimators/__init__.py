"""Estimators: frozen objects that turn counts or samples into an `Estimate`."""

from kullback._calls import explain_calls
from kullback.estimators.discrete.abstract import AbstractEntropyEstimator
from kullback.estimators.discrete.miller_madow import MillerMadow
from kullback.estimators.discrete.plug_in import PlugIn

__all__ = ["AbstractEntropyEstimator", "MillerMadow", "PlugIn"]

explain_calls(__name__, __all__)
