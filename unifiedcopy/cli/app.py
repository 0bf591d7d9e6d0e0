"""The command line: what there is, and how it starts."""

from __future__ import annotations

import inspect
import io
import sys
from typing import Annotated

import typer

from .. import __version__
from . import check, demo, doctor, history, kill, lead, leaders, new, portfolio, read, schemas, serve, write
from .options import paragraphs

app = typer.Typer(
    name="unifiedcopy",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"unifiedcopy {__version__}")
        raise typer.Exit


def unifiedcopy(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """One interface over exchanges' own copy-trading systems. Start with: unifiedcopy demo

    Accounts come from the profiles file, profiles.toml in your configuration folder or $UNIFIEDCOPY_PROFILES, of mode
    0600: tables \\[profiles.NAME] with venue, api_key, secret, passphrase, account, base_url, write and caps;
    "env:NAME" stands for an environment variable. Or, with --venue, from UNIFIEDCOPY_<VENUE>_API_KEY, …_SECRET
    and …_PASSPHRASE. Never from arguments.

    Data goes to stdout, everything else to stderr; --json prints one JSON document with numbers as text.

    Exit codes: 0 ok · 1 internal error · 2 usage · 3 some accounts failed · 4 configuration or credentials · 5 refused
    by the venue · 6 outcome unknown · 7 rate-limited, banned or not reachable · 8 the answer can't be read (whole) ·
    9 refused by a safety guard · 130 interrupted
    """


app.callback(help=paragraphs(inspect.getdoc(unifiedcopy) or ""))(unifiedcopy)
for _module in (schemas, check, new, leaders, read, portfolio, history, write, lead, kill, doctor, serve, demo):
    _module.register(app)


def run() -> None:
    """Starts the command; a terminal that lacks a character gets a question mark, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app(prog_name="unifiedcopy")
