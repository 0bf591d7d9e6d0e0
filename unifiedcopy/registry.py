"""``connect``: from a name to an exchange."""

from __future__ import annotations

import ipaddress
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from . import errors
from .connection import Connection
from .driven import DrivenExchange
from .limiting.shared import checked
from .roundtrip import Deadlines
from .safety.caps import Caps
from .safety.files import private_folder
from .safety.protocol import Safety
from .schema import Api, load_place, schema_ids
from .schema.document import read_document
from .schema.hooks import load_hooks
from .schema.places import Place, built_in, found, named_file, place_of
from .schema.structure import suggestion
from .secret import Credentials


class RetiredApiWarning(UserWarning):
    """The venue has switched this API off; the schema stays for its history."""


def connect(
    venue: str | Path,
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
    allow_hooks: bool = False,
    journal: str | Path | None = None,
    read_lag: float | None = None,
    read_back: bool = True,
    caps: Caps | None = None,
    limits: str | None = None,
) -> DrivenExchange:
    """One account on one venue API; nothing is sent before the first call.

    Args:
        venue: a venue such as ``"<venue>"`` (its default API), one API such as ``"<venue>/v1-futures"``, or a schema
            file of your own such as ``"path/to/<venue>/v1.toml"`` (``schema/places.py`` tells where names are found).
        secret: the API secret, or an RSA private key (PEM) where the venue takes one.
        account: your own name for the account; every struct carries it.
        write: allow calls that change anything. Without it a connection only reads.
        convert: let ``set_tpsl`` turn a price into a return on margin, or back, where the venue takes only the other.
        markets: what "every position" means where a venue is asked one market at a time (see ``ex.can.markets``); by
            default all that the schema lists as its whole.
        test_network: the venue's own test network, where it has one.
        base_url: another address: a sandbox on this machine (http allowed), or one of the schema's hosts.
        timeout: seconds for one request, in total.
        allow_hooks: run the Python that a schema which is not built in brings along (``hooks.py`` beside it).
        journal: a folder of your own that keeps the write log, so that a write in doubt is settled also after a crash,
            and two programs can't send the same write at once. Without it the log lives as long as the connection.
        read_lag: seconds after which a read of the venue shows every write of before; what is not known of a write is
            settled by two reads that far apart. Default: the schema's, a careful guess.
        read_back: read the state before a follow, and after a write whose end is not known. Without it such a write
            raises ``OutcomeUnknown`` at once.
        caps: the most that ``follow`` may put at risk; needs ``journal``, where other programs' follows count too.
        limits: ``redis://…``, where programs on several hosts share the venue's limits and bans. Without it those share
            them that have the same ``journal``, or else the connections of one event loop.

    Raises:
        ConfigError: no such venue, an address that the schema doesn't allow, or hooks without a permission.
        SchemaError: the schema file can't be read, or is wrong.
    """
    credentials, wrong = _credentials(api_key=api_key, secret=secret, passphrase=passphrase)
    api_key = secret = passphrase = None  # from here on, no local shows them to a traceback that lists locals
    if wrong:
        raise errors.ConfigError(wrong)
    switches = {"write": write, "convert": convert, "test_network": test_network}
    switches |= {"allow_hooks": allow_hooks, "read_back": read_back}
    for name, switch in switches.items():
        if not isinstance(switch, bool):  # a safety switch that is neither on nor off is not on
            raise errors.ConfigError(f"{name}: pass True or False, not {switch!r}")
    if not isinstance(account, str | None):
        raise errors.ConfigError(f"account: pass text, not {type(account).__name__}")
    api = load_place(find(venue))
    load_hooks(api, allowed=allow_hooks)
    schema = api.schema
    if schema.status == "retired":
        warnings.warn(
            f"{schema.id} was switched off by the venue on {schema.retired_on}; use {schema.successor}",
            RetiredApiWarning,
            stacklevel=2,
        )
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout <= 300:
        raise errors.ConfigError(f"timeout: {timeout!r} is not between 0 and 300 seconds")
    if read_lag is not None and (
        isinstance(read_lag, bool) or not isinstance(read_lag, int | float) or not 0 <= read_lag <= 300
    ):
        raise errors.ConfigError(f"read_lag: {read_lag!r} is not between 0 and 300 seconds")
    folder = _folder(journal)
    connection = Connection(
        api,
        credentials,
        _origin(api, base_url, test_network),
        _deadlines(timeout),
        test_network=test_network,
        limits=checked(limits, folder),
    )
    return DrivenExchange(
        api,
        connection,
        alias=account,
        write=write,
        convert=convert,
        markets=_markets(api, markets),
        safety=Safety(folder, read_lag, read_back, _caps(caps, journal)),
    )


def _credentials(**given: object) -> tuple[Credentials, str]:
    """The credentials, and what is wrong with them."""
    wrong = [
        f"{name}: pass text, not {type(value).__name__}"
        for name, value in given.items()
        if value is not None and not isinstance(value, str)
    ]
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    return Credentials(**texts), "; ".join(wrong)


def find(venue: str | Path) -> Place:
    """The schema file that a name or a path means.

    Raises:
        ConfigError: none, or one that can't be used.
    """
    if isinstance(venue, Path) or (isinstance(venue, str) and venue.endswith(".toml")):
        return named_file(venue)
    if not isinstance(venue, str):
        raise errors.ConfigError(f"venue: pass a name as text or a path, not {venue!r}")
    if venue in default_apis():
        return built_in(default_apis()[venue])
    place = place_of(venue) or _default_of(venue)
    if place is None:
        known = [*default_apis(), *schema_ids(), *found().places]
        problems = "".join(f"; {trouble.message}" for trouble in found().troubles if not trouble.about)
        own = "; a schema of your own is named by its .toml file, or found in a folder of UNIFIEDCOPY_PATH"
        raise errors.ConfigError(f"there is no venue {venue!r}; {suggestion(venue, known)}{own}{problems}")
    return place


@cache
def default_apis() -> dict[str, str]:
    """Built-in venue -> the API that its bare name means."""
    defaults = {}
    for schema_id in schema_ids():
        if read_document(built_in(schema_id).path).keys.get("default"):
            defaults[schema_id.partition("/")[0]] = schema_id
    return defaults


def _default_of(venue: str) -> Place | None:
    """The API that the bare name of a found venue means: the only one, or the one that says so."""
    places = [place for place in found().places.values() if place.venue == venue]
    if len(places) < 2:
        return places[0] if places else None
    defaults, broken = [], ""
    for place in places:
        try:
            defaults += [place] if read_document(place.path).keys.get("default") is True else []
        except (errors.SchemaError, errors.ConfigError) as error:  # it is told when it is asked for
            broken = f"; {place}: {error.message}"
    if len(defaults) == 1:
        return defaults[0]
    names = ", ".join(place.id for place in places)
    which = " and ".join(map(str, defaults)) or "none"
    raise errors.ConfigError(f"{venue!r} is one of {names}: say which ({which} says default = true{broken})")


def _folder(journal: str | Path | None) -> Path | None:
    if journal is None:
        return None
    if not isinstance(journal, str | Path) or not str(journal):
        raise errors.ConfigError(f"journal: pass the path of a folder, not {journal!r}")
    return private_folder(Path(journal).expanduser())


def _caps(caps: Caps | None, journal: str | Path | None) -> Caps | None:
    if caps is not None and not isinstance(caps, Caps):
        raise errors.ConfigError(f"caps: pass Caps(…), not {type(caps).__name__}")
    if caps is not None and journal is None:
        raise errors.ConfigError("caps: they count by the write log; give its folder as journal=")
    return caps


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
