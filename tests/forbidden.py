"""What must not stand in the code that money and keys pass through, found in its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

SWITCHES = {"ssl": False, "verify": False, "verify_ssl": False, "allow_redirects": True, "trust_env": True}
"""Keyword arguments that open what is closed -> the value that does."""
SENDERS = ("request", "get", "post", "put", "delete")
READERS = {"json": "loads", "orjson": "loads"}


def forbidden(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of everything in a source that makes floats of money, or opens a request to others."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from ((node.lineno, name) for name in _calls(node))
        elif isinstance(node, ast.JoinedStr) and node.values and _is_address(node.values[0]):
            yield node.lineno, "an address made of parts"


def _calls(node: ast.Call) -> Iterator[str]:
    *modules, name = ast.unparse(node.func).split(".")
    module = modules[-1] if modules else ""
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if name == "float" and not module:
        yield "float()"
    if READERS.get(module) == name and "parse_float" not in given:
        yield f"{module}.{name}"
    yield from (f"{switch}={value}" for switch, value in SWITCHES.items() if _is(given.get(switch), value=value))
    if module == "session" and name in SENDERS and not _is(given.get("allow_redirects"), value=False):
        yield "redirects are followed"
    if name == "URL" and any(isinstance(part, ast.JoinedStr) for part in node.args):
        yield "an address made of parts"


def _is(node: ast.expr | None, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_address(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and str(part.value).startswith(("http://", "https://", "ws://", "wss://"))
