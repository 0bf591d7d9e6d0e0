"""OKX for the sandbox: copy trading over API V5, for everybody, for followers and for leaders.

Written from the venue's pages alone. Marks of the sources, in all modules: [docs]: the venue's pages, English unless
said; [code]: public clients; [guess]: not said anywhere, an assumption of this emulator.

``gate`` holds keys, signature and codes, ``contracts`` sizes and rows of positions, ``market`` what is not about
copying; ``ranking`` and ``leaders`` need no key; ``follower`` starts and stops copying, ``subpositions`` reads, guards
and closes positions, ``leader`` is for accounts that lead; ``emulator`` says who is there at the start. Where the
documents disagree or are silent there is a switch, see ``OkxOptions``. Not here: websockets, spot copying, the calls
that only clients know.
"""

from .emulator import Emulator

__all__ = ["Emulator"]
