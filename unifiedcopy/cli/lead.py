"""``unifiedcopy lead …``: what an account that leads does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import typer

from ..models import LeadSettings, LeadStatistics
from ..schema.verbs import LEAD
from .accounts import conclude, one_source
from .exits import Exit
from .options import Accounts, Command, Consent, Convert, Triggers, command
from .output import Output
from .read import Limit, Market, Symbol, ask_all, listing, show_positions
from .tables import FOLLOWERS, HISTORY, NOTHING, RULES, SHARES, words
from .values import moment, symbols
from .write import Change, PositionId, end_position, guard_position, params, perform

Since = Annotated[str | None, typer.Option(help="7d ago, 2026-01-31 (UTC), or Unix milliseconds.")]
Until = Annotated[str | None, typer.Option(help="As --since.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    lead = typer.Typer(no_args_is_help=True, help="What an account that leads does.")
    commands: dict[str, Command] = {
        "positions": positions,
        "history": history,
        "followers": followers,
        "shares": shares,
        "statistics": statistics,
        "symbols": led_symbols,
        "settings": settings,
        "set-tpsl": set_tpsl,
        "close": close,
        "remove-follower": remove_follower,
        "set-symbols": set_symbols,
    }
    for name, function in commands.items():
        command(lead, name)(function)
    app.add_typer(lead, name="lead")


# -- reading ----------------------------------------------------------------------------------------------------------


async def positions(out: Output, accounts: Accounts, symbol: Symbol = None, market: Market = None) -> Exit:
    """Every open position that others copy."""
    reads = await ask_all(out, accounts, lambda exchange: exchange.lead.positions(symbol=symbol, market=market))
    show_positions(out, reads, with_id=True)
    return conclude(out, reads)


async def history(
    out: Output,
    accounts: Accounts,
    symbol: Symbol = None,
    market: Market = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
) -> Exit:
    """Closed lead positions, newest first."""
    options = {"symbol": symbol, "market": market, "limit": limit, **_window(since, until)}
    return await listing(out, accounts, "history", lambda exchange: exchange.lead.closed_positions(**options), HISTORY)


async def followers(out: Output, accounts: Accounts, limit: Limit = 100) -> Exit:
    """The accounts that copy this one, as far as the venue shows them."""
    return await listing(out, accounts, "followers", lambda exchange: exchange.lead.followers(limit=limit), FOLLOWERS)


async def shares(
    out: Output,
    accounts: Accounts,
    kind: Annotated[
        Literal["settled", "pending", "totals"], typer.Option(help="Payments, what is withheld, or sums.")
    ] = "settled",
    asset: Annotated[str | None, typer.Option(help="Only this currency.")] = None,
    day: Annotated[str | None, typer.Option(help="Only this day, where the venue asks for one.")] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
) -> Exit:
    """What followers paid."""
    window = _window(since, until)
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "settled": ("profit_share", {**window, "asset": asset, "day": moment(day, "--day"), "limit": limit}),
        "pending": ("profit_share_pending", {"asset": asset}),
        "totals": ("profit_share_totals", window),
    }
    verb, options = calls[kind]
    return await listing(out, accounts, "shares", lambda exchange: getattr(exchange.lead, verb)(**options), SHARES)


async def led_symbols(out: Output, accounts: Accounts, symbol: Symbol = None, market: Market = None) -> Exit:
    """What the account leads, or could lead."""
    return await listing(
        out, accounts, "symbols", lambda exchange: exchange.lead.symbols(symbol=symbol, market=market), RULES
    )


async def statistics(
    out: Output,
    accounts: Accounts,
    days: Annotated[int | None, typer.Option(help="The window, where the venue lets one choose.")] = None,
) -> Exit:
    """The account's own figures as a leader."""
    source = one_source(out, accounts)
    async with source.connect(out) as exchange:
        return _show_one(out, "statistics", await exchange.lead.statistics(days=days))


async def settings(out: Output, accounts: Accounts) -> Exit:
    """How the account leads."""
    source = one_source(out, accounts)
    async with source.connect(out) as exchange:
        return _show_one(out, "settings", await exchange.lead.settings())


# -- changing ---------------------------------------------------------------------------------------------------------


async def set_tpsl(
    out: Output,
    position_id: PositionId,
    accounts: Accounts,
    consent: Consent,
    triggers: Triggers,
    convert: Convert = False,
) -> Exit:
    """Set take profit and stop loss of a lead position. One that is not given stays as it is."""
    return await guard_position(out, position_id, accounts, consent, triggers, convert=convert, side=LEAD)


async def close(out: Output, position_id: PositionId, accounts: Accounts, consent: Consent) -> Exit:
    """Close a lead position, whole, at the market; its copies close with it."""
    return await end_position(out, position_id, accounts, consent, "and what copies it, at the market", LEAD)


async def remove_follower(
    out: Output,
    follower: Annotated[str, typer.Argument(metavar="FOLLOWER", help="The id, as `lead followers` shows it.")],
    accounts: Accounts,
    consent: Consent,
) -> Exit:
    """End the copying by an account."""
    source = one_source(out, accounts)
    async with source.connect(out, consent) as exchange:
        options = params(exchange, "lead.remove_follower", consent)
        change = Change("lead.remove_follower", (follower,), options, f"remove follower {follower}", "lead followers")
        return await perform(out, source, exchange, consent, change)


async def set_symbols(
    out: Output,
    names: Annotated[str, typer.Argument(metavar="SYMBOLS", help="BTC/USDT:USDT,ETH/USDT:USDT")],
    accounts: Accounts,
    consent: Consent,
    how: Annotated[
        Literal["replace", "add", "remove"], typer.Option(help="The whole list, or these alone.")
    ] = "replace",
) -> Exit:
    """Change what the account leads."""
    source = one_source(out, accounts)
    async with source.connect(out, consent) as exchange:
        options = {"how": how, **params(exchange, "lead.set_symbols", consent)}
        change = Change("lead.set_symbols", (symbols(names),), options, f"{how} led symbols: {names}", "lead symbols")
        return await perform(out, source, exchange, consent, change)


# -- showing ----------------------------------------------------------------------------------------------------------


def _window(since: str | None, until: str | None) -> dict[str, Any]:
    return {"since": moment(since, "--since"), "until": moment(until, "--until")}


def _show_one(out: Output, name: str, told: LeadStatistics | LeadSettings) -> Exit:
    if out.as_json:
        out.document(name, **{name: told})
    else:
        out.show("\n".join(_lines(told)))
    return Exit.OK


def _lines(told: LeadStatistics | LeadSettings) -> Iterator[str]:
    """What the venue says, a line each."""
    for name in told.__struct_fields__:
        value = getattr(told, name)
        text = words(f"{value:f}" if hasattr(value, "is_finite") else value)
        if text != NOTHING:
            yield f"{name.replace('_', ' '):<24} {text}"
