"""The unified verbs: what each returns, whether it writes, and the arguments that a request parameter may come from.

A parameter line says ``from = "<argument>"``. The argument's kind decides how it is written on the wire, so that a
schema names a thing once. Arguments with a dot are parts: ``position.*`` of the position that is passed,
``settings.*`` of ``FollowSettings``, ``sizing.*`` of its sizing, ``market.*`` of the market's entry in the schema.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import models

Arguments = dict[str, str]
"""Argument -> kind."""


class Verb(NamedTuple):
    returns: type[Any]
    arguments: Arguments
    writes: bool = False
    many: bool = True
    role: models.Role = "follower"
    """Whose positions it returns."""


_SYMBOL = {"symbol": "symbol", "market.*": "text"}
_LEADER = {"leader_id": "text"}
_WINDOW = {"since": "time", "until": "time"}
_TRIGGERS = {
    "take_profit.price": "trigger",
    "take_profit.roi": "trigger",
    "stop_loss.price": "trigger",
    "stop_loss.roi": "trigger",
}
_POSITION = {
    "position.id": "text",
    "position.key.*": "text",
    "position.venue_symbol": "text",
    "position.side": "enum",
    "position.size": "decimal",
    "position.leader_id": "text",
    "position.margin_mode": "enum",
    "position.take_profit": "trigger",
    "position.stop_loss": "trigger",
    "market.*": "text",
}
_SETTINGS = {
    "settings.symbols": "symbols",
    "settings.leverage": "decimal",
    "settings.short_leverage": "decimal",
    "settings.leverage_source": "enum",
    "settings.margin_mode": "enum",
    "settings.copied_margin_modes": "enum",
    "settings.take_profit": "trigger",
    "settings.stop_loss": "trigger",
    "settings.stop_loss_delay": "integer",
    "settings.total_budget": "decimal",
    "settings.max_loss": "decimal",
    "settings.daily_budget": "decimal",
    "settings.max_position": "decimal",
    "settings.max_equity_share": "ratio",
    "settings.isolated_reserve": "decimal",
    "settings.zero_slippage": "flag",
    "settings.copy_open_positions": "flag",
    "settings.copy_new_symbols": "flag",
    "settings.open_copies": "enum",
    "sizing.kind": "enum",
    "sizing.value": "decimal",
    **{f"sizing.{kind}": "decimal" for kind in models.SIZINGS},
}

_OPEN_COPIES = {"open_copies": "enum"}
_LEAD_SETTINGS = {
    "settings.open_to_follow": "flag",
    "settings.profit_share": "ratio",
    "settings.profit_share_days": "integer",
    "settings.min_follower_equity": "decimal",
    "settings.min_fixed_amount": "decimal",
    "settings.min_share_amount": "decimal",
    "settings.margin_mode": "enum",
    "settings.symbols": "symbols",
    "settings.invite_only": "flag",
    "settings.invite_code": "text",
    "settings.protect_trades": "flag",
    "settings.show_equity": "flag",
    "settings.show_assets": "flag",
    "settings.show_triggers": "flag",
    "settings.leave_from": "time",
    "settings.leave_until": "time",
    "settings.referral_share": "ratio",
}

_FOLLOWER_VERBS: dict[str, Verb] = {
    "list_leaders": Verb(models.Leader, {"sort": "enum", "order": "enum", "name": "text"}),
    "leader": Verb(models.Leader, {**_LEADER, "days": "enum"}, many=False),
    "leader_positions": Verb(models.Position, {**_LEADER, **_SYMBOL}, role="observed"),
    "leader_history": Verb(models.ClosedPosition, {**_LEADER, **_SYMBOL, **_WINDOW}),
    "leader_followers": Verb(models.Follower, _LEADER),
    "following": Verb(models.FollowedLeader, {}),
    "follow_settings": Verb(models.FollowSettings, _LEADER),
    "follow": Verb(models.Receipt, {**_LEADER, **_SYMBOL, **_SETTINGS}, writes=True),
    "unfollow": Verb(models.Receipt, {**_LEADER, **_OPEN_COPIES}, writes=True),
    "positions": Verb(models.Position, {**_LEADER, **_SYMBOL}),
    "closed_positions": Verb(models.ClosedPosition, {**_LEADER, **_SYMBOL, **_WINDOW}),
    "set_tpsl": Verb(models.Receipt, {**_POSITION, **_TRIGGERS}, writes=True),
    "close_position": Verb(models.Receipt, _POSITION, writes=True),
    "close_all_positions": Verb(models.Receipt, _SYMBOL, writes=True),
    "copy_limits": Verb(models.SymbolRule, {**_LEADER, **_SYMBOL}),
    "account": Verb(models.Account, {}),
}
LEAD = "lead."
"""How the verbs of a leading account begin; ``ex.lead`` has them without it."""
_LEAD_VERBS: dict[str, Verb] = {
    "positions": Verb(models.Position, _SYMBOL, role="lead"),
    "closed_positions": Verb(models.ClosedPosition, {**_SYMBOL, **_WINDOW}),
    "set_tpsl": Verb(models.Receipt, {**_POSITION, **_TRIGGERS}, writes=True),
    "close_position": Verb(models.Receipt, _POSITION, writes=True),
    "close_all_positions": Verb(models.Receipt, _SYMBOL, writes=True),
    "followers": Verb(models.Follower, _WINDOW),
    "remove_follower": Verb(models.Receipt, {"follower_id": "text"}, writes=True),
    "profit_share": Verb(models.ProfitShare, {**_WINDOW, "asset": "text", "day": "time"}),
    "profit_share_pending": Verb(models.ProfitShare, {"asset": "text"}),
    "profit_share_totals": Verb(models.ProfitShare, _WINDOW),
    "statistics": Verb(models.LeadStatistics, {"days": "enum"}, many=False),
    "symbols": Verb(models.SymbolRule, _SYMBOL),
    "set_symbols": Verb(models.Receipt, {"symbols": "symbols", "how": "enum", **_SYMBOL}, writes=True),
    "settings": Verb(models.LeadSettings, {}, many=False),
    "set_settings": Verb(models.Receipt, _LEAD_SETTINGS, writes=True),
}
ROLE = "lead"
"""All of them together, in ``[missing]``."""
LEAD_VERBS = tuple(_LEAD_VERBS)
"""The verbs of ``ex.lead``."""
VERBS: dict[str, Verb] = {**_FOLLOWER_VERBS, **{LEAD + name: verb for name, verb in _LEAD_VERBS.items()}}
"""Every verb that an endpoint may serve."""

CORE = ("list_leaders", "follow", "set_tpsl", "unfollow", "positions")
"""What a schema serves or explains in ``[missing]``."""


def argument_kind(verb: str, argument: str) -> str | None:
    """The kind of an argument, ``market.*`` and ``position.key.*`` standing for any name; None when the verb has no
    such argument.
    """
    known = VERBS[verb].arguments
    if argument in known:
        return known[argument]
    return known.get(f"{argument.rpartition('.')[0]}.*")
