"""Bitget for the sandbox: copy trading in futures and spot, as a follower and as a leader, V2 and V1 on one server.

Written from the venue's pages and public reports alone. Marks of the sources, in all modules: [seed]: the two
pages given with the task of this library; [docs]: other pages of the venue; [code]: public clients; [live]:
answers that third parties have seen and published; [guess]: not said anywhere, an assumption of this emulator.

``gate`` holds keys, signature and codes; ``desk``, ``spot`` and ``leading`` what all versions do, ``figures`` how
they print it. ``v1`` is the retired version, ``v3`` the leader calls of unified accounts, the other modules speak
V2; ``emulator`` says who is there at the start. Where the documents disagree or are silent there is a switch, see
``BitgetOptions``. Not here: websockets, demo trading.
"""

from .emulator import Emulator

__all__ = ["Emulator"]
