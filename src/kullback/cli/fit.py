"""`kullback fit FILE --column x`: which law the numbers of a column follow."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kullback._table import one_line
from kullback.cli.options import Answer, answer, common, names
from kullback.errors import KullbackError
from kullback.strings import has, text

if TYPE_CHECKING:
    import numpy as np

    from kullback.fitting import FitRanking

__all__ = ["command"]

SCHEMA = "kullback.fit/1"

# By the names they are asked for; also by those that SciPy's users know.
FAMILIES = {
    name.replace("_", ""): name
    for name in (
        *(
            "bernoulli",
            "binomial",
            "geometric",
            "poisson",
            "negative_binomial",
            "zipf",
            "discrete_uniform",
        ),
        *("normal", "log_normal", "half_normal", "skew_normal", "laplace", "cauchy", "student_t"),
        *("logistic", "gumbel", "exponential", "gamma", "inverse_gamma", "chi_squared", "beta"),
        *("weibull", "pareto", "generalized_pareto", "rayleigh", "inverse_gaussian", "uniform"),
        "von_mises",
    )
}
ALIASES = {
    "lognorm": "lognormal",
    "norm": "normal",
    "expon": "exponential",
    "binom": "binomial",
    "nbinom": "negativebinomial",
    "geom": "geometric",
    "chi2": "chisquared",
    "t": "studentt",
    "invgamma": "inversegamma",
    "invgauss": "inversegaussian",
    "genpareto": "generalizedpareto",
    "halfnorm": "halfnormal",
    "skewnorm": "skewnormal",
}
COUNTS = ("poisson", "geometric", "negativebinomial")
POSITIVE = ("gamma", "lognormal", "weibull", "exponential", "normal")
ANY = ("normal", "laplace", "logistic", "studentt", "gumbel")
# Over a range of fewer standard deviations a uniform law is likelier than a normal one.
BOUNDED = math.sqrt(2.0 * math.pi * math.e)


def command(lang: str) -> click.Command:
    """Build the command with its help in a language."""

    def say(key: str) -> str:
        return text(f"cli.fit.{key}", lang)

    own: list[click.Parameter] = [
        click.Argument(["file"]),
        click.Option(["--column"], required=True, help=say("column")),
        click.Option(
            ["--family"], multiple=True, callback=names, metavar="NAMES", help=say("family")
        ),
        click.Option(
            ["--fixed"], multiple=True, callback=names, metavar="NAME=VALUE", help=say("fixed")
        ),
        click.Option(["--missing"], multiple=True, callback=names, help=say("missing")),
        click.Option(["--encoding"], default="utf-8", show_default=True, help=say("encoding")),
        click.Option(["-o", "--output"], type=click.Path(dir_okay=False), help=say("output")),
    ]
    return click.Command(
        "fit", callback=_fit, params=own + common(lang, unit="nats"), help=say("help")
    )


def _fit(
    file: str,
    column: str,
    family: tuple[str, ...],
    fixed: tuple[str, ...],
    missing: tuple[str, ...],
    encoding: str,
    output: str | None,
    unit: str,
    precision: int,
    as_json: bool,
    lang: str,
    ascii_only: bool,
) -> Answer:
    from kullback import families
    from kullback.data.engines.duckdb import number_column
    from kullback.data.sources import Source
    from kullback.fitting.observations import read

    asked = [_known(name) for name in family]
    known = _values(fixed)
    if output is not None:
        _spare(file, output)
    x, seen = number_column(Source(file, encoding=encoding, missing=missing), column)
    left_out = int((~seen).sum())
    chosen = {
        name: getattr(families, "".join(part.capitalize() for part in FAMILIES[name].split("_")))
        for name in asked or _suitable(x)
    }
    ranking = _ranking(chosen, x, known, unit, seen.nonzero()[0])
    what = one_line(f"{file} · {column}")
    if left_out:
        click.echo(text("cli.fit.left_out", lang, missing=left_out), err=True)
    if output is not None:
        from kullback.fitting._fit_page import fit_page

        _write(output, fit_page(ranking, read(x, None, axes=0), what, lang, precision))
        click.echo(text("cli.fit.written", lang, path=one_line(output)), err=True)
    result = {"schema": SCHEMA, "file": file, "column": column, "left_out": left_out}
    return answer(
        {**result, **ranking.to_dict()},
        as_json,
        lambda: ranking.text(lang, precision=precision, ascii_only=ascii_only, what=what),
    )


def _ranking(
    chosen: dict[str, type], x: np.ndarray, fixed: dict[str, float], unit: str, rows: np.ndarray
) -> FitRanking:
    """Rank the families; rows at fault are named as the file has them, from 1."""
    from kullback.fitting import compare_fits

    def told(error: KullbackError) -> KullbackError:
        key = f"cli.{error.key}"
        if not has(f"error.{key}"):
            return error
        return KullbackError(key, **{**error.values, "row": 1 + int(rows[error.values["row"]])})

    try:
        found = compare_fits(chosen, x, fixed=fixed, unit=unit)
    except KullbackError as error:
        raise told(error) from None
    ranking = replace(found, refused={name: told(e) for name, e in found.refused.items()})
    if len(chosen) == len(ranking.refused) == 1:
        raise next(iter(ranking.refused.values()))
    _ = ranking.best  # an error if there is none
    return ranking


def _values(given: tuple[str, ...]) -> dict[str, float]:
    """Return the numbers of parameters that are known."""
    values: dict[str, float] = {}
    for name, x in map(_value, given):
        if name in values:
            raise KullbackError("cli.fit_twice", name=name)
        values[name] = x
    return values


def _spare(file: str, output: str) -> None:
    """Refuse to write over what is read."""
    with suppress(OSError):  # what does not exist is told later, or is made
        if file != "-" and Path(output).samefile(file):
            raise KullbackError("cli.fit_over_input", path=output)


def _value(given: str) -> tuple[str, float]:
    """Return the name and the number of name=number."""
    name, _, value = given.partition("=")
    with suppress(ValueError):
        if math.isfinite(x := float(value)):
            return name.strip(), x
    raise KullbackError("cli.fit_fixed", got=given)


def _known(name: str) -> str:
    """Return the family that a name stands for."""
    plain = "".join(c for c in name.lower() if c.isalnum())
    plain = ALIASES.get(plain, plain)
    if plain not in FAMILIES:
        known = ", ".join(FAMILIES)
        if near := _near(plain):
            raise KullbackError("cli.fit_family_near", name=name, near=near, known=known)
        raise KullbackError("cli.fit_family", name=name, known=known)
    return plain


def _near(name: str) -> str:
    """Return families whose names are like this one, or begin with it."""
    begun = [family for family in FAMILIES if family.startswith(name)] if name else []
    return ", ".join(begun or get_close_matches(name, FAMILIES, n=2))


def _suitable(x: np.ndarray) -> tuple[str, ...]:
    """Return families that suit numbers: counts, positive ones, or any."""
    import numpy as np

    from kullback.kinds.samples import few_values

    least, most = float(x.min()), float(x.max())
    whole = bool((x == x.round()).all())
    # Many whole numbers may be rounded measurements, but those are hardly ever 0.
    if whole and (least == 0 or (least > 0 and len(np.unique(x)) <= few_values(len(x)))):
        return ("bernoulli", *COUNTS) if most <= 1 else COUNTS
    unit = ("beta",) if least >= 0 and most <= 1 else ()
    with np.errstate(all="ignore"):  # what is infinite, or of extreme size, is refused later
        bounded = ("uniform",) if most - least < BOUNDED * x.std() else ()
    return (*(POSITIVE if least > 0 else ANY), *unit, *bounded)


def _write(path: str, page: str) -> None:
    try:
        Path(path).write_text(page, encoding="utf-8")
    except OSError as error:
        raise KullbackError("cli.write_file", path=path, problem=error.strerror) from None
