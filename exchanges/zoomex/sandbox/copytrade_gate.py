"""The old copy-trade tree before its handlers: another signature, another envelope, other meanings of the codes.

Leaders only, USDT perpetuals only, and closed for accounts that moved to the new copy trading [docs].
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from unifiedcopy.sandbox import (
    Answer,
    Call,
    Lead,
    Limit,
    Refusal,
    Request,
    Route,
    SandboxAccount,
    Usage,
    hmac_hex,
    same,
)

from .desk import Desk, Instrument

ROOT = "/cloud/contract/v3/"
PUBLIC, PRIVATE = f"{ROOT}public/copytrading", f"{ROOT}private/copytrading"
COINS = ("BTC", "ETH", "SOL", "XRP", "DOGE")
"""Whose contracts can be led; which they are on the venue, only its symbol list says."""

MESSAGES = {
    10001: "params error",
    10002: "not authorised",
    10005: "permission denied",
    10006: "too many visits",
    10014: "trading pair is not supported",
    10021: "timestamp is outside of the window",
    10022: "sign error",
    30009: "no position",
    30024: "can not set tp/sl for zero position",
    30063: "reduce-only rule not satisfied",
    34036: "leverage not modified",
    34040: "tp/sl not modified",
}
"""This tree's own table: numbers [docs], texts in own words."""


def per_minute(name: str, count: int) -> tuple[Limit, ...]:
    """In a rolling minute [docs]; each path apart is a [guess]: one cell of the table spans each group."""
    return (Limit(f"copytrading/{name}", count, 60),)


class CopyTradeGate(Desk):
    """Who may come in, and what goes out."""

    # Keys, signature, clock

    def authenticate(self, request: Request, route: Route) -> SandboxAccount:
        headers = self.options.headers_in_old_tree and "X-BAPI-SIGN" in request.headers
        if not route.path.startswith(ROOT) or headers:
            return super().authenticate(request, route)
        sent = parameters(request)
        account = self.world.account_by_key(str(sent.get("api_key", "")))
        if account is None:
            raise self.deny(10002)
        stamp, window = str(sent.get("timestamp", "")), str(sent.get("recv_window", "5000"))
        if not stamp.isdigit() or not window.isdigit():
            raise self.deny(10001)
        if not request.at - int(window) <= int(stamp) < request.at + 1_000:
            raise self.deny(10021)
        text = signed_text(sent, empty=self.options.empty_in_old_signature == "kept")
        if not same(str(sent.get("sign", "")), hmac_hex(account.secret, text)):
            raise self.deny(10022)
        return account

    def authorize(self, account: SandboxAccount, route: Route) -> None:
        if not route.path.startswith(ROOT):
            super().authorize(account, route)
            return
        if self.world.lead(account.alias) is None or account.alias in self.options.moved:
            raise self.deny(self.options.old_tree_closed)
        if route.write and "write" not in account.permissions:
            raise self.deny(10005)

    # Answers

    def answer(self, request: Request) -> Answer:
        """In this tree the envelope has three keys [docs]."""
        answer = super().answer(request)
        if not request.path.startswith(ROOT) or answer.content_type != "application/json":
            return answer
        body = json.loads(answer.body)
        if body["retCode"] == 0:
            body["retMsg"] = "success"
        short = {name: body[name] for name in ("retCode", "retMsg", "result")}
        return Answer.json(short, answer.status, answer.headers)

    def deny(self, code: int, message: str | None = None) -> Refusal:
        """An error of this tree's own table."""
        return self.refuse(code, MESSAGES[code] if message is None else message)

    def limit_exceeded(self, usage: Usage) -> Answer:
        if usage.limit.name.startswith("copytrading/"):
            return self.error(10006, MESSAGES[10006])
        return super().limit_exceeded(usage)

    # Parameters

    def leading(self, call: Call) -> Lead:
        """Whose call it is; `authorize` has let leaders in only."""
        lead = self.world.lead(call.alias)
        if lead is None:
            raise self.deny(self.options.old_tree_closed)
        return lead

    def pair(self, given: Mapping[str, Any]) -> Instrument:
        found = self.instruments().get(self.required(given, "symbol"))
        if found is None or found.inverse or found.coin not in COINS:
            raise self.deny(10014)
        return found


def parameters(request: Request) -> dict[str, Any]:
    """Query of a GET, JSON fields of a POST [docs]."""
    if request.method == "GET":
        return dict(request.query)
    return dict(request.json) if isinstance(request.json, dict) else {}


def signed_text(sent: Mapping[str, Any], *, empty: bool = True) -> str:
    """All parameters but ``sign``, sorted by name [docs]. ``empty``: whether empty values stay in it."""
    pairs = {name: _text(value) for name, value in sent.items() if name != "sign"}
    return "&".join(f"{name}={pairs[name]}" for name in sorted(pairs) if empty or pairs[name])


def _text(value: object) -> str:
    """How a value stands in the signed text; booleans and null are a [guess]."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
