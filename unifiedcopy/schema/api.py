"""One API of one venue, ready to use."""

from __future__ import annotations

from typing import Any

from .compile import Hooks, Reader
from .document import Document
from .envelope import Verdict
from .model import Schema
from .runtime import Symbols
from .verbs import VERBS


class Api:
    """A schema with its symbols, its error tables and its readers (made on first use)."""

    def __init__(self, schema: Schema, document: Document) -> None:
        self.schema = schema
        self.document = document
        self.where = document.where
        self.symbols = Symbols(schema.symbols)
        self.verdict = Verdict(schema)
        self.hooks: dict[str, Hooks] = {}
        """Endpoint -> its hooks, once they are allowed and loaded."""
        self.inquiries: dict[Any, Any] = {}
        """What was asked before, whole: made once for every account."""
        self.kept: dict[str, Any] = {}
        """What else is made of the schema once for every account, by the name of who makes it."""
        self._readers: dict[str, Reader] = {}
        self._serving: dict[str, list[str]] = {}

    def reader(self, name: str) -> Reader:
        """The reader of an endpoint that has a verb which returns structs."""
        if name not in self._readers:
            endpoint = self.schema.endpoints[name]
            hooks = self.hooks.setdefault(name, {})
            self._readers[name] = Reader(self.schema, name, endpoint, self.symbols, self.where, hooks)
        return self._readers[name]

    def serving(self, verb: str) -> list[str]:
        """The endpoints that serve a verb, in the order of the file."""
        if verb not in self._serving:
            served = [name for name, endpoint in self.schema.endpoints.items() if endpoint.verb == verb]
            self._serving[verb] = served
        return self._serving[verb]

    def compile_all(self) -> None:
        """Every reader, now; what ``check`` does."""
        for name, endpoint in self.schema.endpoints.items():
            if endpoint.verb is not None and not VERBS[endpoint.verb].writes:
                self.reader(name)
