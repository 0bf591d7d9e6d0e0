"""The canonical structs: one shape for every venue.

Rules that hold for every field: numbers are exact, finite ``Decimal``; ``None`` means that the venue did not say,
never zero; ratios are fractions (0.25 = 25 %); times are Unix milliseconds, UTC; ids are text; money is in
``margin_asset`` (or the quote currency) unless the field says otherwise. The annotation of a field is its *kind*: it
picks the conversion that a schema line gets (see ``schema/kinds.py``), so schema files name wire keys and rarely
more.

Structs are frozen and built positionally by generated code, which is why they are not ``kw_only``: pass keywords all
the same. ``gc=False`` is safe as nothing in them can point back, and keeps a million positions out of the collector.

``positions``: what is open and closed. ``leaders``: whom to follow, and the account itself. ``following``: how an
account copies. ``leading``: what an account that leads sees. ``receipt``: what a write returns. ``values``: what fields
are made of.
"""

from .following import (
    SIZING_NAMES,
    SIZINGS,
    FixedAmount,
    FixedQuantity,
    FollowSettings,
    Multiple,
    OpenCopies,
    ShareOfEquity,
    Sizing,
    SymbolRule,
    TotalBudget,
)
from .leaders import Account, FollowedLeader, KeyPermissions, Leader
from .leading import Follower, LeadSettings, LeadStatistics, ProfitShare
from .positions import ClosedPosition, Position, Role
from .receipt import Receipt
from .values import CLEAR, Clear, MarginMode, Price, Roi, Side, SizeUnit, Trigger, exact, text_of, utc

__all__ = [
    "CLEAR",
    "SIZINGS",
    "SIZING_NAMES",
    "Account",
    "Clear",
    "ClosedPosition",
    "FixedAmount",
    "FixedQuantity",
    "FollowSettings",
    "FollowedLeader",
    "Follower",
    "KeyPermissions",
    "LeadSettings",
    "LeadStatistics",
    "Leader",
    "MarginMode",
    "Multiple",
    "OpenCopies",
    "Position",
    "Price",
    "ProfitShare",
    "Receipt",
    "Roi",
    "Role",
    "ShareOfEquity",
    "Side",
    "SizeUnit",
    "Sizing",
    "SymbolRule",
    "TotalBudget",
    "Trigger",
    "exact",
    "text_of",
    "utc",
]
