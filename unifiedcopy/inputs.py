"""What a caller may pass to a verb, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from .models import Clear, FollowedLeader, Leader, Price, Roi

LeaderRef = Leader | FollowedLeader | str
"""A leader, or the id as text."""
Trigger = Price | Roi | Clear
Params = Mapping[str, Any]
"""Request parameters under the venue's own names."""
Order = Literal["asc", "desc"]
How = Literal["replace", "add", "remove"]
