"""What was, kept: snapshots of a portfolio, closed positions, listings of leaders, and what follows from them.

``history``: the ``History`` that programs use. ``models``: what it answers. ``tables``: what is stored, for other tools
too. ``snapshots``, ``closed``, ``listings``: structs as rows. ``sqlite``, ``postgres``: where. ``curves``, ``profits``:
what is computed. ``archive``: old days as Parquet.
"""

from .history import History
from .models import EquityCurve, EquityPoint, Profit, SnapshotEntry

__all__ = ["EquityCurve", "EquityPoint", "History", "Profit", "SnapshotEntry"]
