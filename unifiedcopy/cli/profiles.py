"""The profiles file: accounts by name, readable by its owner alone.

    [profiles.main]
    venue      = "…"                  # a venue, or one API of it (`unifiedcopy exchanges`)
    api_key    = "env:MAIN_KEY"       # any value may come from the environment
    secret     = "env:MAIN_SECRET"
    passphrase = "…"                  # where the venue has one
    account    = "my main account"    # shown in tables; default: the profile's name
    base_url   = "http://127.0.0.1:8801"
    write      = true                 # allow follow, unfollow, set-tpsl, close; default false

It stands in the user's configuration folder as ``unifiedcopy/profiles.toml``, or where ``UNIFIEDCOPY_PROFILES`` says.
"""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from ..errors import ConfigError
from ..schema.structure import suggestion

SECRETS = ("api_key", "secret", "passphrase")
_TEXTS = ("venue", *SECRETS, "account", "base_url")
_KEYS = (*_TEXTS, "write")
_LARGEST = 1_000_000


@dataclass(frozen=True)
class Profile:
    """One account as the user named it."""

    name: str
    venue: str
    account: str
    base_url: str | None = None
    write: bool = False
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
    wanted = list(entries) if names is None else list(dict.fromkeys(names))
    for name in wanted:
        if name not in entries:
            raise ConfigError(f"there is no profile {name!r} in {path}; {suggestion(name, entries) or 'it has none'}")
    if not wanted:
        raise ConfigError(f"{path} holds no profiles; write [profiles.NAME]")
    return [_profile(name, entries[name]) for name in wanted]


def _tables(path: Path) -> dict[str, Any]:
    try:
        keys = tomllib.loads(_read(path).decode())
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


def _read(path: Path) -> bytes:
    """The file's bytes, after its owner and mode were checked on what was opened."""
    if path.is_symlink():  # for systems without O_NOFOLLOW
        raise ConfigError(f"{path} is a symbolic link, which is refused; put the file itself there")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise ConfigError(f"there is no profiles file at {path}") from None
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from None
    try:
        _check_owner(path, os.fstat(descriptor))
        content = os.read(descriptor, _LARGEST + 1)
    finally:
        os.close(descriptor)
    if len(content) > _LARGEST:
        raise ConfigError(f"{path}: larger than {_LARGEST:,} bytes")
    return content


def _check_owner(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{path} is not a file")
    if os.name == "nt":  # no such bits there; the folder is the user's own
        return
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise ConfigError(f"{path}: others can read or change your keys (mode {mode:04o}); run: chmod 600 {path}")
    if status.st_uid != os.geteuid():
        raise ConfigError(f"{path} belongs to another user, which is refused")


def _profile(name: str, entry: dict[str, Any]) -> Profile:
    where = f"profile {name!r}"
    for key in entry:
        if key not in _KEYS:
            raise ConfigError(f"{where}: there is no key {key!r}; {suggestion(key, _KEYS)}")
    if not isinstance(entry.get("write", False), bool):
        raise ConfigError(f"{where}: write must be true or false, without quotes")
    texts = {key: _text(where, key, entry[key]) for key in _TEXTS if key in entry}
    if "venue" not in texts:
        raise ConfigError(f"{where}: the key 'venue' is missing")
    return Profile(
        name=name,
        venue=texts["venue"],
        account=texts.get("account", name),
        base_url=texts.get("base_url"),
        write=entry.get("write", False),
        credentials={key: texts[key] for key in SECRETS if key in texts},
    )


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
    return found
