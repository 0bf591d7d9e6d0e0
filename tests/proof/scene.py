"""One cell's stage: a venue of its own, a deed or the lists to read, and where a fault is put."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from tests.proof.origins import Origins
from tests.proof.plays import Deed, Play
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.sandbox import Fault, VenueServer
from unifiedcopy.schema.expressions import as_field
from unifiedcopy.schema.model import Endpoint

Named = Literal["size", "side", "leader_name", "leader_id", "opened_at", "margin_mode", "list"]
"""A canonical field, or the list itself: known to a fault by its name on the wire."""


class NotApplicable(Exception):
    """The fault has no place in this operation of this API, for the reason it tells."""


@dataclass
class Scene:
    """What a fault needs to know to strike."""

    play: Play
    server: VenueServer
    ex: DrivenExchange
    """The connection that will do it, before its first request."""
    origins: Origins
    lists: list[str]
    """Verbs that tell the account's state."""
    deed: Deed | None
    """None: the lists are read, nothing is done."""
    method: str = ""
    path: str = ""
    """Of the deed's request."""
    executed: bool | None = None
    """Whether the venue acts on the struck request; None where nothing is done."""
    token: str = "cell"
    """What a request of this cell is known by at a foreign origin."""
    looks: frozenset[tuple[str, str]] = frozenset()
    """The lists that are struck when the deed's outcome is looked up: method and path of each."""

    # -- where faults strike --------------------------------------------------------------------------------------

    def at_answer(self, kind: Any, **details: Any) -> None:
        """The answer to the deed; where nothing is done, to the lists, each time."""
        if self.deed is None:
            self.at_lists(kind, **details)
        else:
            self.server.faults.add(Fault(kind, self.method, self.path, after_execution=self.executed, **details))

    def at_lists(self, kind: Any, named: tuple[Named, ...] = (), *, times: int | None = None, **details: Any) -> None:
        """The lists that tell the state, at a field where one is named; the answer to a deed is lost, so that they
        are looked at.
        """
        struck = {(one.method, one.path): self._wire(one, named) for one in self._lists()}
        struck = {way: name for way, name in struck.items() if name or not named}
        if not struck:
            raise NotApplicable(f"no list tells {' or '.join(named)} under a name of its own")
        self._after_the_deed(*(Fault(kind, *way, times=times, field=name, **details) for way, name in struck.items()))

    def at_pages(self, kind: Any, **details: Any) -> None:
        """The list of positions, when it has pages; ``field`` is a key of its paging."""
        endpoint = self._paged()
        known = {name: getattr(endpoint.paging, name) for name in ("param", "size", "pages", "more")}
        if "field" in details:
            path = known[details["field"]]
            if path is None:
                raise NotApplicable(f"the pages have no {details['field']}")
            details["field"] = path.rpartition(".")[2]
        self._after_the_deed(Fault(kind, endpoint.method, endpoint.path, **{"times": None, **details}))

    def at_clock(self, kind: Any, **details: Any) -> None:
        """The answer that tells the venue's time."""
        clock = self.ex.api.schema.clock
        if clock is None:
            raise NotApplicable("the venue's time is not asked for")
        path = self.ex.api.schema.endpoints[clock.endpoint].path
        named = {"field": clock.time.rpartition(".")[2]} if kind in ("put", "scale") else {}
        self.server.faults.add(Fault(kind, "GET", path, **{"times": None, **named, **details}))

    def _after_the_deed(self, *faults: Fault) -> None:
        """Faults of the lists, from the deed's lost answer on."""
        if self.deed is None:
            self.server.faults.add(*faults)
        else:
            self.at_answer("disconnect", then=faults)
            self.looks = frozenset((fault.method or "", fault.path) for fault in faults)

    # -- what they are about --------------------------------------------------------------------------------------

    def most_rows(self) -> int:
        """More rows than a page holds."""
        paging = self._paged().paging
        return (paging.max_size or 0) + 10 if paging else 0

    def refusal(self) -> str:
        """A code that proves a refusal."""
        rejected = self.ex.api.schema.errors.rejected
        for name in ("NotFound", "NotFollowing", "LeaderUnavailable", "OperationRejected", "BadRequest"):
            if rejected.get(name):
                return str(rejected[name][0])
        raise NotApplicable("no code of this API proves a refusal")

    def _paged(self) -> Endpoint:
        """The positions, when their list has pages."""
        endpoint = self._lists()[0]
        if endpoint.paging is None:
            raise NotApplicable("the list of positions has no pages")
        return endpoint

    def no_for_the_item(self) -> dict[str, Any]:
        """The edit that turns a success into one that says no for what was asked."""
        if self.deed is None:
            raise NotApplicable("lists are not done item by item")
        endpoint = self._written()
        if endpoint.confirm is None:
            raise NotApplicable("the answer has no word for each item")
        return {"field": endpoint.confirm.rpartition(".")[2], "value": next(iter(endpoint.denied), False)}

    def elsewhere(self, *, foreign: bool) -> str:
        """Where a redirect leads: the evil origin, or the same path of the venue again."""
        return f"{self.origins.evil.url}/{self.token}" if foreign else self.server.url + (self.path or "/")

    def _written(self) -> Endpoint:
        def fits(one: Endpoint) -> bool:
            return one.method == self.method and bool(re.fullmatch(re.sub(r"{\w+}", "[^/]+", one.path), self.path))

        return next(one for one in self.ex.api.schema.endpoints.values() if fits(one))

    def _lists(self) -> list[Endpoint]:
        """Of the verbs that tell the state, the settings of a following among them when something is done."""
        verbs = [*self.lists, *(["follow_settings"] if self.deed else [])]
        if self.deed is not None and self.deed.verb.startswith("lead."):
            verbs = ["lead.positions"]
        names = [self.ex.api.serving(verb)[0] for verb in verbs if self.ex.api.serving(verb)]
        return [self.ex.api.schema.endpoints[name] for name in names]

    def _wire(self, endpoint: Endpoint, names: tuple[Named, ...]) -> str:
        """The wire name of the first of the fields that the list has; none is empty."""
        for name in names:
            if name == "list":
                path = endpoint.items or endpoint.item or ""
                return (path if isinstance(path, str) else path[0]).rpartition(".")[2]
            line = endpoint.fields.get(name)
            source = as_field(line).source if line is not None else None
            if isinstance(source, str):
                return source.rpartition(".")[2]
        return ""
