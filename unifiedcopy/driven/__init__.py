"""The interface, driven by a schema: every verb is an endpoint, its parameters and its reader.

Nothing in here knows a venue. What a verb needs beyond its schema (which endpoint a sizing belongs to, converting a
trigger, one row per symbol) is the same on all of them. ``core``: one read, one write. ``positions``: the verbs about
positions, which both roles have. ``follow``: starting and changing a following. ``exchange`` and ``lead``: the two
sides of the interface.
"""

from .exchange import DrivenExchange

__all__ = ["DrivenExchange"]
