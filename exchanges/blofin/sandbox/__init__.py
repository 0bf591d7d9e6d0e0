"""BloFin for the sandbox: the copy-trading account over API V1, which is an API for leaders.

Written from the venue's pages alone. Marks of the sources, in all modules: [docs]: the venue's pages; [code]: public
clients; [guess]: not said anywhere, an assumption of this emulator.

``gate`` holds keys, signature, nonces, limits and codes; ``desk`` is the book of one copy account: which position is
which order, in contracts; ``account`` shows balance, role, mode and leverage, ``positions`` lists and closes by order
and by contract, ``stops`` guards them, ``orders`` opens them; ``emulator`` says who is there at the start. Where the
documents disagree or are silent there is a switch, see ``BlofinOptions``. Not here: websockets, the ordinary futures
account, brokers' own calls.
"""

from .emulator import Emulator

__all__ = ["Emulator"]
