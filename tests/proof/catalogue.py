"""The catalogue of faults, families A to H: what a venue, a network or a clock does wrong, as data.

Not here, because no server makes them: DNS and the connect timeout (A), a process that dies (I), streams (J).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Literal

from tests.proof.scene import NotApplicable, Scene

Strike = Callable[[Scene], None]
BOTH, DONE, NOT_DONE, NOTHING = (True, False), (True,), (False,), (None,)
HTML = "<!DOCTYPE html><html><title>Attention Required!</title></html>"
FAMILIES = {
    "A": "transport",
    "B": "status",
    "C": "body",
    "D": "semantics",
    "E": "paging",
    "F": "drift",
    "G": "clock",
    "H": "limits",
}


@dataclass(frozen=True)
class Entry:
    """One fault of the catalogue."""

    family: str
    name: str
    strike: Strike
    executed: tuple[bool | None, ...] = BOTH
    """Whether the venue acts on a write that it strikes: each way is a cell of its own."""
    lie: bool = False
    """A list that an honest venue could send: no reader can tell. Said of reads alone."""
    skew: float = 0
    """Seconds by which the venue's clock is ahead from the start."""
    first: Literal["", "read", "change", "many", "unsynced"] = ""
    """What comes before: the lists are read; they are read and then change; they have several pages; the venue's time
    is not known yet.
    """
    refused: bool = False
    """The venue listens no more."""
    tls: str = ""
    """It goes to an origin with such a certificate."""

    @property
    def id(self) -> str:
        return f"{self.family}:{self.name}"


def answer(kind: Any, **details: Any) -> Strike:
    """At the answer: of a deed once, of lists each time."""
    return lambda scene: scene.at_answer(kind, **details)


def lists(kind: Any, *named: Any, **details: Any) -> Strike:
    """At the lists, where a deed's own answer is lost."""
    return lambda scene: scene.at_lists(kind, named, **details)


def lying(kind: Any, *named: Any, **details: Any) -> Strike:
    """As `lists`; where something is done the venue lies but once, as it must tell the truth some time."""
    return lambda scene: scene.at_lists(kind, named, times=1 if scene.deed else None, **details)


def pages(kind: Any, **details: Any) -> Strike:
    """At the list of positions, when it has pages."""
    return lambda scene: scene.at_pages(kind, **details)


def fewer_rows(scene: Scene) -> None:
    """A lie, as `lying`."""
    scene.at_pages("lose_row", times=1 if scene.deed else None)


def last_page(scene: Scene) -> None:
    """The page before, again and again. Where something is done once, as `lying`: from the second look on it would be
    the whole list, short and in order.
    """
    scene.at_pages("replay", skip=2, times=1 if scene.deed else None)


def clock(kind: Any, **details: Any) -> Strike:
    return lambda scene: scene.at_clock(kind, **details)


def step(seconds: int) -> Strike:
    return lambda scene: scene.server.world.clock.advance(seconds * 1_000)


def status(code: int, body: str = "", **headers: str) -> Strike:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer("status", status=code, body=body or f'{{"oops":{code}}}', headers=named)


def redirect(code: int, *, foreign: bool) -> Strike:
    return lambda scene: scene.at_answer("redirect", status=code, to=scene.elsewhere(foreign=foreign))


def nothing(scene: Scene) -> None:
    """What goes wrong is told by the entry's other fields."""


def lagging(scene: Scene) -> None:
    """Reads show the state of a moment ago, and the deed's answer is lost."""
    scene.server.acting.lag = LAG
    if scene.deed is not None:
        scene.at_answer("disconnect")


def late(kind: Any) -> Strike:
    """The venue acts a moment after it has answered."""

    def strike(scene: Scene) -> None:
        if scene.deed is None:
            raise NotApplicable("nothing is done")
        scene.at_answer(kind, late=LAG)

    return strike


def twice(scene: Scene) -> None:
    if scene.deed is None:
        raise NotApplicable("nothing is done")
    scene.at_answer("twice")


def item_refused(scene: Scene) -> None:
    scene.at_answer("put", **scene.no_for_the_item())


def refused_in_words(scene: Scene) -> None:
    scene.at_answer("error", code=scene.refusal())


def stranger(scene: Scene) -> None:
    """The lists are those of another account."""
    mine = scene.ex.alias
    other = next(alias for alias in ("empty", "main", "leader") if alias != mine and alias in scene.server.accounts)
    scene.at_lists("other_account", to=other, times=1 if scene.deed else None)


LAG = 0.15
"""Seconds that a venue is behind itself; the client is told twice as much."""
HUGE = '{"x":"' + "0" * 9_000_000 + '"}'

A = (
    Entry("A", "refused", nothing, NOT_DONE, refused=True),
    *(Entry("A", f"TLS {name}", nothing, NOT_DONE, tls=name) for name in ("expired", "wrong host", "self-signed")),
    Entry("A", "closed", answer("disconnect")),
    Entry("A", "reset", answer("reset")),
    Entry("A", "no answer", answer("hang")),
    Entry("A", "half a body", answer("truncate")),
    Entry("A", "kept connection dies", lists("dead", times=1), first="read"),
    Entry("A", "byte by byte", answer("drip", seconds=0.2)),
    Entry("A", "pause in the body", answer("pause", seconds=8)),
    Entry("A", "slow", answer("delay", seconds=0.3), DONE),
)
B = (
    *(Entry("B", f"{code} to the same host", redirect(code, foreign=False)) for code in (301, 302, 307, 308)),
    *(Entry("B", f"{code} to another host", redirect(code, foreign=True)) for code in (301, 302, 307, 308)),
    *(Entry("B", str(code), status(code)) for code in (400, 401, 404, 408, 409, 418, 425, 451, 500, 503, 504)),
    *(Entry("B", str(code), status(code, HTML)) for code in (520, 521, 522, 523, 524, 525, 526)),
    Entry("B", "403 page", status(403, HTML)),
    Entry("B", "502 page", status(502, HTML)),
    Entry("B", "429", status(429)),
    Entry("B", "429, wait 1 s", status(429, Retry_After="1")),
    Entry("B", "429, wait to a date", status(429, Retry_After=formatdate(4e9, usegmt=True))),
    Entry("B", "429, wait for ever", status(429, Retry_After="1000000000")),
    Entry("B", "429, wait -5 s", status(429, Retry_After="-5")),
)
C = (
    Entry("C", "empty", answer("empty")),
    *(Entry("C", body, answer("replace", body=body)) for body in ("null", "[]", '"ok"', "{}", "true")),
    Entry("C", "HTML", answer("replace", body=HTML)),
    Entry("C", "garbage", answer("garbage")),
    Entry("C", "byte order mark", answer("bom")),
    Entry("C", "UTF-16", answer("utf16")),
    Entry("C", "invalid UTF-8", answer("invalid_utf8")),
    Entry("C", "cut", answer("cut")),
    Entry("C", "trailing", answer("trailing")),
    Entry("C", "nested", answer("nested")),
    Entry("C", "gzip bomb", answer("bomb", to="gzip")),
    Entry("C", "deflate bomb", answer("bomb", to="deflate")),
    Entry("C", "nine megabytes", answer("replace", body=HUGE)),
    Entry("C", "not packed as said", answer("mislabelled")),
    Entry("C", "a key twice", lists("double", "size", "leader_id", value="77")),
)
D = (
    Entry("D", "a refusal", refused_in_words, NOT_DONE),
    Entry("D", "an unknown code", answer("error", code="99999")),
    Entry("D", "ok and null", lists("put", "list", value=None)),
    Entry("D", "ok and nothing", lists("drop", "list")),
    Entry("D", "no for the item", item_refused),
    Entry("D", "of another account", stranger, lie=True),
    Entry("D", "of before", lying("replay", back=2), first="change", lie=True),
    Entry("D", "in part", lying("lose_row"), lie=True),
    Entry("D", "done late", late("pass"), DONE),
    Entry("D", "done late and lost", late("disconnect"), DONE),
    Entry("D", "done twice", twice, DONE),
    Entry("D", "reads lag", lagging),
    Entry("D", "control characters", lists("put", "leader_name", value="\x00\x1b[31m\u202eevil\r\nSet-Cookie: x")),
)
E = (
    Entry("E", "a row twice", lists("repeat_row")),
    Entry("E", "another order", lists("reorder")),
    Entry("E", "a row less on each page", fewer_rows, first="many", lie=True),
    Entry("E", "last page for ever", last_page, first="many"),
    Entry("E", "pages in a circle", pages("replay", skip=2, back=2), first="many"),
    Entry("E", "too many pages said", pages("put", field="pages", value="999"), first="many"),
    Entry("E", "size not looked at", pages("ignore", field="size"), first="many"),
    Entry("E", "page not looked at", pages("ignore", field="param"), first="many"),
)
VITAL = ("size", "leader_id")
F = (
    Entry("F", "a new field", lists("add", *VITAL, to="brandNew", value={"a": [1]})),
    Entry("F", "a field less", lists("drop", *VITAL)),
    Entry("F", "another name", lists("rename", *VITAL, to="renamed")),
    Entry("F", "text and number swapped", lists("retype", *VITAL)),
    Entry("F", "an object", lists("box", *VITAL)),
    Entry("F", "a new word that steers", lists("put", "side", value="SIDEWAYS")),
    Entry("F", "a new word that describes", lists("put", "margin_mode", value="QUANTUM")),
    Entry("F", "times 100", lying("scale", "size", value=100), lie=True),
    Entry("F", "seconds for milliseconds", lists("scale", "opened_at", value="0.001")),
    Entry("F", "null", lists("put", *VITAL, value=None)),
    Entry("F", "one more wrapper", lists("box")),
    Entry("F", "the list in a wrapper", lists("box", "list")),
)
G = (
    Entry("G", "two hours ahead", nothing, NOTHING, skew=7_200),
    Entry("G", "two hours behind", nothing, NOTHING, skew=-7_200),
    Entry("G", "a jump ahead", step(600), NOTHING),
    Entry("G", "a jump back", step(-600), NOTHING),
    Entry("G", "slow one way", clock("delay", seconds=0.2), NOTHING, first="unsynced"),
    Entry("G", "time is no time", clock("put", value="soon"), NOTHING, first="unsynced"),
    Entry("G", "time of yesterday", clock("put", value=1_700_000_000_000), NOTHING, first="unsynced"),
    Entry("G", "no time", clock("status", status=500), NOTHING, first="unsynced"),
)
H = (
    Entry("H", "one too many", answer("limited"), NOT_DONE),
    Entry("H", "one too many, wait 1 s", answer("limited", headers={"Retry-After": "1"}), NOT_DONE),
    Entry("H", "shut out for a moment", answer("status", status=403, body=HTML, times=2), NOT_DONE),
    Entry("H", "told to wait nothing", status(429, Retry_After="0")),
    Entry("H", "told to wait in words", status(429, Retry_After="a while")),
)
CATALOGUE: dict[str, Entry] = {entry.id: entry for entry in (*A, *B, *C, *D, *E, *F, *G, *H)}
