"""Zoomex for the sandbox: the own account over the V3 tree, and leading over the old one.

Written from the venue's pages alone. Marks of the sources, in all modules: [seed]: the position list page;
[docs]: other pages of the venue; [code]: seen in public clients, the venue's QA suite or probes; [guess]: an
assumption of this emulator. There is nothing to follow here: the venue's API has no followers [docs].

``gate`` holds keys, signature, codes and the reading of parameters, ``paging`` the cursors, ``desk`` what all
calls look up, ``blotter`` orders and fills; ``positions``, ``modes``, ``stops``, ``orders``, ``order_lists``,
``closings``, ``account`` and ``market`` are the calls of the V3 tree. The old tree for leaders is apart:
``copytrade_gate``, ``copytrade_desk``, ``copytrade_orders``, ``copytrade_account``. ``emulator`` says who is there
at the start. Where the documents name two ways or none there is a switch, see ``ZoomexOptions``.
"""

from .emulator import Emulator

__all__ = ["Emulator"]
