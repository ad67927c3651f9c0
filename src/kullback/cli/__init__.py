"""The command `kullback`: one file per command, and how all of them begin and end."""

from __future__ import annotations

import os
import sys

import click

from kullback import __version__
from kullback._table import one_line
from kullback.cli import compare, fit, measure
from kullback.cli.options import Answer, language
from kullback.errors import KullbackError
from kullback.strings import text

__all__ = ["main"]

DONE, FAILED_CHECK, BAD_INPUT, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a check failed, 2 bad input, 3 a bug, 130 Ctrl-C."""
    arguments = sys.argv[1:] if arguments is None else arguments
    sys.exit(_run(arguments, language(arguments)))


def _run(arguments: list[str], lang: str) -> int:
    group = click.Group(
        "kullback",
        commands=[measure.command(lang), compare.command(lang), fit.command(lang)],
        help=text("cli.help", lang),
        params=[click.Option(["--debug"], is_flag=True, help=text("cli.debug", lang))],
        context_settings={"help_option_names": ["-h", "--help"]},
        no_args_is_help=True,
    )
    group = click.version_option(__version__, prog_name="kullback", help=text("cli.version", lang))(
        group
    )
    try:
        answer = group.main(arguments, prog_name="kullback", standalone_mode=False)
        return _give(answer) if isinstance(answer, Answer) else DONE
    except KullbackError as error:
        _complain(error, lang)
        return BAD_INPUT
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return DONE
    except Exception as error:
        if "--debug" in arguments:
            raise
        _complain(KullbackError("cli.bug", kind=type(error).__name__, message=error), lang)
        return BUG


def _give(answer: Answer) -> int:
    for failure in answer.failures:
        click.echo(one_line(failure), err=True)
    try:
        print(answer.text, flush=True)  # noqa: T201 (standard output is what a command is for)
    except UnicodeEncodeError:
        raise KullbackError("cli.encoding", encoding=sys.stdout.encoding) from None
    except BrokenPipeError:
        # The reader has seen enough, as `head` does; leave nothing for Python to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise KullbackError("cli.write", problem=error.strerror) from None
    return FAILED_CHECK if answer.failures else DONE


def _complain(error: KullbackError, lang: str) -> None:
    message = text("cli.error", lang, message=error.text(lang))
    click.echo(one_line(message), err=True)
    if advice := error.advice(lang, "cli"):
        click.echo(f"  {one_line(advice)}", err=True)
