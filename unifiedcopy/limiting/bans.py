"""For how long nothing is sent after the venue said that it was too much."""

from __future__ import annotations

from collections.abc import Sequence

from .. import errors
from ..schema.model import LONGEST_BAN, Limit
from .store import Stop

LONGEST_GUESS = 600
"""Seconds, where the venue says nothing."""
FIREWALL = 60
"""Seconds that a firewall is left alone at first, where nothing is known about it."""


def seconds(error: errors.RateLimitExceeded, told: float | None, full: Sequence[Limit], last: Stop | None) -> float:
    """What the venue told, else what its page tells, else a guess that doubles as long as it is too short.

    Args:
        told: seconds that the answer asks for; None or 0 when it asks for none.
        full: the limits that it may be about.
        last: the stop before, in the same place.
    """
    firewall = isinstance(error, errors.DDoSProtection)
    page = max((limit.ban or 0 for limit in full if firewall or error.code in limit.codes), default=0)
    if told or page:
        return min(told or page, LONGEST_BAN)  # then one request asks again, whatever an answer said
    first = FIREWALL if firewall else min((limit.seconds for limit in full), default=1)
    # A stop that still holds was set by another request of the same burst: it says nothing about its length.
    again = last is not None and -last.length < last.seconds <= 0
    return min(2 * last.length, LONGEST_GUESS) if last is not None and again else first
