"""`kullback fit FILE --column x`: which law the numbers of a column follow."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kullback._table import one_line
from kullback.cli.options import Answer, answer, common, names
from kullback.errors import KullbackError
from kullback.strings import text

if TYPE_CHECKING:
    import numpy as np

__all__ = ["command"]

SCHEMA = "kullback.fit/1"

# By the names they are asked for; also by those that SciPy's users know.
FAMILIES = {
    name.replace("_", ""): name
    for name in (
        *("bernoulli", "geometric", "poisson", "negative_binomial", "zipf", "discrete_uniform"),
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
    from kullback.fitting import compare_fits
    from kullback.fitting.observations import read

    asked = [_known(name) for name in family]
    x, left_out = number_column(Source(file, encoding=encoding, missing=missing), column)
    classes = {name.replace("_", ""): name for name in FAMILIES.values()}
    chosen = {
        name: getattr(families, "".join(part.capitalize() for part in classes[name].split("_")))
        for name in asked or _suitable(x)
    }
    ranking = compare_fits(chosen, x, unit=unit)
    _ = ranking.best  # an error if there is none
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


def _known(name: str) -> str:
    """Return the family that a name stands for."""
    plain = "".join(c for c in name.lower() if c.isalnum())
    plain = ALIASES.get(plain, plain)
    if plain not in FAMILIES:
        known = ", ".join(get_close_matches(plain, FAMILIES, n=3) or FAMILIES)
        raise KullbackError("cli.fit_family", name=name, known=known)
    return plain


def _suitable(x: np.ndarray) -> tuple[str, ...]:
    """Return families that suit numbers: counts, positive ones, or any."""
    from kullback.kinds.samples import few_values

    least = float(x.min())
    if least >= 0 and (x == x.round()).all() and len(set(x.tolist())) <= few_values(len(x)):
        return COUNTS
    return POSITIVE if least > 0 else ANY


def _write(path: str, page: str) -> None:
    try:
        Path(path).write_text(page, encoding="utf-8")
    except OSError as error:
        raise KullbackError("cli.write", problem=error.strerror) from None
