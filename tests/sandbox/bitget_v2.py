"""What the tests of Bitget's trader, spot and V3 calls share."""

from __future__ import annotations

from typing import Any

from unifiedcopy.sandbox import Follow, Lead, Position, Sandbox, World

TRADER = "/api/v2/copy/mix-trader"
SPOT_FOLLOWER = "/api/v2/copy/spot-follower"
SPOT_TRADER = "/api/v2/copy/spot-trader"
V3 = "/api/v3/copy/futures"


def world(box: Sandbox) -> World:
    return box["bitget"].world


def lead(box: Sandbox, alias: str = "leader", *, spot: bool = False) -> Lead:
    found = world(box).lead(alias, spot=spot)
    assert found is not None
    return found


def spot_follow(box: Sandbox) -> Follow:
    return world(box).spot.following("spot")[0]


def spot_copies(box: Sandbox) -> list[Position]:
    return world(box).spot.copies(spot_follow(box))


def other_spot_leader(box: Sandbox) -> Any:
    """One that nobody here follows and that is no account's."""
    own = [held.leader for held in world(box).leads.values()]
    taken = [*own, spot_follow(box).leader]
    return next(leader for leader in world(box).spot.leaders.values() if leader not in taken)


def symbol(position: Position) -> str:
    return f"{position.coin}USDT"


def earn(box: Sandbox, held: Lead) -> None:
    """The leader closes with a profit, so that every follower owes a share."""
    position = held.positions[0]
    price = world(box).market.price(position.coin)
    world(box).market.set_price(position.coin, price * (100 + position.sign * 2) / 100)
    world(box).book.close(position)
