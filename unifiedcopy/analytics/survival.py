"""How many of the leaders that a venue listed once it lists still: what a ranking of today doesn't show."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..models import Leader
from ..portfolio.amounts import RATIO
from .measures import Measure

DAY = 86_400_000
Listing = tuple[int, str, list[Leader]]
"""When, of which API, whom: what ``History.listings`` answers."""


def survival(listings: Sequence[Listing], exchange: str, days: int) -> Measure:
    """The share of the leaders of a listing at least so many days older than the newest one who stand in the newest.

    A listing holds what was asked for, often the first of a ranking: who fell out of it need not be gone, so the share
    is a lower bound. The newest must be at least as long as the old one.
    """
    own = sorted((entry for entry in listings if entry[1] == exchange), key=lambda entry: entry[0])
    old = [entry for entry in own if entry[0] <= own[-1][0] - days * DAY]
    if not old:
        return Measure.unknown("listings", f"no listing is {days} days older than the newest", len(own))
    (since, _, before), (until, _, now) = old[-1], own[-1]
    if not before or len(now) < len(before):
        return Measure.unknown("listings", "the newest listing is shorter than the old one", len(own))
    still = {leader.id for leader in now} & {leader.id for leader in before}
    return Measure(
        value=RATIO.divide(Decimal(len(still)), len({leader.id for leader in before})),
        evidence="listings",
        points=len(before),
        since=since,
        until=until,
        note="a lower bound: who is not among the first may still lead",
    )
