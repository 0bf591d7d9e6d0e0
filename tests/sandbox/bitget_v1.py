"""What the tests of Bitget's V1 share: who leads and who follows in spot."""

from __future__ import annotations

from typing import Any

from unifiedcopy.sandbox import Follow, Lead, Leader, Position, Sandbox

MIX, SPOT = "/api/mix/v1/trace", "/api/spot/v1/trace"


def lead(box: Sandbox, *, spot: bool = False) -> Lead:
    """The account ``leader`` as a leader."""
    found = box["bitget"].world.lead("leader", spot=spot)
    assert found is not None
    return found


def spot_relation(box: Sandbox) -> Follow:
    world = box["bitget"].world
    return next(follow for follow in world.spot.follows.values() if follow.account in world.accounts)


def spot_follower(box: Sandbox) -> str:
    """Alias of an account that copies in spot."""
    return spot_relation(box).account


def spot_leader(box: Sandbox) -> Leader:
    """Whom it copies."""
    return spot_relation(box).leader


def spot_copies(box: Sandbox) -> list[Position]:
    return box["bitget"].world.spot.copies(spot_relation(box))


def numbers(rows: list[dict[str, Any]]) -> list[str]:
    return [row["trackingNo"] for row in rows]
