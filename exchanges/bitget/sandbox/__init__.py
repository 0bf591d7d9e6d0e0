"""Bitget for the sandbox: the follower side of futures copy trading, V2 and the retired V1, on one server.

Written from the venue's pages and public reports alone. Marks of the sources, in all modules: [seed]: the two
pages given with the task of this library; [docs]: other pages of the venue; [code]: public clients; [live]:
answers that third parties have seen and published; [guess]: not said anywhere, an assumption of this emulator.

``gate`` holds keys, signature and codes, ``desk`` what both versions do, ``figures`` how both print it;
``follower`` and ``broker`` speak V2, ``v1`` speaks V1; ``emulator`` says who is there at the start. Where the
documents disagree or are silent there is a switch, see ``BitgetOptions``. Not here: the leader's side, spot
copying, websockets, demo trading.
"""

from .emulator import Emulator

__all__ = ["Emulator"]
