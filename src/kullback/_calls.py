"""Calls that Python cannot bind: which function, what came, and the option that was meant.

Python's own words name neither the function nor what it offers. A public function or class says
so in ours, and pays for it only when a call has failed.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from kullback.errors import CallError

__all__ = ["call_error", "converted", "explain_calls", "meant_by", "raise_call_error"]

Parameters = dict[str, inspect.Parameter]

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

# What SciPy, PyTorch, scikit-learn, NumPyro and others call what is called otherwise here: the
# first of these that a function takes is what was meant.
_MEANT = {
    "a": "shape alpha low exponent order",
    "alpha": "order alpha shape concentration skew weight level",
    "average_method": "normalizer",
    "axes": "axis event_axes",
    "b": "beta high",
    "base": "unit law",
    "base_dist": "law",
    "base_distribution": "law",
    "c": "shape exponent",
    "class_weight": "class_weights weights",
    "classes": "num_outcomes labels",
    "component_distribution": "components",
    "concentration": "shape concentration alpha exponent degrees",
    "concentration0": "beta",
    "concentration1": "alpha",
    "cond": "given",
    "condition": "given",
    "conditional": "given",
    "cov": "covariance scatter",
    "cov_matrix": "covariance scatter",
    "covariance_matrix": "covariance scatter",
    "df": "degrees",
    "dim": "axis event_axes",
    "dims": "axis event_axes",
    "dof": "degrees",
    "fdr": "false_discovery_rate",
    "floc": "fixed",
    "fscale": "fixed",
    "generator": "rng",
    "ignore_label": "ignore_index",
    "intensity": "rate",
    "k": "successes lags shape",
    "kappa": "concentration",
    "key": "rng",
    "lag": "lags",
    "lam": "rate",
    "lambda_": "rate order",
    "loc": "mean location log_mean low",
    "log_base": "unit",
    "log_probs": "log_p",
    "logits": "log_odds",
    "lower": "low",
    "max_iter": "max_iterations",
    "maxiter": "max_iterations",
    "maxval": "high",
    "method": "estimator normalizer direction",
    "mixing_distribution": "weights",
    "mixture_distribution": "weights",
    "mu": "mean location rate log_mean",
    "n": "trials successes samples draws",
    "n_bins": "bins",
    "n_classes": "num_outcomes",
    "n_draws": "samples draws",
    "n_samples": "samples draws",
    "nu": "degrees",
    "num_bins": "bins",
    "num_categories": "num_outcomes",
    "num_classes": "num_outcomes",
    "num_samples": "samples draws",
    "p": "probability",
    "pos_weight": "class_weights",
    "prob": "probability",
    "probs": "probability",
    "q": "order",
    "r": "successes",
    "random_state": "rng",
    "rng_key": "rng",
    "s": "log_std exponent",
    "sample_weight": "weights sample_weight",
    "sample_weights": "weights sample_weight",
    "scale": "std",
    "scale_tril": "cholesky",
    "sd": "std",
    "seed": "rng",
    "shape": "concentration exponent",
    "sigma": "std scale log_std",
    "size_average": "reduction",
    "smoothing": "label_smoothing",
    "t": "temperature",
    "tau": "temperature",
    "temp": "temperature",
    "tol": "tolerance",
    "total_count": "trials successes",
    "upper": "high",
    "weight": "class_weights weights sample_weight",
    "weights": "sample_weight",
}

# What others take in another form, and how to write it here.
_CONVERTED = {
    "rate": {"scale": "scale=1/rate"},
    "scale": {"rate": "rate=1/scale", "log_mean": "log_mean=log(scale)"},
    "sd": {"scale": "scale=..., which is no standard deviation"},
    "std": {"scale": "scale=..., which is no standard deviation"},
    "scale_tril": {"covariance": "covariance=scale_tril @ scale_tril.T"},
    "var": {"std": "std=var**0.5"},
    "variance": {"std": "std=variance**0.5"},
}


def call_error(
    name: str, parameters: Parameters, args: Sequence[Any], given: Mapping[str, Any]
) -> CallError | None:
    """Return what is wrong with a call, or None if the parameters take it.

    Parameters
    ----------
    name : str
        What the caller calls.
    parameters : dict of str to inspect.Parameter
        Its parameters, without self.
    args : sequence
        What was given by position.
    given : mapping
        What was given by name.
    """
    kinds = {p.kind for p in parameters.values()}
    places = [key for key, p in parameters.items() if p.kind in _BY_POSITION]
    options = [key for key, p in parameters.items() if p.kind in _BY_NAME]
    filled = places[: len(args)]
    missing = [
        key
        for key, p in parameters.items()
        if p.default is p.empty
        and p.kind in {*_BY_POSITION, *_BY_NAME}
        and key not in filled
        and not (key in options and key in given)
    ]
    values = {"function": name, "call": _example(name, parameters)}
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        for key in given:
            if key not in options:
                return _unexpected(key, places, options, missing, values)
    if twice := [key for key in filled if key in options and key in given]:
        return CallError("call.twice", got=twice[0], **values)
    if len(args) > len(places) and inspect.Parameter.VAR_POSITIONAL not in kinds:
        return CallError("call.many", came=len(args), most=len(places), **values)
    if missing:
        return CallError("call.missing", got=missing[0], **values)
    return None


def _unexpected(
    key: str, places: list[str], options: list[str], missing: list[str], values: dict[str, str]
) -> CallError:
    """Return the error for a name that is none, with the one that was meant."""
    shown = ", ".join(options)
    if key in places:
        return CallError("call.by_position", got=key, **values)
    near = get_close_matches(key.lower(), options, n=1)
    if meant := meant_by(key, options) or (near[0] if near else None):
        return CallError("call.meant", got=key, meant=meant, options=shown, **values)
    if any(x in places for x in missing):
        return CallError("call.by_position", got=key, **values)
    if options:
        return CallError("call.unexpected", got=key, options=shown, **values)
    return CallError("call.no_options", got=key, **values)


def meant_by(key: str, options: Sequence[str]) -> str | None:
    """Return which of some options other libraries call so."""
    return next((x for x in _MEANT.get(key.lower(), "").split() if x in options), None)


def converted(key: str, options: Sequence[str]) -> str | None:
    """Return how to write here what other libraries take in another form."""
    forms = _CONVERTED.get(key.lower(), {})
    return next((how for option, how in forms.items() if option in options), None)


def _example(name: str, parameters: Parameters) -> str:
    """Return a call that works: what is needed, and by which name."""
    parts = [
        key if p.kind in _BY_POSITION else f"*{key}" if p.kind is p.VAR_POSITIONAL else f"{key}=..."
        for key, p in parameters.items()
        if p.default is p.empty and p.kind is not p.VAR_KEYWORD
    ]
    if not parts and parameters:
        parts = [f"{key}=..." for key, p in parameters.items() if p.kind in _BY_NAME][:1]
    return f"{name}({', '.join(parts)})"


def _parameters_of(function: Callable[..., Any], *, bound: bool = False) -> Parameters:
    """Return the parameters of a function, of a bound one without the first."""
    parameters = list(inspect.signature(function).parameters.items())
    return dict(parameters[bound:])


def raise_call_error(
    name: str, function: Callable[..., Any], args: Sequence[Any], given: Mapping[str, Any]
) -> None:
    """Raise what is wrong with a call of a function, if anything is."""
    wrong = call_error(name, _parameters_of(function), args, given)
    if wrong is not None:
        raise wrong


def _explained(function: Callable[..., Any], name: str, *, bound: bool) -> Callable[..., Any]:
    """Return a function that says in our words why a call of it cannot be."""

    @functools.wraps(function)
    def call(*args: Any, **given: Any) -> Any:
        try:
            return function(*args, **given)
        except TypeError as error:
            trace = error.__traceback__
            if trace is None or trace.tb_next is not None:  # it was called, and failed inside
                raise
            shown = type(args[0]).__name__ if bound else name
            better = call_error(shown, _parameters_of(function, bound=bound), args[bound:], given)
            if better is None:
                raise
            raise better from None

    call.explains = True  # type: ignore[attr-defined]
    return call


def explain_calls(module: str, names: Iterable[str]) -> None:
    """Let the functions and classes of a module explain calls that Python cannot bind.

    They keep their names, signatures and documentation. A class stays the same object; a function
    is replaced here and where it was defined, so that it can still be pickled. Verbs bind their
    arguments themselves.
    """
    here = vars(sys.modules[module])
    for name in names:
        x = here.get(name)
        if inspect.isclass(x):
            own = vars(x).get("__init__")
            if not inspect.isfunction(own) or issubclass(x, BaseException):
                continue
            if not hasattr(own, "explains"):
                x.__init__ = _explained(own, name, bound=True)
        elif inspect.isfunction(x) and not hasattr(x, "rules") and not hasattr(x, "explains"):
            explained = _explained(x, name, bound=False)
            there = vars(sys.modules[x.__module__])
            if there.get(name) is x:
                there[name] = explained
            here[name] = explained
