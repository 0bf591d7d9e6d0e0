"""What a caller passes to a verb, checked before anything is sent: each mistake names the argument and the cure."""

from __future__ import annotations

import time
from typing import Any

from .errors import ArgumentsRequired, BadRequest
from .models import Clear, FollowedLeader, Follower, FollowSettings, Leader, Position, Price, Roi
from .models.following import distinct
from .schema.kinds import EARLIEST, LATEST

DAY = 86_400_000


def leader_id(leader: Any) -> str | None:
    """The id of a leader, however it was passed; None when none was."""
    if isinstance(leader, Leader):
        return leader.id
    if isinstance(leader, FollowedLeader):
        return leader.leader_id
    if leader is None or (isinstance(leader, str) and leader.strip()):
        return leader
    raise BadRequest(f"leader: pass a Leader, a FollowedLeader or the id as text, not {leader!r}")


def needed_leader(leader: Any) -> str:
    """The id of a leader that must be passed."""
    found = leader_id(leader)
    if found is None:
        raise ArgumentsRequired("leader is required: a Leader, a FollowedLeader or the id as text")
    return found


def follower_id(follower: Any) -> str:
    """The id of a follower, however it was passed."""
    found = follower.id if isinstance(follower, Follower) else follower
    if isinstance(follower, Follower) and found is None:
        raise BadRequest("follower: the venue hides this one's id, so it can't be named")
    if not isinstance(found, str) or not found.strip():
        raise BadRequest(f"follower: pass a Follower or the id as text, not {follower!r}")
    return found


def limit(value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise BadRequest(f"limit: {value!r} is not a whole number of at least 1")


def text(name: str, value: Any) -> None:
    if value is not None and (not isinstance(value, str) or not value):
        raise BadRequest(f"{name}: pass text, not {value!r}")


def symbols(value: Any) -> tuple[str, ...]:
    """Symbols as a tuple, each once."""
    try:
        return distinct(value)
    except (TypeError, ValueError) as error:
        raise BadRequest(str(error)) from None


Span = tuple[int | None, int | None]
MOST_SPANS = 1000


def spans(since: Any, until: Any, days: int | None, *, steps: bool) -> list[Span]:
    """What to ask for, the newest first: one span, or as many as the venue needs when it tells so many days at once.

    A span that the venue would cut short without a word is refused where its calls can't be told both ends.
    """
    for name, value in (("since", since), ("until", until)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise BadRequest(f"{name}: pass Unix milliseconds, not {value!r}")
        if value is not None and not EARLIEST <= value < LATEST:
            raise BadRequest(f"{name}: {value} is not a time in milliseconds (seconds?)")
    if since is not None and until is not None and since >= until:
        raise BadRequest("since must be before until")
    end = until if until is not None else int(time.time() * 1000)
    if since is None or days is None or end - since <= days * DAY:
        return [(since, until)]
    if not steps:
        raise BadRequest(f"since: one call reaches {days} days back from until; ask in steps")
    ends = range(end, since, -days * DAY)
    if len(ends) > MOST_SPANS:
        raise BadRequest(f"since: so far back takes {len(ends)} calls of {days} days each; ask for less")
    return [(max(since, stop - days * DAY), stop) for stop in ends]


def covered(since: int | None, until: int | None, days: int | None) -> tuple[int, int] | None:
    """The span that a history covers where the venue limits it; None where it doesn't."""
    if days is None:
        return None
    end = until if until is not None else int(time.time() * 1000)
    return (since if since is not None else end - days * DAY, end)


def position(value: Any) -> None:
    if not isinstance(value, Position):
        raise BadRequest(f"pass a Position as positions() gives it, not {type(value).__name__}")


def settings(value: Any) -> None:
    if not isinstance(value, FollowSettings):
        raise BadRequest(f"settings: pass FollowSettings, not {type(value).__name__}")


def trigger(name: str, value: Any) -> None:
    """A trigger that fires at some price; zero is none, and ``CLEAR`` says so."""
    if value is None or isinstance(value, Clear):
        return
    if not isinstance(value, Price | Roi):
        raise BadRequest(f"{name}: pass Price, Roi or CLEAR, not {type(value).__name__} ({value!r})")
    if not value.value or (isinstance(value, Price) and value.value < 0):
        raise BadRequest(f"{name}: {value} triggers nothing; CLEAR takes a trigger away")
