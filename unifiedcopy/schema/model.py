"""The schema language: every key that a schema file may hold, with its meaning.

This module is the manual: ``schemas/exchange.schema.json`` (for editors) is generated from it. A file describes one
API of one venue, is three levels deep and holds no templates, expressions or conditions; ``extends = "<id>/<api>"``
starts from another file and overrides single keys. What can be said is closed: see ``kinds.py`` for what a field line
may become, and ``verbs.py`` for the arguments that a parameter may come from.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Name = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=64)]
WIRE_PATH = r"^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$"
WirePath = Annotated[str, Meta(pattern=WIRE_PATH, max_length=200)]
ANSWER_PATH = r"^[A-Za-z_][\w-]*(\[0\])?(\.[A-Za-z_][\w-]*(\[0\])?)*$"
"""Down from the answer's root; ``data[0]`` is the only entry of a list, where a venue wraps one object so."""
AnswerPath = Annotated[str, Meta(pattern=ANSWER_PATH, max_length=200)]
ECHO_PATH = ANSWER_PATH.replace(r"\[0\]", r"\[0?\]")
"""The same, and ``data[]`` for every entry of a list."""
EchoPath = Annotated[str, Meta(pattern=ECHO_PATH, max_length=200)]
VerbName = Annotated[str, Meta(pattern=r"^(lead\.)?[a-z_]+$", max_length=64)]
# Where a text or a list of texts may stand, lint checks the pattern: msgspec 0.22 crashes on a union of such types.
Pair = Annotated[list[WirePath], Meta(min_length=2, max_length=2)]
Code = Annotated[str, Meta(pattern=r"^-?\w{1,16}$")]
Positive = Annotated[int, Meta(ge=1)]
LONGEST_BAN = 3 * 86_400
"""Seconds: no venue is known to ban for longer."""
Unit = Literal[
    "ratio", "percent", "bps",  # of 1, of 100, of 10,000
    "loss_ratio", "loss_percent",  # the same with the sign turned: 20 is a loss of 20 %
    "price",  # a trigger at a price
    "base", "quote", "contract", "by_symbol",  # sizes; by_symbol asks the symbol's form
    "s", "ms", "us", "ns", "ms_or_ns",  # times since 1970
    "date",  # a day as YYYY-MM-DD: its beginning, UTC
    "paid", "charged",  # fees: a positive (paid) or a negative number (charged) is a cost
]  # fmt: skip


class Host(Struct, forbid_unknown_fields=True, frozen=True):
    """The only hosts that this API may be reached at (loopback sandboxes are the caller's ``base_url``)."""

    rest: Annotated[list[str], Meta(min_length=1, description="https origins; the first one is used")]
    test: Annotated[list[str], Meta(description="https origins of the venue's test network")] = []
    test_headers: Annotated[dict[str, str], Meta(description="what requests to the test network carry besides")] = {}


class Envelope(Struct, forbid_unknown_fields=True, frozen=True):
    """What wraps every answer."""

    code: Annotated[WirePath, Meta(description="path of the venue's result code")]
    ok: Annotated[list[str | int], Meta(min_length=1, description="codes that mean success")]
    message: Annotated[WirePath | None, Meta(description="path of the venue's message")] = None
    time: Annotated[
        WirePath | None,
        Meta(description="path of the venue's time of the answer: an older one than the request is refused"),
    ] = None
    time_unit: Literal["s", "ms", "us", "ns"] = "ms"
    rows: Annotated[
        WirePath | None, Meta(description="where rows or an object stand that may carry a code of their own")
    ] = None
    row_code: Annotated[WirePath | None, Meta(description="that code: it rules, also over the answer's")] = None
    row_message: WirePath | None = None
    omits_null: Annotated[
        bool, Meta(description="keys without a value may be left out: one that is missing is no drift")
    ] = False


class Errors(Struct, forbid_unknown_fields=True, frozen=True):
    """Which of the library's errors a venue code is; a code stands in exactly one list."""

    rejected: Annotated[
        dict[Name, list[Code]], Meta(description="error class -> codes that PROVE that the venue did nothing")
    ] = {}
    unknown: Annotated[
        dict[Name, list[Code]], Meta(description="error class -> codes after which a write may have happened")
    ] = {}
    http: Annotated[dict[str, Name], Meta(description="HTTP status -> error class, for answers without a code")] = {}


class Limit(Struct, forbid_unknown_fields=True, frozen=True):
    """At most so many requests (or weights) in any window of so many seconds."""

    requests: Positive
    seconds: Positive
    scope: Annotated[
        Literal["ip", "uid"], Meta(description="who shares the window: all of one address, or one account")
    ]
    per_endpoint: Annotated[bool, Meta(description="each endpoint has a window of its own")] = False
    reads: Annotated[
        Positive | None,
        Meta(description="how many of them reads may use; default: nine of ten where writes are counted with them"),
    ] = None
    ban: Annotated[
        Annotated[int, Meta(ge=1, le=LONGEST_BAN)] | None,
        Meta(description="seconds that the venue refuses everything after too many, where its answer doesn't tell"),
    ] = None
    codes: Annotated[list[Code], Meta(description="error codes that mean this limit and no other")] = []
    remaining: Annotated[Name | None, Meta(description="the header that tells how many are left")] = None
    reset: Annotated[Name | None, Meta(description="the header that tells when they are back, Unix ms")] = None
    source: str | None = None


class Signing(Struct, forbid_unknown_fields=True, frozen=True):
    """How a request proves who sends it. Templates know {timestamp} {timestamp_iso} {nonce} {api_key} {passphrase}
    {recv_window} {method} {path} {query} {?query} {params} {body} {signature}.
    """

    prehash: Annotated[
        str,
        Meta(description="the text that is signed: {query} and {body} as sent, {params} all of them sorted by name"),
    ]
    encoding: Annotated[
        Literal["hex", "base64", "hex_base64"], Meta(description="hex_base64: base64 of the digest's hex text")
    ]
    algorithms: list[Literal["hmac-sha256", "rsa-sha256"]] = field(default_factory=lambda: ["hmac-sha256"])
    recv_window: Annotated[Annotated[int, Meta(ge=1, le=60000)] | None, Meta(description="milliseconds")] = None
    sort_query: Annotated[bool, Meta(description="send (and so sign) query parameters sorted by name")] = False
    in_body: Annotated[
        bool, Meta(description="a request with a body carries the parameters of 'query' in there instead")
    ] = False
    sign_body: Annotated[bool, Meta(description="false leaves {body} empty in the signed text")] = True
    query: Annotated[
        dict[str, str],
        Meta(description="query parameters to append, in this order; {signature} comes last and is not signed"),
    ] = {}
    headers: Annotated[dict[str, str], Meta(description="headers to send")] = {}
    source: str | None = None


class Clock(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the venue tells its time."""

    endpoint: Name
    time: AnswerPath
    unit: Literal["s", "ms", "ns"] = "ms"


class SymbolForm(Struct, forbid_unknown_fields=True, frozen=True):
    """One way in which the venue writes symbols; the first form that fits is taken, and each is used in both
    directions.
    """

    venue: Annotated[str, Meta(description="such as {base}-SWAP-{quote}")]
    symbol: Annotated[str, Meta(description="ccxt notation such as {base}/{quote}:{quote}")]
    quote: Annotated[list[str], Meta(min_length=1, description="what {quote} may be")]
    size_unit: Literal["base", "quote", "contract"] = "base"
    market: Annotated[Name | None, Meta(description="the entry of [markets] that such a symbol belongs to")] = None
    read_only: Annotated[bool, Meta(description="understood in answers, never sent")] = False


class Paging(Struct, forbid_unknown_fields=True, frozen=True):
    """How to get the next page: a number to count up, a cursor from the answer, or the id of the last row."""

    style: Literal["number", "cursor", "id"]
    param: Annotated[Name, Meta(description="the request parameter: page number, cursor, or 'older than this id'")]
    size: Annotated[Name | None, Meta(description="the request parameter for the page size")] = None
    max_size: Positive | None = None
    first: Annotated[int, Meta(ge=0)] = 1
    next: Annotated[AnswerPath | None, Meta(description="path of the next cursor or last id in the answer")] = None
    row_id: Annotated[WirePath | None, Meta(description="row key of the id, where the answer has no path for it")] = (
        None
    )
    pages: Annotated[AnswerPath | None, Meta(description="path of the number of pages")] = None
    more: Annotated[AnswerPath | None, Meta(description="path of a flag that tells whether more follows")] = None
    version: Annotated[
        AnswerPath | None, Meta(description="path of the list's version: pages of one version fit together")
    ] = None
    version_param: Annotated[Name | None, Meta(description="the request parameter that asks for that version")] = None
    encoded: Annotated[bool, Meta(description="the cursor arrives percent-encoded and goes back unchanged")] = False


NULL = "null"
"""What ``clear`` says for JSON's null, which TOML can't."""


class Param(Struct, forbid_unknown_fields=True, frozen=True, rename={"source": "from"}):
    """A request parameter, under its wire name (``settings[].symbol`` for a key of each row of a list)."""

    source: Annotated[str | None, Meta(description="the verb's argument that it comes from (see verbs.py)")] = None
    type: Annotated[
        Literal["text", "integer", "decimal", "boolean", "list", "rows"],
        Meta(description="its JSON type; decimal is sent as text"),
    ] = "text"
    required: bool = False
    const: Annotated[str | int | bool | None, Meta(description="always this value")] = None
    default: Annotated[
        str | int | bool | None, Meta(description="what is sent when the caller gives nothing (a documented default)")
    ] = None
    fallback: Annotated[str | None, Meta(description="the argument that is sent when the first one is not given")] = (
        None
    )
    given: Annotated[
        str | int | bool | None, Meta(description="what is sent in place of the argument whenever there is one")
    ] = None
    clear: Annotated[
        str | int | None, Meta(description="what takes a trigger away; the word null is JSON's null, in a body")
    ] = None
    enum: Annotated[Name | None, Meta(description="the table that translates the value")] = None
    choices: Annotated[list[str | int], Meta(description="all values that the venue takes")] = []
    unit: Unit | None = None
    min: str | None = None
    max: str | None = None
    decimals: Annotated[int | None, Meta(description="digits after the point at most")] = None
    max_length: Annotated[int | None, Meta(description="characters of a text at most; default: 1000")] = None
    pattern: Annotated[str | None, Meta(description="the whole value must match")] = None
    place: Annotated[
        Literal["query", "body", "path"] | None,
        Meta(description="where it goes, if not in the body of POST and PUT and in the query else"),
    ] = None
    note: str | None = None


def as_param(param: Param | str) -> Param:
    """A parameter line; a bare text is the argument that it comes from."""
    return param if isinstance(param, Param) else Param(source=param)


class Field(Struct, forbid_unknown_fields=True, frozen=True, rename={"source": "from"}):
    """Where a canonical field comes from (exactly one source) and what is done to it: when, null_if, enum, unit,
    default, in this order.
    """

    source: Annotated[
        str | list[str] | dict[str, str] | None,
        Meta(description="wire path; a list takes the first that is there and not empty; a table takes by sizing kind"),
    ] = None
    join: Annotated[list[WirePath] | None, Meta(description="several keys as one id, joined by ':'")] = None
    const: str | int | bool | None = None
    product: Pair | None = None
    quotient: Pair | None = None
    hook: Annotated[
        Name | None, Meta(description="the function of hooks.py that makes the value of the row (needs a permission)")
    ] = None
    null_if: Annotated[
        str | int | list[str | int] | None,
        Meta(description="values that mean 'nothing'; a number compares as a number"),
    ] = None
    enum: Annotated[
        Name | None,
        Meta(
            description="the table that translates the value (default: the one named like the field, if there is one)"
        ),
    ] = None
    unit: Annotated[Unit | None, Meta(description="mandatory on ratios, sizes, times, triggers and fees")] = None
    default: str | int | bool | None = None
    kind: Annotated[WirePath | None, Meta(description="sizing: the wire key that tells which kind")] = None
    time: Annotated[WirePath | None, Meta(description="series: the time key inside a point")] = None
    value: Annotated[
        WirePath | None, Meta(description="series: the value key inside a point; symbols: the key inside an entry")
    ] = None
    points: Annotated[
        Literal["accumulated", "each"] | None,
        Meta(description="series: whether a point holds all before it or its own time alone, where the venue tells"),
    ] = None
    where: Annotated[WirePath | None, Meta(description="symbols: only entries where this key is true")] = None
    when: Annotated[
        dict[WirePath, str], Meta(description="keys and the text that each must hold; else the field is None")
    ] = {}
    request: Annotated[
        Name | None, Meta(description="the request parameter that says it, where the answer doesn't repeat it")
    ] = None
    sign: Annotated[
        WirePath | None, Meta(description="side: the number whose sign tells, where the value is one of null_if")
    ] = None
    absolute: Annotated[bool, Meta(description="size: its sign tells the side and is dropped")] = False


class Only(Struct, forbid_unknown_fields=True, frozen=True, rename={"source": "from"}):
    """Which rows an endpoint is about, where one list holds those of both roles."""

    source: Annotated[WirePath, Meta(description="the key that tells")]
    enum: Annotated[Name, Meta(description="the table: true for rows that count, false for those left out")]


class Endpoint(Struct, forbid_unknown_fields=True, frozen=True):
    """One endpoint of the venue; callable raw by its name here, and through ``verb`` where one has its meaning."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: Annotated[
        str, Meta(pattern=r"^(/[A-Za-z0-9_.~{}-]+)+$", description="begins with /; {name} stands for a parameter")
    ]
    source: Annotated[str, Meta(description="the page that documents it")]
    doc: str | None = None
    verb: Annotated[VerbName | None, Meta(description="the unified verb that it serves")] = None
    mode: Annotated[
        Literal["native", "amend-only"], Meta(description="amend-only: changes what exists, starts nothing")
    ] = "native"
    writes: Annotated[bool | None, Meta(description="whether it changes anything; default: all but GET")] = None
    sign: Annotated[str, Meta(description="an entry of [signing], or 'none'")] = "default"
    sign_body: Annotated[bool | None, Meta(description="overrides the signing's sign_body for this endpoint")] = None
    limits: list[Name] = []
    weight: Positive = 1
    status: Literal["live", "retired", "undocumented"] = "live"
    items: Annotated[
        str | list[str] | None, Meta(description="path of the list of rows; several when the venue wraps it or not")
    ] = None
    item: Annotated[AnswerPath | None, Meta(description="path of the one object that is the row")] = None
    row_key: Annotated[Name | None, Meta(description="rows are bare values: the key by which fields name them")] = None
    bare: Annotated[bool, Meta(description="the answer has no envelope on success")] = False
    skip_zero: Annotated[WirePath | None, Meta(description="rows with zero here are placeholders, not rows")] = None
    only: Annotated[Only | None, Meta(description="rows that count; what the table doesn't know is withheld")] = None
    empty_codes: Annotated[list[Code], Meta(description="error codes that mean an empty list here")] = []
    ok_codes: Annotated[list[Code], Meta(description="error codes that mean 'is so already'")] = []
    confirm: Annotated[AnswerPath | None, Meta(description="path of a flag that a write must answer with true")] = None
    denied: Annotated[
        list[str], Meta(description="words at confirm that deny a success code, where the page tells only those")
    ] = []
    ids: Annotated[AnswerPath | None, Meta(description="path of the ids that a write answers with")] = None
    window_days: Annotated[Positive | None, Meta(description="how far back one call reaches")] = None
    batch: Annotated[bool, Meta(description="one call acts on several things: a refusal may be about one of them")] = (
        False
    )
    rows: Annotated[str | None, Meta(description="the list parameter with one row per symbol")] = None
    max_rows: Positive | None = None
    open_copies: Annotated[
        Literal["refused", "kept", "closed", "chosen", "unknown"] | None,
        Meta(description="unfollow: what happens to open copies; chosen: the caller says"),
    ] = None
    paging: Paging | None = None
    params: dict[str, Param | str] = {}
    fields: dict[Name, Field | str | list[str]] = {}
    unmapped: Annotated[
        dict[WirePath, str], Meta(description="wire keys that are known and not mapped, with the reason")
    ] = {}
    max_bytes: Annotated[Positive | None, Meta(description="size of an answer at most, unpacked; default: 8 MiB")] = (
        None
    )
    echo: Annotated[
        dict[EchoPath, Name],
        Meta(description="what the answer repeats of the request: path -> parameter; another value is refused"),
    ] = {}
    may_lack: Annotated[
        list[WirePath], Meta(description="mapped keys that rows may come without: one that is missing is no drift")
    ] = []

    @property
    def changes(self) -> bool:
        """Whether calling it may change anything."""
        return self.method != "GET" if self.writes is None else self.writes


class Contracts(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the venue tells how much a contract is: sizes in contracts become coins (or quote money) with it."""

    endpoint: Name
    rows: Annotated[AnswerPath, Meta(description="path of the list of instruments")]
    symbol: Annotated[WirePath, Meta(description="key of the venue's symbol")]
    value: Annotated[WirePath, Meta(description="key of what one contract is")]
    currency: Annotated[WirePath, Meta(description="key of the currency that it is counted in")]


class Permissions(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the venue tells what the key may do. A word that is in no list leaves open what it means."""

    endpoint: Name
    rights: Annotated[AnswerPath, Meta(description="path of the words: a list, a text with commas, or one value")]
    read: Annotated[list[Code], Meta(description="any of them reads copy trading")] = []
    trade: Annotated[list[Code], Meta(description="any of them changes something in copy trading")] = []
    withdraw: Annotated[list[Code], Meta(description="any of them takes money out; without a word it is not told")] = []
    other: Annotated[list[Code], Meta(description="words that mean none of the three")] = []
    ips: Annotated[AnswerPath | None, Meta(description="path of the addresses that the key is bound to, if any")] = None
    expires_at: Annotated[AnswerPath | None, Meta(description="path of when the key ends, milliseconds")] = None


class Schema(Struct, forbid_unknown_fields=True, frozen=True):
    """One API of one venue."""

    schema: Annotated[Literal[1], Meta(description="version of the language")]
    id: Annotated[
        str, Meta(pattern=r"^[a-z0-9]+/[a-z0-9-]+$", description="<venue>/<api>, as the file's folder and name")
    ]
    name: str
    source: Annotated[str, Meta(description="the document that it was written from")]
    hosts: Host
    endpoints: dict[Name, Endpoint]
    extends: str | None = None
    without: Annotated[
        list[str], Meta(description="keys of the extended file that don't hold here, such as endpoints.positions.verb")
    ] = []
    status: Literal["live", "retired", "undocumented"] = "live"
    read_lag: Annotated[
        Positive,
        Meta(
            description="seconds after which a read shows every write; no venue tells, the default is a careful guess"
        ),
    ] = 15
    retired_on: str | None = None
    successor: Annotated[str | None, Meta(description="the schema to use instead")] = None
    default: Annotated[bool, Meta(description="what connect() takes for the bare venue name")] = False
    credentials: list[Literal["api_key", "secret", "passphrase"]] = field(default_factory=lambda: ["api_key", "secret"])
    headers: Annotated[dict[str, str], Meta(description="constant headers of every request")] = {}
    envelope: Envelope | None = None
    errors: Errors = Errors()
    signing: dict[str, Signing] = {}
    clock: Clock | None = None
    limits: dict[Name, Limit] = {}
    markets: Annotated[
        dict[Name, dict[str, str]],
        Meta(description="groups of symbols that the venue asks for one at a time, with the parameters of each"),
    ] = {}
    default_markets: Annotated[list[Name], Meta(description="the markets that make a whole list; default: all")] = []
    symbols: list[SymbolForm] = []
    enums: Annotated[
        dict[Name, dict[str, str | int | bool | list[str | int | bool]]],
        Meta(description="canonical value -> wire value(s); the first is what is sent"),
    ] = {}
    contracts: Contracts | None = None
    permissions: Permissions | None = None
    missing: Annotated[
        dict[VerbName, str],
        Meta(description="verb -> why the API has none, and what it offers instead; lead: all of the leader's verbs"),
    ] = {}


def wire_codes(codes: list[Any]) -> frozenset[Any]:
    """Codes as text and, where they are numbers, as numbers: venues send either."""
    both: set[Any] = set()
    for code in codes:
        both.add(str(code))
        if re.fullmatch(r"-?\d+", str(code), re.ASCII) and str(int(code)) == str(code):
            both.add(int(code))
    return frozenset(both)
