"""Where everything goes: data to stdout, talk to stderr. What a venue said is cleaned, secrets are veiled."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import IO, Any

import msgspec
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from .. import errors
from ..models import Clear, Price, Roi
from ..redaction import KEY_LENGTH, MASK, SHORTEST, forms, parts
from ..series import Series
from ..untrusted import clean
from .exits import Exit, Usage, advice, exit_code, outcome_in_words

WIDE = 1_000
"""Columns of a pipe: nothing is cut there."""


def plain(value: Any) -> Any:
    """A value as JSON has it: numbers of structs as text, so that no digit is lost."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Price | Roi):
        return {type(value).__name__.lower(): f"{value.value:f}"}
    if isinstance(value, Clear):
        return "clear"
    if isinstance(value, Series):
        return [[time, plain(number)] for time, number in value]
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value


class _Veil:
    """A stream that writes ``***`` where a secret would stand. The second line of defence: nothing prints secrets."""

    def __init__(self, stream: IO[str], secrets: set[str]) -> None:
        self._stream, self._secrets = stream, secrets

    def write(self, text: str) -> int:
        for secret in sorted(self._secrets, key=len, reverse=True):  # one may begin with another
            text = text.replace(secret, MASK)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Output:
    """One command's voice."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False, debug: bool = False) -> None:
        self.as_json, self.quiet, self.debug = as_json, quiet, debug
        self._secrets: set[str] = set()
        self._keys: set[str] = set()
        """Those that are too long to be a word or an id: data is never rewritten for less."""
        self.stdout = _console(_Veil(sys.stdout, self._keys))
        self.stderr = _console(_Veil(sys.stderr, self._secrets))
        self.account: str | None = None
        """The one account that the command is about, for its errors."""
        self.in_flight: str | None = None
        """While a write is on its way: the command that shows whether it arrived."""

    def hide(self, secrets: Iterable[str]) -> None:
        """These never appear, whatever happens."""
        for secret in [part for whole in secrets for part in parts(whole)]:
            if len(secret) >= SHORTEST:
                self._secrets.update(forms(secret))
            if len(secret) >= KEY_LENGTH:
                self._keys.update(forms(secret))

    # -- data -----------------------------------------------------------------------------------------------------

    def document(self, name: str, **content: Any) -> None:
        """The one JSON document of a command; ASCII, so that no terminal can be fooled by it."""
        text = json.dumps({"schema": f"unifiedcopy.{name}/1", **plain(content)}, indent=2)
        self.stdout.file.write(text + "\n")
        self.stdout.file.flush()

    def show(self, what: Table | str) -> None:
        """Data for eyes. Lines stay lines, however narrow the terminal."""
        self.stdout.print(what, soft_wrap=isinstance(what, str))

    def code(self, text: str, language: str) -> None:
        """Code with colours, ready to be copied: never wrapped or cut."""
        if self.stdout.is_terminal:
            self.stdout.print(Syntax("", language, background_color="default").highlight(text), soft_wrap=True)
        else:
            self.show(text)

    # -- talk -----------------------------------------------------------------------------------------------------

    def say(self, text: str, style: str = "") -> None:
        """Progress; silent with ``--quiet``."""
        if not self.quiet:
            self._talk(text, style)

    def tell(self, text: str, style: str = "") -> None:
        """Something that the reader must know, ``--quiet`` or not."""
        self._talk(text, style)

    def warn(self, text: str) -> None:
        """As ``tell``, but alarming."""
        self._talk(f"warning: {text}", "yellow")

    def ask(self, question: str) -> bool:
        """y or N, on stderr."""
        # asyncio's own handler would only take note of Ctrl-C, and wait for the line all the same.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self._talk(f"{question} [y/N] ", "bold", end="")
            return sys.stdin.readline().strip().lower() in ("y", "yes")
        finally:
            signal.signal(signal.SIGINT, before)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Asks the person at the terminal, unless ``--yes``.

        Raises:
            SafetyRefused: a no, or nobody to ask.
        """
        if yes:
            return
        if not sys.stdin.isatty():
            raise errors.SafetyRefused("nobody is there to confirm (stdin is no terminal); --yes asks nobody")
        if not self.ask(question):
            raise errors.SafetyRefused("not confirmed")

    def _talk(self, text: str, style: str, end: str = "\n") -> None:
        lines = Text("\n".join(clean(line) for line in text.split("\n")), style=style)
        self.stderr.print(lines, soft_wrap=True, end=end)

    # -- errors ---------------------------------------------------------------------------------------------------

    def fail(self, error: BaseException, account: str | None = None) -> Exit:
        """Tells an error: what, where, what the venue said, what is known, what to do next."""
        code = exit_code(error)
        if self.debug and code is Exit.INTERNAL:  # frames only: values of locals may be secret
            self.stderr.file.write("".join(traceback.format_exception(error)))
        self._talk(told(error, account or self.account, look=self.in_flight), "red")
        return code


_IN_A_COMMANDS_WORDS = {
    "convert=True": "--convert",
    "connect(…, write=True)": "--write (or write = … in the profile)",
    "pass them to connect()": "put them into the environment or a profile",
    "pass it in params={…}": "pass --param NAME=VALUE",
    "settings.sizing": "a sizing (--fixed-amount, --multiple, …)",
    "settings.symbols": "--symbols",
}
"""What the library says to a programmer, for somebody at a terminal."""


def told(error: BaseException, account: str | None, *, look: str | None = None) -> str:
    """An error as a block of lines; ``look`` is set when a change had been sent."""
    if not isinstance(error, errors.UnifiedCopyError):
        if isinstance(error, Usage):
            return f"error: {error}"
        return f"internal error: {type(error).__name__}: {error} (--debug shows where; please report it)"
    where = [error.exchange, account and f"account {account}", error.endpoint and f"endpoint {error.endpoint}"]
    said = [error.code and f"code {error.code}", error.http_status and f"HTTP {error.http_status}"]
    said += [f"asks to wait {error.retry_after:g} s"] if error.retry_after else []
    lines = {
        "where": " · ".join(part for part in where if part),
        "venue": ", ".join(str(part) for part in said if part),
        "outcome": outcome_in_words(error, look),
        "next": advice(error),
    }
    message = error.message if isinstance(error, errors.SchemaError) else clean(error.message)  # a venue adds no lines
    head = f"error: {in_a_commands_words(message)} ({type(error).__name__})"
    return "\n".join([head, *(f"  {name:<8} {text}" for name, text in lines.items() if text)])


def in_a_commands_words(message: str) -> str:
    """A message of the library, for somebody at a terminal."""
    for library, command in _IN_A_COMMANDS_WORDS.items():
        message = message.replace(library, command)
    return message


def error_document(error: BaseException, account: str | None = None) -> dict[str, Any]:
    """An error for machines."""
    known = {"class": type(error).__name__, "account": account, "exit_code": int(exit_code(error))}
    if not isinstance(error, errors.UnifiedCopyError):
        return {**known, "message": str(error)}
    parts = ("message", "outcome", "exchange", "endpoint", "code", "http_status", "retry_after")
    return {**known, **{name: getattr(error, name) for name in parts}, "next": advice(error)}


def _console(stream: _Veil) -> Console:
    """Colours on a terminal only (and not with ``NO_COLOR``); a pipe is as wide as it needs to be."""
    wide = None if stream.isatty() or "COLUMNS" in os.environ else WIDE
    return Console(file=stream, width=wide, soft_wrap=False, emoji=False, markup=False, highlight=False)  # type: ignore[arg-type]
