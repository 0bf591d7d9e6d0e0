"""Many accounts on many venues as one: what is open, what it sums up to, what changes.

``portfolio``: reading all at once, each account by ``reading``. ``models``: what is answered. ``sums``: exposure,
margin, profit, on the exact ``amounts``. ``watch``: events, polled at the ``pace`` that the venues allow and taken from
the ``changes`` between readings.
"""

from .amounts import Exposure, Sum
from .models import AccountReading, Coverage, Event, Listing, Part, Snapshot, Status, Trouble
from .portfolio import Portfolio
from .sums import Concentration, Group, concentration

__all__ = [
    "AccountReading",
    "Concentration",
    "Coverage",
    "Event",
    "Exposure",
    "Group",
    "Listing",
    "Part",
    "Portfolio",
    "Snapshot",
    "Status",
    "Sum",
    "Trouble",
    "concentration",
]
