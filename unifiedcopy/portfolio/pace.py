"""How often a venue may be asked: what one round of reading costs of its documented windows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..arguments import takes
from ..exchange import CopyTradingExchange
from ..schema import Api
from .models import Part
from .reading import VERBS, told

SHARE = 0.5
"""Of a venue's windows; the rest stays for what the user does meanwhile."""


class Cost(NamedTuple):
    """Seconds of the tightest window that reading one account takes up."""

    address: float
    """Of a window that every account behind this address shares."""
    account: float


def interval(accounts: Iterable[CopyTradingExchange], parts: tuple[Part, ...], every: float) -> float:
    """Seconds for one round over the accounts of a venue: as wished, or as long as its limits make it."""
    costs = [cost(account, parts) for account in accounts]
    together, alone = sum(each.address for each in costs), max(each.account for each in costs)
    return max(every, together / SHARE, alone / SHARE)


def cost(account: CopyTradingExchange, parts: tuple[Part, ...]) -> Cost:
    """What reading an account once costs, a page a list; a venue without a schema tells nothing, and costs nothing."""
    api = getattr(account, "api", None)
    if not isinstance(api, Api):
        return Cost(0, 0)
    used: dict[tuple[str, str], float] = {}
    for part in parts:
        for name in api.serving(VERBS[part])[:1] if told(account, part) else ():
            endpoint = api.schema.endpoints[name]
            calls = endpoint.weight * (len(account.can.markets) or 1 if takes(endpoint, "market.") else 1)
            for limit_name in endpoint.limits:
                limit = api.schema.limits[limit_name]
                window = limit_name, name if limit.per_endpoint else ""
                used[window] = used.get(window, 0) + calls * limit.seconds / limit.requests
    scopes: dict[str, float] = {"ip": 0, "uid": 0}
    for (limit_name, _), seconds in used.items():
        scope = api.schema.limits[limit_name].scope
        scopes[scope] = max(scopes[scope], seconds)
    return Cost(scopes["ip"], scopes["uid"])
