"""Commands that change something: follow, unfollow, set-tpsl, close, call.

Each one is checked whole and shown before it is sent: where it goes, for which account, and exactly what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import msgspec
import typer

from .. import errors
from ..driven import DrivenExchange
from ..models import (
    FixedAmount,
    FixedQuantity,
    FollowSettings,
    Multiple,
    Position,
    Receipt,
    ShareOfEquity,
    Sizing,
    TotalBudget,
)
from ..schema.structure import suggestion
from ..schema.verbs import LEAD
from ..signing import Preview
from .accounts import Source, one_source
from .exits import Exit, Usage
from .options import ENDING_HELP, Accounts, Consent, Convert, Ending, Settings, Triggers, command
from .output import Output
from .place import Place, place_of
from .values import fraction, number, pairs, roi, symbols, trigger, wire

LeaderId = Annotated[str, typer.Argument(metavar="LEADER", help="The leader's id, as `leaders` shows it.")]
PositionId = Annotated[str, typer.Argument(metavar="POSITION_ID", help="As `positions` shows it.")]

OPEN_COPIES = {
    "refused": "refused while copies are open",
    "kept": "open copies stay open",
    "closed": "open copies are closed",
    "chosen": "open copies: as --open-copies says",
    "unknown": "what happens to open copies is not documented",
}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    command(app, "follow")(follow)
    command(app, "unfollow")(unfollow)
    command(app, "set-tpsl")(set_tpsl)
    command(app, "close")(close)
    command(app, "call")(call)


async def follow(out: Output, leader: LeaderId, accounts: Accounts, settings: Settings, consent: Consent) -> Exit:
    """Start copying a leader, or change how (some venues can only change; `exchanges` tells)."""
    wanted = follow_settings(settings)
    source = one_source(out, accounts)
    async with source.connect(out, consent) as exchange:
        what = f"follow {leader} with {told(wanted.sizing)}" if wanted.sizing else f"follow {leader}"
        change = Change("follow", (leader, wanted), params(exchange, "follow", consent), what, "following")
        return await perform(out, source, exchange, consent, change)


async def unfollow(
    out: Output,
    leader: LeaderId,
    accounts: Accounts,
    consent: Consent,
    open_copies: Annotated[Ending | None, typer.Option(help=ENDING_HELP)] = None,
) -> Exit:
    """Stop copying a leader. What happens to open copies is the venue's choice; `exchanges` tells it."""
    source = one_source(out, accounts)
    async with source.connect(out, consent) as exchange:
        what = f"unfollow {leader} ({OPEN_COPIES[exchange.can.open_copies or 'unknown']})"
        options = {"open_copies": open_copies, **params(exchange, "unfollow", consent)}
        change = Change("unfollow", (leader,), options, what, "following")
        return await perform(out, source, exchange, consent, change)


async def set_tpsl(
    out: Output,
    position_id: PositionId,
    accounts: Accounts,
    consent: Consent,
    triggers: Triggers,
    convert: Convert = False,
) -> Exit:
    """Set take profit and stop loss of an open position. One that is not given stays as it is."""
    return await guard_position(out, position_id, accounts, consent, triggers, convert=convert)


async def close(out: Output, position_id: PositionId, accounts: Accounts, consent: Consent) -> Exit:
    """Close an open position, whole, at the market."""
    return await end_position(out, position_id, accounts, consent, "at the market")


async def call(
    out: Output,
    endpoint: Annotated[str, typer.Argument(help="An endpoint's name in the schema (`show`).")],
    accounts: Accounts,
    consent: Consent,
    values: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...")] = None,
) -> Exit:
    """Call any endpoint raw, under the venue's own parameter names; prints its answer as JSON."""
    given = pairs([*(values or []), *(consent.param or [])], "call")
    source = one_source(out, accounts)
    async with source.connect(out, consent) as exchange:
        spec = exchange.api.schema.endpoints.get(endpoint)
        if spec is None:
            raise Usage(f"there is no endpoint {endpoint!r}; {suggestion(endpoint, exchange.api.schema.endpoints)}")
        sent = wire(spec, given)
        if consent.dry_run or spec.changes:
            change = Change("call", (endpoint,), sent, f"call {endpoint}", "positions")
            return await perform(out, source, exchange, consent, change)
        out.document("call", endpoint=endpoint, answer=await exchange.call(endpoint, **sent))
        return Exit.OK


# -- one change -------------------------------------------------------------------------------------------------------


class Change(msgspec.Struct):
    """A verb with its arguments, what it does in words, and the command that shows whether it was done."""

    verb: str
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]
    words: str
    look: str


async def guard_position(
    out: Output,
    position_id: str,
    accounts: Accounts,
    consent: Consent,
    triggers: Triggers,
    *,
    convert: bool,
    side: str = "",
) -> Exit:
    """Take profit and stop loss of a position; ``side`` is empty, or ``lead.`` for those that others copy."""
    wanted = {
        "take_profit": trigger(triggers.take_profit, "--take-profit"),
        "stop_loss": trigger(triggers.stop_loss, "--stop-loss"),
    }
    if not any(wanted.values()):
        raise Usage("give --take-profit, --stop-loss or both")
    source = one_source(out, accounts)
    async with source.connect(out, consent) as exchange:
        position = await find(exchange, position_id, led=bool(side))
        options = {**wanted, "convert": convert, **params(exchange, f"{side}set_tpsl", consent)}
        named = ", ".join(f"{name} {told(value)}" for name, value in wanted.items() if value is not None)
        what = f"{named} for {described(position)}"
        change = Change(f"{side}set_tpsl", (position,), options, what, _look(side))
        return await perform(out, source, exchange, consent, change)


async def end_position(
    out: Output, position_id: str, accounts: Accounts, consent: Consent, how: str, side: str = ""
) -> Exit:
    """Closes a position, whole."""
    source = one_source(out, accounts)
    async with source.connect(out, consent) as exchange:
        position = await find(exchange, position_id, led=bool(side))
        options = params(exchange, f"{side}close_position", consent)
        what = f"close {described(position)} {how}"
        change = Change(f"{side}close_position", (position,), options, what, _look(side))
        return await perform(out, source, exchange, consent, change)


def _look(side: str) -> str:
    return "lead positions" if side else "positions"


async def perform(out: Output, source: Source, exchange: DrivenExchange, consent: Consent, change: Change) -> Exit:
    """Shows a change, asks, sends it once, and says what came of it."""
    # The preview checks the arguments too, so that nobody is asked about a request that can't be made.
    preview = await exchange.preview(change.verb, *change.arguments, **change.options)
    if consent.dry_run:
        return show_preview(out, preview)
    place = await place_of(exchange)
    allow(source, consent, place)
    show_change(out.say if consent.yes else out.tell, source, exchange, change, preview, place)
    out.confirm("send this?", yes=consent.yes)
    out.in_flight = f"`unifiedcopy {change.look} {source.options}`"
    side = exchange.lead if change.verb.startswith(LEAD) else exchange
    answer = await getattr(side, change.verb.removeprefix(LEAD))(*change.arguments, **change.options)
    out.in_flight = None
    return show_answer(out, change, answer)


def allow(source: Source, consent: Consent, place: Place) -> None:
    """A profile says where it may change anything, and that must be where the request goes. Credentials from the
    environment need ``--write`` on the command, and never change anything for real money: that takes a profile's caps.

    Raises:
        SafetyRefused: it is not allowed there.
    """
    profile = source.profile
    if source.from_environment:
        if not consent.write:
            raise errors.SafetyRefused("credentials from the environment only read; --write allows this change")
        if place.real:
            raise errors.SafetyRefused(
                f'{place.words}: real money is changed by a profile with write = "live" and caps'
            )
    elif profile.write is None:
        raise errors.SafetyRefused(
            f'profile {profile.name!r} only reads; write = "{place.kind}" in the file allows changes'
        )
    elif profile.write != place.kind:
        raise errors.SafetyRefused(
            f'profile {profile.name!r} allows changes with write = "{profile.write}", but this is {place.words}'
        )


def show_change(
    speak: Callable[[str, str], None],
    source: Source,
    exchange: DrivenExchange,
    change: Change,
    preview: Preview,
    place: Place,
) -> None:
    """What is about to happen. Shown also with ``--quiet`` when somebody has to answer."""
    lines = {
        "venue": f"{exchange.name} ({exchange.id})",
        "account": source.label,
        "place": place.words,
        "change": change.words,
        "request": f"{preview.method} {preview.url}",
        "body": preview.body,
    }
    for note in preview.notes:
        speak(f"  note     {note}", "yellow")
    for name, text in lines.items():
        if text:
            speak(f"  {name:<8} {text}", "" if name != "place" else "bold red" if place.real else "green")


def show_preview(out: Output, preview: Preview) -> Exit:
    """The exact request, on stdout: it is what was asked for."""
    if out.as_json:
        out.document("preview", sent=False, **preview._asdict())
    else:
        head = [f"{preview.method} {preview.url}", *(f"{name}: {value}" for name, value in preview.headers.items())]
        out.show("\n".join([*head, "", preview.body] if preview.body else head))
    for note in preview.notes:
        out.tell(f"note: {note}")
    out.say("dry run: nothing was sent")
    return Exit.OK


def show_answer(out: Output, change: Change, answer: Any) -> Exit:
    """What the venue accepted."""
    if not isinstance(answer, Receipt):
        out.document("call", endpoint=change.arguments[0], answer=answer)
    elif out.as_json:
        out.document("receipt", receipt=answer)
    else:
        ids = f"; ids {', '.join(answer.ids)}" if answer.ids else ""
        out.show(f"accepted: {change.words} ({answer.exchange} {answer.endpoint}){ids}")
        for note in answer.notes:
            out.show(f"  {note}")
    return Exit.OK


# -- arguments --------------------------------------------------------------------------------------------------------


async def find(exchange: DrivenExchange, position_id: str, *, led: bool = False) -> Position:
    """The open position of an id, as it is now; ``led`` looks among those that others copy.

    Raises:
        NotFound: none has it.
    """
    page = await (exchange.lead.positions() if led else exchange.positions())
    for position in page:
        if position.id == position_id:
            return position
    known = suggestion(position_id, [position.id for position in page]) or "nothing is open"
    raise errors.NotFound(f"no open position has the id {position_id!r}; {known}", exchange=exchange.id)


def described(position: Position) -> str:
    """A position in words."""
    entry = f" from {position.entry_price:f}" if position.entry_price is not None else ""
    size = f"{position.size.normalize():f} {position.size_unit or ''}"
    return f"{position.side} {size} {position.symbol or position.venue_symbol}{entry}"


def told(value: Any) -> str:
    """A sizing or a trigger in words."""
    if isinstance(value, Sizing):
        amount = getattr(value, "value", None)
        return type(value).__name__ + (f" {amount:f}" if amount is not None else "")
    return "off" if repr(value) == "CLEAR" else f"{type(value).__name__} {value}"


def params(exchange: DrivenExchange, verb: str, consent: Consent) -> dict[str, Any]:
    """The venue's own parameters, for the endpoint that knows their names."""
    given = pairs(consent.param or [], "--param")
    if not given:
        return {}
    endpoints = [exchange.api.schema.endpoints[name] for name in exchange.api.serving(verb)]
    fitting = [endpoint for endpoint in endpoints if set(given) <= set(endpoint.params)] or endpoints
    return {"params": wire(fitting[0], given)} if fitting else {}


def follow_settings(given: Settings) -> FollowSettings:
    """The options of ``follow`` as settings.

    Raises:
        Usage: more than one sizing, or a number that is none.
    """
    amounts = {
        "total_budget": ("--ceiling", given.ceiling),
        "max_loss": ("--max-loss", given.max_loss),
        "daily_budget": ("--daily-ceiling", given.daily_ceiling),
        "max_position": ("--max-position", given.max_position),
        "isolated_reserve": ("--isolated-reserve", given.isolated_reserve),
        "leverage": ("--leverage", given.leverage),
        "short_leverage": ("--short-leverage", given.short_leverage),
    }
    same = ("margin_mode", "copied_margin_modes", "stop_loss_delay", "open_copies")
    switches = ("zero_slippage", "copy_open_positions", "copy_new_symbols")
    said = {name: (option, text) for name, (option, text) in amounts.items() if text is not None}
    numbers: dict[str, Any] = {name: number(text, option) for name, (option, text) in said.items()}
    return FollowSettings(
        sizing=_sizing(given),
        symbols=symbols(given.symbols),
        take_profit=roi(given.take_profit, "--take-profit"),
        stop_loss=roi(given.stop_loss, "--stop-loss"),
        max_equity_share=fraction(given.max_equity_share, "--max-equity-share"),
        **numbers,
        **{name: getattr(given, name) for name in (*same, *switches)},
    )


def _sizing(given: Settings) -> Any:
    ways: Iterable[tuple[str, str | None, type[Any]]] = (
        ("--fixed-amount", given.fixed_amount, FixedAmount),
        ("--multiple", given.multiple, Multiple),
        ("--fixed-quantity", given.fixed_quantity, FixedQuantity),
        ("--budget", given.budget, TotalBudget),
    )
    found = [(option, text, kind) for option, text, kind in ways if text is not None]
    if len(found) + given.share_of_equity > 1:
        raise Usage("one sizing only: --fixed-amount, --multiple, --fixed-quantity, --share-of-equity or --budget")
    if not found:
        return ShareOfEquity() if given.share_of_equity else None
    option, text, kind = found[0]
    try:
        return kind(number(text, option))
    except ValueError as error:
        raise Usage(f"{option}: {error}") from None
