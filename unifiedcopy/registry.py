"""``connect``: from a name to an exchange."""

from __future__ import annotations

import ipaddress
import warnings
from collections.abc import Sequence
from functools import cache
from urllib.parse import urlsplit

from . import errors
from .connection import Connection
from .driven import DrivenExchange
from .schema import Api, load_schema, schema_ids
from .schema.document import read_document, schema_folder
from .schema.structure import suggestion
from .secret import Credentials
from .transport import Deadlines


class RetiredApiWarning(UserWarning):
    """The venue has switched this API off; the schema stays for its history."""


def connect(
    venue: str,
    *,
    api_key: str | None = None,
    secret: str | None = None,
    passphrase: str | None = None,
    account: str | None = None,
    write: bool = False,
    convert: bool = False,
    markets: Sequence[str] | None = None,
    test_network: bool = False,
    base_url: str | None = None,
    timeout: float = Deadlines().total,
) -> DrivenExchange:
    """One account on one venue API; nothing is sent before the first call.

    Args:
        venue: a venue such as ``"<venue>"`` (its default API) or one API such as ``"<venue>/v1-futures"``.
        secret: the API secret, or an RSA private key (PEM) where the venue takes one.
        account: your own name for the account; every struct carries it.
        write: allow calls that change anything. Without it a connection only reads.
        convert: let ``set_tpsl`` turn a price into a return on margin, or back, where the venue takes only the other.
        markets: what "every position" means where a venue is asked one market at a time (see ``ex.can.markets``); by
            default all that the schema lists as its whole.
        test_network: the venue's own test network, where it has one.
        base_url: another address: a sandbox on this machine (http allowed), or one of the schema's hosts.
        timeout: seconds for one request, in total.

    Raises:
        ConfigError: no such venue, or an address that the schema doesn't allow.
    """
    for name, switch in (("write", write), ("convert", convert), ("test_network", test_network)):
        if not isinstance(switch, bool):  # a safety switch that is neither on nor off is not on
            raise errors.ConfigError(f"{name}: pass True or False, not {switch!r}")
    for name, given in (("api_key", api_key), ("secret", secret), ("passphrase", passphrase), ("account", account)):
        if not isinstance(given, str | None):
            raise errors.ConfigError(f"{name}: pass text, not {type(given).__name__}")
    api = load_schema(resolve(venue))
    schema = api.schema
    if schema.status == "retired":
        warnings.warn(
            f"{schema.id} was switched off by the venue on {schema.retired_on}; use {schema.successor}",
            RetiredApiWarning,
            stacklevel=2,
        )
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout <= 300:
        raise errors.ConfigError(f"timeout: {timeout!r} is not between 0 and 300 seconds")
    connection = Connection(
        api, Credentials(api_key, secret, passphrase), _origin(api, base_url, test_network), _deadlines(timeout)
    )
    return DrivenExchange(api, connection, alias=account, write=write, convert=convert, markets=_markets(api, markets))


def resolve(venue: str) -> str:
    """The schema id that a name means.

    Raises:
        ConfigError: none.
    """
    if not isinstance(venue, str):
        raise errors.ConfigError(f"venue: pass a name as text, not {venue!r}")
    if venue in schema_ids():
        return venue
    if venue in default_apis():
        return default_apis()[venue]
    known = [*default_apis(), *schema_ids()]
    raise errors.ConfigError(f"there is no venue {venue!r}; {suggestion(venue, known)}")


@cache
def default_apis() -> dict[str, str]:
    """Venue -> the API that its bare name means."""
    defaults = {}
    for schema_id in schema_ids():
        if read_document(schema_folder() / f"{schema_id}.toml").keys.get("default"):
            defaults[schema_id.partition("/")[0]] = schema_id
    return defaults


def _markets(api: Api, chosen: Sequence[str] | None) -> tuple[str, ...]:
    known = api.schema.markets
    if chosen is None:
        return ()  # the whole, as the schema says it
    if isinstance(chosen, str) or not chosen:
        raise errors.ConfigError(f"markets: give a list of {', '.join(known) or 'nothing: this API has none'}")
    if len(set(chosen)) != len(chosen):
        raise errors.ConfigError(f"markets: one stands twice in {', '.join(chosen)}", exchange=api.schema.id)
    for market in chosen:
        if market not in known:
            raise errors.ConfigError(
                f"markets: there is no {market!r}; {suggestion(market, known)}", exchange=api.schema.id
            )
    return tuple(chosen)


def _origin(api: Api, base_url: str | None, test_network: bool) -> str:
    hosts = api.schema.hosts
    if base_url is None:
        if test_network and not hosts.test:
            raise errors.ConfigError("this venue has no test network", exchange=api.schema.id)
        return hosts.test[0] if test_network else hosts.rest[0]
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except (ValueError, TypeError, AttributeError):
        raise errors.ConfigError(f"base_url: {base_url!r} is not an address", exchange=api.schema.id) from None
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise errors.ConfigError("base_url: give scheme, host and port only", exchange=api.schema.id)
    if origin in (*hosts.rest, *hosts.test) or (
        parts.scheme in ("http", "https") and _is_loopback(parts.hostname or "")
    ):
        return origin
    allowed = ", ".join([*hosts.rest, *hosts.test])
    raise errors.ConfigError(
        f"base_url: {origin} is neither on this machine nor one of {allowed}", exchange=api.schema.id
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _deadlines(total: float) -> Deadlines:
    default = Deadlines()
    return Deadlines(min(default.connect, total), min(default.silence, total), total)
