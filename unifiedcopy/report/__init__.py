"""A report of a stored history: one HTML file that needs nothing else (extra ``[report]``: plotly).

``content``: what it says, from a history. ``plots``: its plots, as data for plotly.js. ``page``: the HTML around them;
``page.css`` and ``page.js`` are inlined, as is plotly.js.
"""

from .content import Content, content
from .page import page

__all__ = ["Content", "content", "page"]
