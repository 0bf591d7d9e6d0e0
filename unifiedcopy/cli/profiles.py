"""The profiles file: accounts by name, readable by its owner alone.

    [profiles.main]
    venue      = "…"                  # a venue, or one API of it (`unifiedcopy exchanges`)
    api_key    = "env:MAIN_KEY"       # any value may come from the environment
    secret     = "env:MAIN_SECRET"
    passphrase = "…"                  # where the venue has one
    account    = "my main account"    # shown in tables; default: the profile's name
    base_url   = "http://127.0.0.1:8801"
    demo       = true                 # the venue's own test network, where it has one
    write      = "sandbox"            # where changes are allowed: "sandbox", "demo" or "live"; default: nowhere

With ``write = "live"`` every cap must be said; ``"none"`` (``"any"`` for leaders) is a choice that one writes down:

    max_leader_amount = "250"         # quote currency, of one following; it must then have a ceiling
    max_total_amount  = "1000"        # of all followings of the account
    max_daily_amount  = "500"         # of all that were started or changed since midnight UTC
    max_followings    = 5
    allowed_leaders   = ["213E8C92DC61EFAC"]
    max_order_amount  = "50"          # of one copied order; may be left out

It stands in the user's configuration folder as ``unifiedcopy/profiles.toml``, or where ``UNIFIEDCOPY_PROFILES`` says.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs

from ..errors import ConfigError
from ..safety.caps import Caps
from ..safety.files import read_file
from ..schema.structure import suggestion
from ..secret import Masked, masked

SECRETS = ("api_key", "secret", "passphrase")
_TEXTS = ("venue", *SECRETS, "account", "base_url")
_SAID = {"max_leader_amount": "none", "max_total_amount": "none", "max_daily_amount": "none"}
_SAID |= {"max_followings": "none", "allowed_leaders": "any"}
"""Caps that a live profile must say -> the word for no cap."""
CAPS = {**_SAID, "max_order_amount": "none"}
_KEYS = (*_TEXTS, "demo", "write", *CAPS)
Where = Literal["sandbox", "demo", "live"]
_LARGEST = 1_000_000


@dataclass(frozen=True)
class Profile:
    """One account as the user named it."""

    name: str
    venue: str
    account: str
    base_url: str | None = None
    demo: bool = False
    write: Where | None = None
    """Where changes are allowed."""
    caps: Caps | None = None
    credentials: dict[str, str] = field(default_factory=dict, repr=False)


def profiles_path() -> Path:
    """Where the file is, or would be."""
    told = os.environ.get("UNIFIEDCOPY_PROFILES")
    return Path(told) if told else Path(platformdirs.user_config_dir("unifiedcopy", appauthor=False)) / "profiles.toml"


def load_profiles(names: list[str] | None = None) -> list[Profile]:
    """The named profiles, or all.

    Raises:
        ConfigError: no file, a file that others can read, a key that is wrong, a name that isn't there.
    """
    path = profiles_path()
    entries = _tables(path)
    wanted = profile_names() if names is None else list(dict.fromkeys(names))
    for name in wanted:
        if name not in entries:
            raise ConfigError(f"there is no profile {name!r} in {path}; {suggestion(name, entries) or 'it has none'}")
    return [_profile(name, entries[name]) for name in wanted]


def profile_names() -> list[str]:
    """The names of all profiles.

    Raises:
        ConfigError: no file, a file that others can read, or one that holds none.
    """
    path = profiles_path()
    names = list(_tables(path))
    if not names:
        raise ConfigError(f"{path} holds no profiles; write [profiles.NAME]")
    return names


def _tables(path: Path) -> dict[str, Any]:
    try:
        keys = masked(tomllib.loads(read_file(path, _LARGEST).decode()))
    except FileNotFoundError:
        raise ConfigError(f"there is no profiles file at {path}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    for key in keys:
        if key != "profiles":
            raise ConfigError(f"{path}: there is no key {key!r} here; write [profiles.NAME]")
    entries = keys.get("profiles", {})
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise ConfigError(f"{path}: profiles are tables; write [profiles.NAME]")
    return entries


def _profile(name: str, entry: dict[str, Any]) -> Profile:
    where = f"profile {name!r}"
    for key in entry:
        if key not in _KEYS:
            raise ConfigError(f"{where}: there is no key {key!r}; {suggestion(key, _KEYS)}")
    if not isinstance(entry.get("demo", False), bool):
        raise ConfigError(f"{where}: demo must be true or false, without quotes")
    texts = {key: _text(where, key, entry[key]) for key in _TEXTS if key in entry}
    if "venue" not in texts:
        raise ConfigError(f"{where}: the key 'venue' is missing")
    return Profile(
        name=name,
        venue=texts["venue"],
        account=texts.get("account", name),
        base_url=texts.get("base_url"),
        demo=entry.get("demo", False),
        write=_write(where, entry),
        caps=_caps(where, entry),
        credentials={key: texts[key] for key in SECRETS if key in texts},
    )


def _write(where: str, entry: dict[str, Any]) -> Where | None:
    """Where changes are allowed; exactly one of the words, or nowhere: what is nearly one of them allows nothing."""
    said = entry.get("write", False)
    if said is False:
        return None
    if said not in get_args(Where):
        raise ConfigError(f'{where}: write must be "sandbox", "demo" or "live" (or left out: it only reads)')
    if said == "live" and (missing := [key for key in _SAID if key not in entry]):
        words = ", ".join(f'{key} = "{_SAID[key]}"' for key in missing)
        raise ConfigError(f'{where}: write = "live" needs every cap; missing, here with their word for no cap: {words}')
    found: Where = said
    return found


def _caps(where: str, entry: dict[str, Any]) -> Caps | None:
    said = {key: entry[key] for key, no_cap in CAPS.items() if key in entry and entry[key] != no_cap}
    for key, value in said.items():
        if isinstance(value, float | bool):
            raise ConfigError(f'{where}: {key}: write the number as text, such as "250"')
    try:
        return Caps(**said) if any(key in entry for key in CAPS) else None
    except (ConfigError, TypeError) as error:
        raise ConfigError(f"{where}: {error}") from None


def _text(where: str, key: str, value: Any) -> str:
    """A text, or what the environment holds under ``env:NAME``. No message holds the value: it may be a secret."""
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{where}: {key} must be text, and not empty")
    if not value.startswith("env:"):
        return value
    variable = value.removeprefix("env:")
    found = os.environ.get(variable)
    if not found:
        raise ConfigError(f"{where}: {key} comes from the environment, but {variable} is not set")
    return Masked(found) if key in SECRETS else found
