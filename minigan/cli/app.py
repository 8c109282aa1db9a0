"""The application: its commands, the backend option that all of them share, and how errors are told."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..backend import use
from .bench import bench
from .divergence import divergence
from .figure import figure
from .inform import info, list_everything
from .lecture import lecture
from .runs import compare, rerun, sample
from .sweep import sweep
from .threads import one_blas_thread
from .train import train
from .verify import verify

app = typer.Typer(
    name="minigan",
    help="Generative adversarial networks whose every checkable statement runs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("verify")(verify)
OWN_WORDS = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
app.command("lecture")(lecture)
app.command("train", context_settings=OWN_WORDS, add_help_option=False)(train)
app.command("sample")(sample)
app.command("rerun")(rerun)
app.command("compare")(compare)
app.command("sweep", context_settings=OWN_WORDS, add_help_option=False)(sweep)
app.command("divergence")(divergence)
app.command("figure")(figure)
app.command("bench", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(bench)
app.command("list")(list_everything)
app.command("info")(info)


def _version(asked: bool):
    if asked:
        from ..version import __version__

        typer.echo(f"minigan {__version__}")
        raise typer.Exit


@app.callback()
def options(
    backend: Annotated[str, typer.Option(help="numpy, cupy, or cupy:N for the N-th device")] = "",
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """Generative adversarial networks whose every checkable statement runs."""
    if backend:
        use(backend)


def main() -> None:
    """Run the command line; what the caller got wrong (a value, a file, a backend) is told in one sentence."""
    one_blas_thread()
    try:
        app()
    except (ValueError, RuntimeError, OSError) as error:
        print(f"minigan: {error}", file=sys.stderr)
        sys.exit(2)
