"""What all of V1 shares: addresses, words, limits, and JSON with exact numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import ZERO, Answer, plain

from ..desk import Desk, symbol_of
from ..gate import per_uid

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


class Words(Desk):
    """Parameters and answers as V1 has them."""

    def usdt(self, given: Mapping[str, Any]) -> bool:
        """Whether it asks for USDT contracts; upper case occurs in the examples."""
        return self.choice(given, "productType", PRODUCTS) == "umcbl"

    def stop_price(self, body: Mapping[str, Any], name: str) -> Decimal | None:
        """None leaves the price as it is, zero takes it away: what null does [seed]."""
        if body.get(name, "") == "":
            return None
        return ZERO if body[name] is None else self.amount(body, name)

    def exact(self, data: object) -> Answer:
        """An answer in which some amounts are JSON numbers."""
        return Answer(200, exact_json(self.enveloped("00000", "success", data)))


def exact_json(payload: object) -> bytes:
    """JSON in which a `Decimal` is a number with exactly its digits, never by way of a float."""
    marked = json.dumps(
        payload, ensure_ascii=False, separators=(",", ":"), default=lambda amount: f"\0{plain(amount)}\0"
    )
    return re.sub(r'"\\u0000(.*?)\\u0000"', r"\1", marked).encode()
