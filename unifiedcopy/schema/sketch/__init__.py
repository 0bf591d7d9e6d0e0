"""A first schema from sample answers: every wire key listed, likely mappings proposed by name, types guessed."""

from .samples import SampleError, read_sample
from .write import Sketch, sketch

__all__ = ["SampleError", "Sketch", "read_sample", "sketch"]
