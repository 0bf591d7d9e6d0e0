"""``doctor``: whether everything around a write is in order, before money depends on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple

import typer

from .. import errors
from ..driven import DrivenExchange
from ..models import utc
from ..safety.files import private_folder
from ..safety.halt import Halt
from ..safety.journal import FILE, journal_of
from .accounts import Source, sources
from .exits import Exit
from .options import Accounts, command
from .output import Output
from .place import place_of
from .profiles import load_profiles, profiles_path
from .state import state_folder
from .tables import Column, show_table

State = Literal["ok", "warn", "fail"]
SKEW_MS = 1000
"""A local clock that is further off than this is worth a word; requests are signed with the venue's time anyway."""


class Finding(NamedTuple):
    """What one check found."""

    about: str
    check: str
    state: State
    words: str


COLUMNS = (
    Column("about", lambda finding: finding.about),
    Column("check", lambda finding: finding.check),
    Column("state", lambda finding: finding.state, weight=9),
    Column("what was found", lambda finding: finding.words, weight=9),
)


def register(app: typer.Typer) -> None:
    """Adds the command."""
    command(app, "doctor")(doctor)


async def doctor(out: Output, accounts: Accounts) -> Exit:
    """Check files, the write log, the kill switch, and of each account: reach, clock, credentials, rights.

    Without accounts it looks at this machine alone. Ends with 0 when nothing failed; warnings are for you to judge.
    """
    found = _this_machine()
    if accounts.profile or accounts.every or accounts.venue:
        for of_account in await asyncio.gather(*(_account(out, source) for source in sources(accounts))):
            found += of_account
    if out.as_json:
        out.document("doctor", healthy=_healthy(found), findings=[finding._asdict() for finding in found])
    else:
        show_table(out, found, COLUMNS, "nothing to check")
    return Exit.OK if _healthy(found) else Exit.CONFIG


def _healthy(found: list[Finding]) -> bool:
    return all(finding.state != "fail" for finding in found)


# -- this machine -----------------------------------------------------------------------------------------------------


def _this_machine() -> list[Finding]:
    checks = {"profiles": _profiles, "state folder": _folder, "write log": _log, "kill switch": _kill_switch}
    return [_tried("this machine", name, check) for name, check in checks.items()]


def _tried(about: str, name: str, check: Callable[[], tuple[State, str]]) -> Finding:
    try:
        return Finding(about, name, *check())
    except errors.UnifiedCopyError as error:
        return Finding(about, name, "fail", error.message)


def _profiles() -> tuple[State, str]:
    if not profiles_path().exists():
        return "ok", f"none at {profiles_path()}"
    profiles = load_profiles()
    writing = [f"{profile.name} ({profile.write})" for profile in profiles if profile.write]
    return "ok", f"{len(profiles)} readable by you alone; changes are allowed for {', '.join(writing) or 'none'}"


def _folder() -> tuple[State, str]:
    folder = state_folder()
    if not folder.exists():
        return "ok", f"{folder} is not there yet; the first write makes it"
    return "ok", f"{private_folder(folder)} is yours alone"


def _log() -> tuple[State, str]:
    folder = state_folder()
    if not (folder / FILE).exists():
        return "ok", "no write was logged yet"
    journal = journal_of(folder)
    if problem := journal.problem():
        return "fail", f"{problem}: it was changed from outside"
    records = journal.writes()
    doubtful = [record for record in records if record.open]
    if doubtful:
        return "warn", f"{len(doubtful)} of {len(records)} writes in doubt: unifiedcopy history --writes"
    return "ok", f"{len(records)} writes, unbroken, none in doubt"


def _kill_switch() -> tuple[State, str]:
    halted = Halt(state_folder()).state()
    if halted is None:
        return "ok", "off: new followings are allowed"
    return "warn", f"on since {utc(halted.at):%Y-%m-%d %H:%M} UTC ({halted.reason}): unifiedcopy kill --release"


# -- an account -------------------------------------------------------------------------------------------------------


async def _account(out: Output, source: Source) -> list[Finding]:
    checks: dict[str, Callable[[DrivenExchange], Awaitable[tuple[State, str]]]] = {
        "place": _place,
        "clock": _clock,
        "credentials": _credentials,
        "rights of the key": _rights,
    }
    found = []
    try:
        async with source.connect(out) as exchange:
            for name, check in checks.items():
                found.append(await _asked(source.where, name, check(exchange)))
    except errors.UnifiedCopyError as error:
        found.append(Finding(source.where, "connection", "fail", error.message))
    return found


async def _asked(about: str, name: str, check: Awaitable[tuple[State, str]]) -> Finding:
    try:
        return Finding(about, name, *await check)
    except errors.NotSupported as error:
        return Finding(about, name, "ok", f"not told: {error.message}")
    except errors.UnifiedCopyError as error:
        return Finding(about, name, "fail", error.message)


async def _place(exchange: DrivenExchange) -> tuple[State, str]:
    return "ok", (await place_of(exchange)).words


async def _clock(exchange: DrivenExchange) -> tuple[State, str]:
    skew = await exchange.clock_skew()
    if skew is None:
        return "ok", "the venue tells no time; the local clock serves"
    state: State = "ok" if abs(skew) <= SKEW_MS else "warn"
    return state, f"this machine is {abs(skew)} ms {'ahead of' if skew > 0 else 'behind'} the venue"


async def _credentials(exchange: DrivenExchange) -> tuple[State, str]:
    asked = ("account", "following", "positions")
    verb = next((verb for verb in asked if getattr(exchange.can, verb) != "missing"), None)
    if verb is None:
        return "ok", "no call of this API needs them"
    await getattr(exchange, verb)()
    return "ok", f"accepted for {verb}()"


async def _rights(exchange: DrivenExchange) -> tuple[State, str]:
    rights = await exchange.key_permissions()
    told = [name for name in ("read", "trade", "withdraw") if getattr(rights, name)]
    if rights.withdraw:
        return "fail", "the key can WITHDRAW: make one that can't, and bind it to your address"
    unbound = rights.ip_bound is False
    return ("warn" if unbound else "ok"), f"{', '.join(told) or 'none'}{'; not bound to an address' if unbound else ''}"
