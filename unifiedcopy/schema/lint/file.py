"""Rules about the whole file: status, errors, signing, symbols, enums."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ... import errors
from ..lines import Key
from ..model import Schema
from ..structure import Flaw, suggestion
from ..verbs import CORE, LEAD, ROLE, VERBS

PLACEHOLDERS = (
    "timestamp",
    "timestamp_iso",
    "nonce",
    "api_key",
    "passphrase",
    "recv_window",
    "method",
    "path",
    "query",
    "?query",
    "params",
    "body",
    "signature",
)


def _status(schema: Schema) -> Iterator[Flaw]:
    if schema.status == "retired" and not schema.successor:
        yield Flaw(("status",), "a retired API must name its successor", 'successor = "<id>/<api>"')
    for verb in schema.missing:
        if verb not in VERBS and verb != ROLE:
            yield Flaw(("missing", verb), f"there is no verb {verb!r}", suggestion(verb, [*VERBS, ROLE]))
    served = {endpoint.verb for endpoint in schema.endpoints.values()}
    for verb in CORE:
        if verb not in served and verb not in schema.missing:
            yield Flaw(
                ("endpoints",), f"no endpoint serves {verb!r}", f"map one, or say why not under [missing] {verb}"
            )
    for verb in schema.missing:
        if verb in served or (verb == ROLE and any(name and name.startswith(LEAD) for name in served)):
            yield Flaw(("missing", verb), f"an endpoint serves {verb!r}")


def _errors(schema: Schema) -> Iterator[Flaw]:
    seen: Counter[str] = Counter()
    for group in ("rejected", "unknown"):
        for name, codes in getattr(schema.errors, group).items():
            if errors.by_name(name) is None:
                yield Flaw(
                    ("errors", group, name), f"there is no error class {name!r}", suggestion(name, _error_names())
                )
            seen.update(codes)
    for status, name in schema.errors.http.items():
        if errors.by_name(name) is None:
            yield Flaw(
                ("errors", "http", status), f"there is no error class {name!r}", suggestion(name, _error_names())
            )
        if not re.fullmatch(r"[1-5]\d\d", status):
            yield Flaw(("errors", "http", status), f"{status!r} is not an HTTP status")
    for code, times in seen.items():
        if times > 1:
            yield Flaw(("errors",), f"the code {code} stands in {times} lists", "a code has one class")
        if schema.envelope and code in {str(ok) for ok in schema.envelope.ok}:
            yield Flaw(("errors",), f"the code {code} means success in [envelope]")


def _error_names() -> list[str]:
    return [name for name in vars(errors) if errors.by_name(name)]


def _signing(schema: Schema) -> Iterator[Flaw]:
    for name, signing in schema.signing.items():
        here: Key = ("signing", name)
        templates: dict[Key, str] = {("prehash",): signing.prehash}
        templates |= {("query", key): template for key, template in signing.query.items()}
        templates |= {("headers", key): template for key, template in signing.headers.items()}
        for key, template in templates.items():
            for placeholder in re.findall(r"\{([^{}]*)\}", template):
                if placeholder not in PLACEHOLDERS:
                    yield Flaw(
                        (*here, *key),
                        f"there is no placeholder {{{placeholder}}}",
                        suggestion(placeholder, PLACEHOLDERS),
                    )
        if "{signature}" in signing.prehash:
            yield Flaw((*here, "prehash"), "the signature can't sign itself")
        holders = [key for key, template in signing.query.items() if "{signature}" in template]
        if holders and holders != [list(signing.query)[-1]]:
            yield Flaw((*here, "query"), "the parameter with {signature} must come last")
        if "{recv_window}" in "".join(templates.values()) and signing.recv_window is None:
            yield Flaw(here, "the key 'recv_window' is missing", "milliseconds")
        if "{" not in signing.prehash:
            yield Flaw((*here, "prehash"), "signs the same text for every request", "such as {timestamp}{query}{body}")


def _clock(schema: Schema) -> Iterator[Flaw]:
    if schema.envelope and schema.envelope.time and not schema.clock:
        yield Flaw(("envelope", "time"), "is compared with the venue's clock, which nothing tells", "say [clock]")
    if schema.clock and schema.clock.endpoint not in schema.endpoints:
        yield Flaw(
            ("clock", "endpoint"),
            f"there is no endpoint {schema.clock.endpoint!r}",
            suggestion(schema.clock.endpoint, schema.endpoints),
        )


def _limits(schema: Schema) -> Iterator[Flaw]:
    too_much = {
        code
        for group in (schema.errors.rejected, schema.errors.unknown)
        for name in ("RateLimitExceeded", "DDoSProtection")
        for code in group.get(name, [])
    }
    for name, limit in schema.limits.items():
        if limit.reads is not None and limit.reads > limit.requests:
            yield Flaw(("limits", name, "reads"), f"{limit.reads} is more than the limit's {limit.requests} requests")
        for code in limit.codes:
            if code not in too_much:
                hint = "list it under [errors.rejected] RateLimitExceeded or DDoSProtection"
                yield Flaw(("limits", name, "codes"), f"the code {code} does not say that it was too much", hint)


def _symbols(schema: Schema) -> Iterator[Flaw]:
    for market in schema.default_markets:
        if market not in schema.markets:
            yield Flaw(("default_markets",), f"there is no market {market!r}", suggestion(market, schema.markets))
    for index, form in enumerate(schema.symbols):
        here: Key = ("symbols", str(index))
        if form.market is not None and form.market not in schema.markets:
            yield Flaw(
                (*here, "market"), f"there is no market {form.market!r}", suggestion(form.market, schema.markets)
            )


def _contracts(schema: Schema) -> Iterator[Flaw]:
    contracts = schema.contracts
    if contracts is None:
        return
    endpoint = schema.endpoints.get(contracts.endpoint)
    if endpoint is None:
        hint = suggestion(contracts.endpoint, schema.endpoints)
        yield Flaw(("contracts", "endpoint"), f"there is no endpoint {contracts.endpoint!r}", hint)
    elif endpoint.changes:
        yield Flaw(("contracts", "endpoint"), f"{contracts.endpoint!r} writes")


def _permissions(schema: Schema) -> Iterator[Flaw]:
    told = schema.permissions
    if told is None:
        return
    endpoint = schema.endpoints.get(told.endpoint)
    if endpoint is None:
        hint = suggestion(told.endpoint, schema.endpoints)
        yield Flaw(("permissions", "endpoint"), f"there is no endpoint {told.endpoint!r}", hint)
    elif endpoint.changes:
        yield Flaw(("permissions", "endpoint"), f"{told.endpoint!r} writes")
    for word in told.other:
        if word in (*told.read, *told.trade, *told.withdraw):
            yield Flaw(("permissions", "other"), f"{word!r} can't mean something and nothing")


def _enums(schema: Schema) -> Iterator[Flaw]:
    for name, table in schema.enums.items():
        wires = [str(wire) for value in table.values() for wire in (value if isinstance(value, list) else [value])]
        for wire, times in Counter(wires).items():
            if times > 1:
                yield Flaw(("enums", name), f"the wire value {wire!r} stands for {times} values")


FILE_RULES = (_status, _errors, _signing, _clock, _limits, _contracts, _permissions, _symbols, _enums)
