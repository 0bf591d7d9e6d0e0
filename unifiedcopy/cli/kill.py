"""``kill``: no new following from now on, in any process; and, when asked, out of all that there are."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import msgspec
import typer

from .. import errors
from ..driven import DrivenExchange
from ..limiting import urgent
from ..models import FollowedLeader, OpenCopies, utc
from ..safety.halt import Halt
from .accounts import Source, sources
from .exits import Exit, Usage
from .options import Accounts, Consent, command
from .output import Output, error_document
from .place import place_of
from .state import state_folder
from .write import allow

Mode = Literal["close", "keep", "with_leader", "venue"]
DEADLINE = 60.0
"""Seconds for one account: one that hangs costs the others nothing."""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    command(app, "kill")(kill)


async def kill(
    out: Output,
    accounts: Accounts,
    consent: Consent,
    reason: Annotated[str, typer.Option(help="What is shown to whoever wants to follow.")] = "unifiedcopy kill",
    release: Annotated[bool, typer.Option("--release", help="Allow new followings again.")] = False,
    unfollow_all: Annotated[
        bool, typer.Option("--unfollow-all", help="Also end every following of the accounts given.")
    ] = False,
    open_copies: Annotated[
        Mode | None,
        typer.Option(help="With --unfollow-all: what becomes of open copies; 'venue' takes what each venue does."),
    ] = None,
) -> Exit:
    """Stop new followings at once, for every program that uses this state folder, until --release.

    Ending and guarding goes on working. With --unfollow-all every following is ended too, of all accounts at once;
    those that can't be reached are listed, and the rest is not held up.
    """
    halt = Halt(state_folder())
    if release:
        if unfollow_all:
            raise Usage("--release allows new followings, --unfollow-all ends them: one of them")
        words = "new followings are allowed again" if halt.turn_off() else "new followings were not stopped"
        out.document("kill", halted=False) if out.as_json else out.show(words)
        return Exit.OK
    halted = halt.turn_on(reason)  # first of all, also when the rest of the command is wrong: it needs nobody
    out.tell(f"stopped at {utc(halted.at):%Y-%m-%d %H:%M:%S} UTC: no new followings (--release lifts it)", "bold")
    if unfollow_all and open_copies is None:
        raise Usage("say what becomes of open copies: --open-copies close, keep, with_leader or venue")
    chosen = sources(accounts) if unfollow_all else []
    if not unfollow_all or open_copies is None:
        if out.as_json:
            out.document("kill", halted=True, at=halted.at, reason=halted.reason)
        return Exit.OK
    out.tell(f"ending every following of {', '.join(source.where for source in chosen)}; open copies: {open_copies}")
    out.confirm("send this?", yes=consent.yes)
    return _told(out, await asyncio.gather(*(_leave(out, source, consent, open_copies) for source in chosen)))


class Left(msgspec.Struct):
    """What became of one account's followings."""

    account: str
    venue: str
    ended: list[str] = []
    """Leader ids."""
    failed: dict[str, BaseException] = {}
    """Leader id, or ``-`` for the account as a whole -> why not."""


async def _leave(out: Output, source: Source, consent: Consent, mode: Mode) -> Left:
    """Ends what an account follows; whatever fails is told, and holds nobody up."""
    left = Left(source.label, source.profile.venue)
    try:
        async with asyncio.timeout(DEADLINE), source.connect(out, consent) as exchange:
            if exchange.can.unfollow == "missing":
                return left  # nothing is followed where nothing can be
            allow(source, consent, await place_of(exchange))
            with urgent():  # its reads, too, have the budget of writes
                leaders = await exchange.following()
                await asyncio.gather(*(_end(exchange, leader, mode, left) for leader in leaders))
    except TimeoutError:
        left.failed["-"] = errors.RequestTimeout(f"not done in {DEADLINE:g} s", exchange=source.profile.venue)
    except errors.UnifiedCopyError as error:
        left.failed["-"] = error
    return left


async def _end(exchange: DrivenExchange, leader: FollowedLeader, mode: Mode, left: Left) -> None:
    try:
        if mode == "close" and exchange.can.open_copies not in ("closed", "chosen"):
            await _close_copies(exchange, leader)
        await exchange.unfollow(leader, open_copies=_asked(exchange, mode))
        left.ended.append(leader.leader_id)
    except errors.UnifiedCopyError as error:
        left.failed[leader.leader_id] = error


async def _close_copies(exchange: DrivenExchange, leader: FollowedLeader) -> None:
    """One by one, where ending the following leaves them open; a position of nobody in particular is left alone."""
    for position in await exchange.positions():
        if position.leader_id == leader.leader_id:
            await exchange.close_position(position)


def _asked(exchange: DrivenExchange, mode: Mode) -> OpenCopies | None:
    """What to ask the venue for; it refuses by name what it does otherwise."""
    closed_before = mode == "close" and exchange.can.open_copies not in ("closed", "chosen")
    return None if mode == "venue" or closed_before else mode


def _told(out: Output, found: list[Left]) -> Exit:
    if out.as_json:
        out.document("kill", halted=True, accounts=[_document(left) for left in found])
    for left in found:
        where = f"{left.account} at {left.venue}"
        if not out.as_json:
            out.show(f"{where}: ended {len(left.ended)}" + "".join(f" · {leader}" for leader in left.ended))
        for leader, error in left.failed.items():
            out.warn(f"{where}: NOT ended{f', leader {leader}' if leader != '-' else ''}: {error}")
    return Exit.PARTIAL if any(left.failed for left in found) else Exit.OK


def _document(left: Left) -> dict[str, Any]:
    failed = [{"leader": leader, **error_document(error, left.account)} for leader, error in left.failed.items()]
    return {"account": left.account, "venue": left.venue, "ended": left.ended, "failed": failed}
