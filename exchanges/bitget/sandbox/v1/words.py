"""What all of V1 shares: addresses, words, limits, and JSON with exact numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from unifiedcopy.sandbox import ZERO, Answer, fixed, plain

from ..desk import symbol_of
from ..gate import per_uid
from ..spot import SpotDesk

T = TypeVar("T")

MIX = "/api/mix/v1/trace"
SPOT = "/api/spot/v1/trace"
PRODUCTS = ("umcbl", "dmcbl", "cmcbl", "sumcbl", "sdmcbl", "scmcbl")
"""Only ``umcbl``, USDT contracts, are copied here."""
SUFFIX = "_UMCBL"
YES_NO = ("YES", "NO")


def limits(name: str, count: int = 5) -> dict[str, Any]:
    """5/s: the rate table of 2024-08-15, where a section says 10/s too [seed]."""
    return {"limits": per_uid(f"v1/{name}", count)}


def spot_limits(name: str) -> dict[str, Any]:
    return {"limits": per_uid(f"v1/spot/{name}", 10)}


def contract(coin: str) -> str:
    """The futures symbol of V1."""
    return symbol_of(coin) + SUFFIX


class Words(SpotDesk):
    """Parameters and answers as V1 has them."""

    def usdt(self, given: Mapping[str, Any]) -> bool:
        """Whether it asks for USDT contracts; upper case occurs in the examples."""
        return self.choice(given, "productType", PRODUCTS) == "umcbl"

    def stop_price(self, body: Mapping[str, Any], name: str) -> Decimal | None:
        """None leaves the price as it is, zero takes it away: what null does [seed]."""
        if body.get(name, "") == "":
            return None
        return ZERO if body[name] is None else self.amount(body, name)

    def all_needed(self, given: Mapping[str, Any], *names: str) -> None:
        for name in names:
            self.needed(given, name)

    def falling_page(self, rows: Sequence[T], given: Mapping[str, Any], default: int, most: int) -> Sequence[T]:
        """A page whose size falls back to the default when it is too large: said of this call [seed]."""
        size = self.whole(given, "pageSize", default)
        size = default if size > most else size
        start = (self.whole(given, "pageNo", 1) - 1) * size
        return rows[start : start + size]

    def next_page(
        self, given: Mapping[str, Any], rows: Sequence[object], *, default: int = 30, most: int
    ) -> dict[str, object]:
        """Spot's numbered page: ``nextFlag`` tells whether there is another."""
        shown = self.numbered_page(rows, given, default=default, most=most)
        more = bool(shown) and shown[-1] is not rows[-1]
        return {"nextFlag": more, "resultList": shown}

    def in_spot(self, data: object) -> Answer:
        """Most answers of spot have ``requestTime`` as text [seed]."""
        answer = self.enveloped("00000", "success", data)
        return Answer.json({**answer, "requestTime": str(answer["requestTime"])})

    def exact(self, data: object) -> Answer:
        """An answer in which some amounts are JSON numbers."""
        return Answer(200, exact_json(self.enveloped("00000", "success", data)))


def total(amounts: Iterable[Decimal]) -> str:
    return fixed(sum(amounts, ZERO), 4)


def exact_json(payload: object) -> bytes:
    """JSON in which a `Decimal` is a number with exactly its digits, never by way of a float."""
    marked = json.dumps(
        payload, ensure_ascii=False, separators=(",", ":"), default=lambda amount: f"\0{plain(amount)}\0"
    )
    return re.sub(r'"\\u0000(.*?)\\u0000"', r"\1", marked).encode()
