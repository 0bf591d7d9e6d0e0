"""Wire structs: exactly the paths that a schema names, nested as the venue nests them.

What is not named is skipped by the decoder without being built, which is both the fastest and the least fragile way
to read foreign JSON.
"""

from __future__ import annotations

import keyword
from typing import Any

import msgspec

from .kinds import MOMENT_TYPE, NUMBER_TYPE, OPTIONAL, PRESENT, SIDE_TYPE, WIRE_TYPES, WORD_TYPES
from .model import Endpoint, Envelope
from .paths import FIRST


class Tree:
    """Wire paths as a tree; a leaf knows its group and whether it must be there."""

    def __init__(self) -> None:
        self.children: dict[str, Tree] = {}
        self.group: str | None = None
        self.presence = OPTIONAL
        self.rows: Any = None
        """The row type, where the list of rows stands."""
        self.word = self.side = self.moment = False
        """Whether it becomes text, a side or a time as it is."""
        self.exactly: Any = None
        """A type that is not of a group (the envelope's code)."""
        self.wrapped = False
        """Whether it stands in a list of one."""
        self.told = False
        """Whether a key that is not there is told from one without a value."""

    def add(self, path: str) -> Tree:
        node = self
        for part in path.split("."):
            node = node.children.setdefault(part.removesuffix(FIRST), Tree())
            node.wrapped = node.wrapped or part.endswith(FIRST)
        return node

    def leaf(self, path: str, group: str, presence: int) -> Tree:
        node = self.add(path)
        if node.group not in (None, group):
            raise ValueError(f"wire key {path!r} is used both as {node.group} and as {group}")
        node.group = group
        node.presence = max(node.presence, presence)
        return node

    def needed(self) -> bool:
        return self.presence > OPTIONAL or any(child.needed() for child in self.children.values())

    def struct(self, name: str, order: tuple[str, ...] = (), *, numbers: bool = False) -> type[Any]:
        """A struct with one field a child, in the given order; amounts may be JSON fractions if ``numbers``."""
        ranks = {key: rank for rank, key in enumerate(order)}
        fields: list[Any] = []
        rename = {}
        for key, child in sorted(self.children.items(), key=lambda entry: ranks.get(entry[0], len(ranks))):
            attribute = attribute_of(key)
            rename[attribute] = key
            typ = child.type(f"{name}_{key}", numbers=numbers)
            if child.needed():
                fields.append((attribute, typ))
            elif child.told:
                fields.append((attribute, typ | msgspec.UnsetType, msgspec.UNSET))
            elif typ is msgspec.Raw:
                fields.append((attribute, typ, msgspec.field(default_factory=msgspec.Raw)))
            else:
                fields.append((attribute, typ, None))
        return msgspec.defstruct(name, fields, rename=rename, gc=False, kw_only=True)

    def type(self, name: str, *, numbers: bool = False) -> Any:
        if not self.wrapped:
            return self._inner_type(name, numbers=numbers)
        whole: Any = list[self._inner_type(name, numbers=numbers)]  # type: ignore[misc]
        return whole if self.needed() else whole | None

    def _inner_type(self, name: str, *, numbers: bool) -> Any:
        if self.exactly is not None:
            return self.exactly
        if self.children:
            struct: Any = self.struct(name, numbers=numbers)
            if self.rows is not None:
                return list[self.rows] | struct  # type: ignore[name-defined]
            return struct if self.needed() else struct | None
        if self.rows is not None:
            rows: Any = list[self.rows]  # type: ignore[name-defined]
            return rows if self.presence else rows | None
        return self._leaf_type(numbers=numbers)

    def _leaf_type(self, *, numbers: bool) -> Any:
        """What the decoder lets through: on the fast path only what needs no conversion afterwards."""
        if numbers:
            return NUMBER_TYPE if self.group == "amount" else WIRE_TYPES[self.group or "amount", self.presence]
        if self.side:
            return SIDE_TYPE
        if self.moment:
            return MOMENT_TYPE
        if self.word:
            return WORD_TYPES[self.presence]
        return WIRE_TYPES[self.group or "amount", self.presence]


def attribute_of(key: str) -> str:
    """A Python name for a wire key: the key itself where it can be one."""
    plain = key.isidentifier() and key.isascii() and not keyword.iskeyword(key) and not key.startswith(("_", "k_"))
    return (
        key
        if plain
        else "k_" + "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}_" for char in key)
    )


def item_paths(endpoint: Endpoint) -> list[str]:
    """Where the rows stand; several forms when the venue wraps them or not."""
    if endpoint.item is not None:
        return [endpoint.item]
    return [endpoint.items] if isinstance(endpoint.items, str) else list(endpoint.items or [])


def row_echoes(endpoint: Endpoint) -> dict[str, str]:
    """What every row repeats of the request: wire path inside the row -> parameter."""
    starts = [f"{path}." if endpoint.item is not None else f"{path}[]." for path in item_paths(endpoint)]
    return {
        path.removeprefix(start): parameter
        for path, parameter in endpoint.echo.items()
        for start in starts
        if path.startswith(start)
    }


def answer_echoes(endpoint: Endpoint) -> dict[str, str]:
    """What an answer with rows repeats beside them: wire path -> parameter."""
    starts = tuple(f"{path}." if endpoint.item is not None else f"{path}[]." for path in item_paths(endpoint))
    return {path: parameter for path, parameter in endpoint.echo.items() if not path.startswith(starts)}


def answer_tree(endpoint: Endpoint, envelope: Envelope | None, rows: Any) -> Tree:
    """The whole answer: envelope, rows (a list type, or one struct), and what paging needs."""
    tree = Tree()
    if envelope is not None and not endpoint.bare:
        tree.add(envelope.code).exactly = str | int | None
        if envelope.time is not None:
            tree.add(envelope.time).exactly = Any
    paths = item_paths(endpoint)
    for path in paths:
        node = tree.add(path)
        if endpoint.item is not None:
            node.exactly = rows
        else:
            node.rows = rows
        # Of several forms none is sure to be there; the reader insists on finding one.
        node.presence = PRESENT if len(paths) == 1 else OPTIONAL
    for path in answer_echoes(endpoint):
        tree.add(path).exactly = Any
    if endpoint.paging is not None:
        if endpoint.paging.next:
            tree.leaf(endpoint.paging.next, "key", OPTIONAL).told = True
        if endpoint.paging.pages:
            tree.leaf(endpoint.paging.pages, "whole number", OPTIONAL)
        if endpoint.paging.more:
            tree.leaf(endpoint.paging.more, "flag", OPTIONAL)
        if endpoint.paging.version:
            tree.leaf(endpoint.paging.version, "key", OPTIONAL)
    return tree
