"""Estimators: frozen objects that turn counts or samples into an `Estimate`."""

from kullback.estimators.discrete.abstract import AbstractEntropyEstimator
from kullback.estimators.discrete.miller_madow import MillerMadow
from kullback.estimators.discrete.plug_in import PlugIn

__all__ = ["AbstractEntropyEstimator", "MillerMadow", "PlugIn"]
