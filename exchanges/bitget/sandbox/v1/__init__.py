"""V1: futures and spot, follower and leader. Off since 2025-11-28, and here unless ``retired`` is False."""

from .directory import Directory
from .follower import Follower

__all__ = ["VersionOne"]


class VersionOne(Follower, Directory):
    """The same state as V2's, in the words of V1."""
