"""A first schema from sample answers: every wire key listed, likely mappings proposed by name, types guessed."""

from .samples import read_sample
from .write import Sketch, sketch

__all__ = ["Sketch", "read_sample", "sketch"]
