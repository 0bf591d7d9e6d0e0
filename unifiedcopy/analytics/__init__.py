"""What was, measured: leaders the same way at every venue, each figure with its evidence. Never a recommendation.

``leader``: all measures of one leader. ``returns``: of a ROI series. ``trades``: of closed positions. ``survival``: of
listings. ``drawdown``: of anything that grows. ``measures``: what a figure with evidence is.
"""

from .drawdown import Drawdown, drawdown
from .leader import LeaderAnalysis, analyse
from .measures import Measure
from .survival import survival

__all__ = ["Drawdown", "LeaderAnalysis", "Measure", "analyse", "drawdown", "survival"]
