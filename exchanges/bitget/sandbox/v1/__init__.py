"""V1: futures and spot, both roles. Off since 2025-11-28, and here in full when ``retired`` is False.

``words`` holds what all share; futures are ``follower``, ``directory`` (leaders, for everybody), ``trader`` and
``rules``; spot is ``spot_orders``, ``spot_follower``, ``spot_trader``; ``profits`` is what leaders of both got.
"""

from .directory import Directory
from .follower import Follower
from .profits import Profits
from .rules import Rules
from .spot_follower import SpotFollower
from .spot_orders import SpotOrders
from .spot_trader import SpotTrader
from .trader import Trader

__all__ = ["VersionOne"]


class VersionOne(Follower, Directory, Trader, Rules, SpotOrders, SpotFollower, SpotTrader, Profits):
    """The same state as V2's, in the words of V1."""
