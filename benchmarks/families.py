"""How many digits of measures of families are right: kullback and its peers against mpmath.

Every case is one law or two with parameters that are floats, in float64 and rounded to float32.
The truth is the measure's definition, evaluated by mpmath on exactly those floats. Peers that are
not installed are left out.

    python benchmarks/families.py -o docs/families.md
"""

from __future__ import annotations

import argparse
import math
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple

import family_cases
import numpy as np
from accuracy import FAR, Verdict, judge, shown
from family_cases.case import Case
from machine import described, installed

import kullback as kb
import kullback.families

BOUNDS = {"float64": 1e-12, "float32": 1e-5}

# Peers list every outcome of a binomial law, some of them in many arrays at once.
MOST_OUTCOMES = 10_000_000
PATIENCE = 5  # seconds

# ---------------------------------------------------------------- peers

# How a peer is told a law. The names are those of kullback's parameters, as its own arrays; a
# family with optional parameters is listed by those that are given. SciPy has no KL divergence.
TORCH = {
    "Bernoulli": "D.Bernoulli(probability)",
    "Binomial": "D.Binomial(trials, probability)",
    "Geometric": "D.Geometric(probability)",
    "Poisson": "D.Poisson(rate)",
    "NegativeBinomial": "D.NegativeBinomial(successes, 1 - probability)",
    "Normal": "D.Normal(mean, std)",
    "LogNormal": "D.LogNormal(log_mean, log_std)",
    "HalfNormal": "D.HalfNormal(scale)",
    "Laplace": "D.Laplace(location, scale)",
    "Cauchy": "D.Cauchy(location, scale)",
    "StudentT": "D.StudentT(degrees, location, scale)",
    "Gumbel": "D.Gumbel(location, scale)",
    "Exponential": "D.Exponential(rate)",
    "Gamma": "D.Gamma(shape, rate)",
    "InverseGamma": "D.InverseGamma(shape, scale)",
    "ChiSquared": "D.Chi2(degrees)",
    "Beta": "D.Beta(alpha, beta)",
    "Weibull": "D.Weibull(scale, shape)",
    "Pareto": "D.Pareto(scale, shape)",
    "GeneralizedPareto": "D.GeneralizedPareto(location, scale, shape)",
    "Uniform": "D.Uniform(low, high)",
    "MultivariateNormal(mean, covariance)": "D.MultivariateNormal(mean, covariance)",
    "MultivariateNormal(mean, std)": "D.Independent(D.Normal(mean, std), 1)",
    "MultivariateNormal(mean, std, factor)": "D.LowRankMultivariateNormal(mean, factor, std**2)",
    "Dirichlet": "D.Dirichlet(concentration)",
}
TFP = {
    "Bernoulli": "tfd.Bernoulli(probs=probability)",
    "Geometric": "tfd.Geometric(probs=probability)",
    "Poisson": "tfd.Poisson(rate)",
    "NegativeBinomial": "tfd.NegativeBinomial(successes, probs=1 - probability)",
    "Zipf": "tfd.Zipf(exponent)",
    "Normal": "tfd.Normal(mean, std)",
    "LogNormal": "tfd.LogNormal(log_mean, log_std)",
    "HalfNormal": "tfd.HalfNormal(scale)",
    "Laplace": "tfd.Laplace(location, scale)",
    "Cauchy": "tfd.Cauchy(location, scale)",
    "StudentT": "tfd.StudentT(degrees, location, scale)",
    "Logistic": "tfd.Logistic(location, scale)",
    "Gumbel": "tfd.Gumbel(location, scale)",
    "Exponential": "tfd.Exponential(rate)",
    "Gamma": "tfd.Gamma(shape, rate)",
    "InverseGamma": "tfd.InverseGamma(shape, scale)",
    "ChiSquared": "tfd.Chi2(degrees)",
    "Beta": "tfd.Beta(alpha, beta)",
    "Weibull": "tfd.Weibull(shape, scale)",
    "Pareto": "tfd.Pareto(shape, scale)",
    "GeneralizedPareto": "tfd.GeneralizedPareto(location, scale, shape)",
    "InverseGaussian": "tfd.InverseGaussian(mean, shape)",
    "Uniform": "tfd.Uniform(low, high)",
    "VonMises": "tfd.VonMises(location, concentration)",
    "MultivariateNormal(mean, covariance)": (
        "tfd.MultivariateNormalFullCovariance(mean, covariance)"
    ),
    "MultivariateNormal(mean, std)": "tfd.MultivariateNormalDiag(mean, std)",
    "Dirichlet": "tfd.Dirichlet(concentration)",
}
SCIPY = {
    "Bernoulli": "stats.bernoulli(probability)",
    "Binomial": "stats.binom(trials, probability)",
    "Geometric": "stats.geom(probability, -1)",
    "Poisson": "stats.poisson(rate)",
    "NegativeBinomial": "stats.nbinom(successes, probability)",
    "Zipf": "stats.zipf(exponent)",
    "DiscreteUniform": "stats.randint(low, high + 1)",
    "Normal": "stats.norm(mean, std)",
    "LogNormal": "stats.lognorm(log_std, scale=np.exp(log_mean))",
    "HalfNormal": "stats.halfnorm(scale=scale)",
    "SkewNormal": "stats.skewnorm(shape, location, scale)",
    "Laplace": "stats.laplace(location, scale)",
    "Cauchy": "stats.cauchy(location, scale)",
    "StudentT": "stats.t(degrees, location, scale)",
    "Logistic": "stats.logistic(location, scale)",
    "Gumbel": "stats.gumbel_r(location, scale)",
    "Exponential": "stats.expon(scale=1 / rate)",
    "Gamma": "stats.gamma(shape, scale=1 / rate)",
    "InverseGamma": "stats.invgamma(shape, scale=scale)",
    "ChiSquared": "stats.chi2(degrees)",
    "Beta": "stats.beta(alpha, beta)",
    "Weibull": "stats.weibull_min(shape, scale=scale)",
    "Pareto": "stats.pareto(shape, scale=scale)",
    "GeneralizedPareto": "stats.genpareto(shape, location, scale)",
    "Rayleigh": "stats.rayleigh(scale=scale)",
    "InverseGaussian": "stats.invgauss(mean / shape, scale=shape)",
    "Uniform": "stats.uniform(low, high - low)",
    "VonMises": "stats.vonmises(concentration, location)",
    "Truncated": "stats.truncnorm((low - mean) / std, (high - mean) / std, mean, std)",
    "MultivariateNormal(mean, covariance)": "stats.multivariate_normal(mean, covariance)",
    "MultivariateStudentT": "stats.multivariate_t(location, scatter, degrees)",
    "Dirichlet": "stats.dirichlet(concentration)",
}


class Peer(NamedTuple):
    """A library, how it is given a law, and what it calls the measures."""

    package: str
    modules: dict[str, str]
    laws: dict[str, str]
    array: Callable[[dict[str, Any], np.ndarray], Any]
    calls: dict[str, str]


PEERS = {
    "SciPy": Peer(
        "scipy",
        {"np": "numpy", "stats": "scipy.stats"},
        SCIPY,
        lambda _, x: x,
        {"entropy": "p.entropy()"},
    ),
    "torch": Peer(
        "torch",
        {"torch": "torch", "D": "torch.distributions"},
        TORCH,
        lambda names, x: names["torch"].asarray(x),
        {"entropy": "p.entropy()", "kl_divergence": "D.kl_divergence(p, q)"},
    ),
    "TFP": Peer(
        "tensorflow-probability",
        {"jax": "jax", "tfd": "tensorflow_probability.substrates.jax.distributions"},
        TFP,
        lambda names, x: names["jax"].numpy.asarray(x),
        {"entropy": "p.entropy()", "kl_divergence": "tfd.kl_divergence(p, q)"},
    ),
}
COLUMNS = ("kullback", *PEERS)


@cache
def scope(column: str) -> dict[str, Any]:
    """Return the modules that a peer's calls may name."""
    names: dict[str, Any] = {
        name: import_module(module) for name, module in PEERS[column].modules.items()
    }
    if "jax" in names:
        names["jax"].config.update("jax_enable_x64", True)
    return names


# Families of trials, and the form of theirs that peers share.
TRIALS = (
    kb.families.Bernoulli,
    kb.families.Binomial,
    kb.families.Geometric,
    kb.families.NegativeBinomial,
)
PLAIN = "probability"


def key(law: Any) -> str:
    """Return a family's name, with the parameters that are given if some are left out."""
    name, given = type(law).__name__, law.parameters
    usual = isinstance(law, kb.families.Truncated) or (isinstance(law, TRIALS) and PLAIN in given)
    all_given = usual or len(given) == len(fields(law))
    return name if all_given else f"{name}({', '.join(given)})"


def told(column: str, law: Any) -> Any:
    """Return a peer's own law; None if it has none."""
    peer, names = PEERS[column], scope(column)
    text = peer.laws.get(key(law))
    if text is None:
        return None
    given = dict(law.parameters)
    if isinstance(law, kb.families.Truncated):
        if not isinstance(law.law, kb.families.Normal):
            return None
        given = {"low": law.low, "high": law.high, **law.law.parameters}
    arrays = {name: peer.array(names, x) for name, x in given.items()}
    return eval(text, names | arrays)  # noqa: S307 (our own text)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise TimeoutError inside if it takes longer, where the system can."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def ask(column: str, case: Case, laws: list[Any]) -> float | str | None:
    """Return a library's answer; None if it has no such function or is not here, else 'error'."""
    if column == "kullback":
        return float(getattr(kb, case.measure)(*laws, **case.options))
    peer = PEERS[column]
    call = peer.calls.get(case.measure)
    if call is None or not installed(peer.package):
        return None
    if any(isinstance(law, kb.families.Binomial) and law.trials > MOST_OUTCOMES for law in laws):
        return "error"
    names = scope(column)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            with at_most(PATIENCE):
                own = [told(column, law) for law in laws]
                if any(law is None for law in own):
                    return None
                found = dict(zip("pq", own, strict=False))
                return float(eval(call, names | found))  # noqa: S307 (our own text)
        except NotImplementedError:
            return None
        except Exception:  # noqa: BLE001 (whatever a peer raises)
            return "error"


# ---------------------------------------------------------------- cases and their errors


class Judged(NamedTuple):
    """What is wrong with each library's answers, by library and type."""

    case: Case
    verdicts: dict[tuple[str, str], Verdict]


def groups() -> dict[str, list[Case]]:
    """Return the cases of every module, under the first line of its docstring."""
    found = {}
    for module in iter_modules(family_cases.__path__):
        group = import_module(f"family_cases.{module.name}")
        if hasattr(group, "CASES"):
            found[(group.__doc__ or module.name).partition("\n")[0].rstrip(".")] = group.CASES
    return found


def rounded(law: Any, dtype: str) -> Any:
    """Return a law with its parameters rounded to a type; refuse what is no law then."""
    law = law.map(lambda x: np.asarray(x, dtype=dtype))
    law.__post_init__()
    return law


def judged(case: Case) -> Judged:
    """Return the verdicts on a case."""
    verdicts = {}
    for dtype in BOUNDS:
        try:
            laws = [rounded(law, dtype) for law in (case.p, case.q) if law is not None]
        except kb.KullbackError:  # a parameter is out of float32's range
            continue
        truth = case.truth(laws[0], laws[1] if len(laws) == 2 else None)
        for column in COLUMNS:
            answer = ask(column, case, laws)
            if answer is not None:
                verdicts[column, dtype] = judge(answer, truth, None)
    return Judged(case, verdicts)


def broken(found: Judged) -> Iterator[str]:
    """Yield a line for each of kullback's answers that is beyond its bound."""
    for dtype, bound in BOUNDS.items():
        verdict = found.verdicts.get(("kullback", dtype))
        if verdict and (verdict.flaw or not verdict.error <= bound):
            yield f"{found.case.measure}, {found.case.name}, {dtype}: off by {verdict}"


# ---------------------------------------------------------------- the report

INTRODUCTION = """\
The truth is the definition of each measure, evaluated by mpmath on exactly the floats that
everybody is given: the parameters in float64, and the same rounded to float32, which make another
law with another truth. Errors are relative to the truth. kullback promises 1e-12 in float64 and
1e-5 in float32, that no divergence is negative, and that it is 0 for equal laws; a test holds it
to that.

`-` no such function, or a law that is none in float32 · **bold** off by 1 % or more · **sign**
the answer has the wrong sign · **nan**, **inf**, **finite** where the truth is not · **error** an
exception, or no answer within 5 seconds or the memory there is · a negative or tiny number in
bold is the answer itself where the truth is exactly 0.
"""


def answering(found: list[Judged]) -> list[tuple[str, str]]:
    """Return the libraries and types that answer any of the cases."""
    pairs = [(column, dtype) for dtype in BOUNDS for column in COLUMNS]
    return [pair for pair in pairs if any(pair in one.verdicts for one in found)]


def table(found: list[Judged]) -> Iterator[str]:
    """Yield the errors of one group as a Markdown table."""
    pairs = answering(found)
    names = (f"{column} {dtype.replace('float', 'f')}" for column, dtype in pairs)
    yield f"| measure | case | {' | '.join(names)} |"
    yield f"| --- | --- |{' --: |' * len(pairs)}"
    for case, verdicts in found:
        cells = [str(verdicts.get(pair, "-")) for pair in pairs]
        measure = case.measure.replace("_", " ")
        yield f"| {measure} | {case.name} | {' | '.join(cells)} |"


def summary(found: list[Judged]) -> Iterator[str]:
    """Yield what each library got right and wrong, as a Markdown table."""
    yield (
        "| library | type | cases | within the bound | worst | off by 1 % or more | wrong sign "
        "| nan, wrong infinity, error | missing |"
    )
    yield "| --- | --- |" + " --: |" * 7
    for column, dtype in answering(found):
        verdicts = [one.verdicts[column, dtype] for one in found if (column, dtype) in one.verdicts]
        asked = sum(("kullback", dtype) in one.verdicts for one in found)
        worst = max(verdict.error for verdict in verdicts)
        counts = (
            len(verdicts),
            sum(not v.flaw and v.error <= BOUNDS[dtype] for v in verdicts),
            shown(worst) if math.isfinite(worst) else "inf",
            sum(v.error >= FAR for v in verdicts),
            sum(v.flaw == "wrong sign" for v in verdicts),
            sum(v.flaw in ("nan", "inf", "finite", "error") for v in verdicts),
            asked - len(verdicts),
        )
        yield f"| {column} | {dtype} | {' | '.join(map(str, counts))} |"


def report(sections: dict[str, list[Judged]]) -> Iterator[str]:
    """Yield the study as Markdown."""
    everything = [one for found in sections.values() for one in found]
    yield "# Accuracy of measures of families\n"
    tfp = installed(PEERS["TFP"].package)
    beside = f"TFP {tfp} was beside them." if tfp else "TFP was not installed."
    yield f"Made by `python benchmarks/families.py`. {described()} {beside}\n"
    yield INTRODUCTION
    yield f"## Summary\n\n{len(everything)} cases.\n"
    yield from summary(everything)
    for section, found in sections.items():
        yield f"\n## {section}\n"
        yield from table(found)
    yield "\n## What peers were asked\n"
    yield "Names of parameters are those of kullback's families, as the peer's own arrays.\n"
    for column, peer in PEERS.items():
        if any((column, dtype) in one.verdicts for one in everything for dtype in BOUNDS):
            shown_laws = " · ".join(f"{name} `{text}`" for name, text in peer.laws.items())
            shown_calls = " · ".join(f"{name} `{text}`" for name, text in peer.calls.items())
            yield f"* {column}: {shown_calls}, with {shown_laws}"


def main(arguments: list[str] | None = None) -> None:
    """Run the study and print Markdown; exit with 1 if kullback breaks a bound."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--most", type=int, help="take so many cases of each group")
    parser.add_argument("-o", "--output", type=Path, help="also write the tables here")
    options = parser.parse_args(arguments)
    sections = {
        name: [judged(case) for case in cases[: options.most]] for name, cases in groups().items()
    }
    text = "\n".join(report(sections)) + "\n"
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    if wrong := [line for found in sections.values() for one in found for line in broken(one)]:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
