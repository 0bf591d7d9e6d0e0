"""Toobit for the sandbox: both sides of copy trading over OpenAPI V2.

Written from the venue's pages alone. Marks of the sources, in all modules: [seed]: the Follower Endpoints page;
[docs]: other pages of the venue; [code]: seen in public clients or probes; [guess]: not said anywhere, an
assumption of this emulator.

``gate`` holds keys, signature, codes and the reading of parameters; ``follower`` with its ``config`` and ``leader``
with its ``lead_config`` are the calls that matter, ``account`` is what stands beside, ``market`` is public;
``emulator`` says who is there at the start. Where the documents disagree or are silent there is a switch, see
``ToobitOptions``.
"""

from .emulator import Emulator

__all__ = ["Emulator"]
