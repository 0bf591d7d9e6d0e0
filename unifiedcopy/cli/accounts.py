"""From the options to accounts, and one read over many of them."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from .. import errors
from ..driven import DrivenExchange
from ..errors import ConfigError
from ..models import utc
from ..page import Page
from ..registry import connect, find
from ..secret import masked
from .exits import Exit, Usage
from .options import Accounts, Consent
from .output import Output, error_document
from .profiles import SECRETS, Profile, load_profiles, profile_names
from .state import state_folder


@dataclass(frozen=True)
class Source:
    """An account to use, and whether it came from a profile or from the environment."""

    profile: Profile
    from_environment: bool = False
    allow_hooks: bool = False
    passing: bool = False
    """Whether it leaves nothing behind, as the demo's accounts."""

    @property
    def label(self) -> str:
        """What the user calls it."""
        return self.profile.account

    @property
    def where(self) -> str:
        """The same with the venue: one name may stand for an account at each."""
        return f"{self.label} at {self.profile.venue}"

    @property
    def options(self) -> str:
        """The options that name it again, for commands in messages."""
        hooks = " --allow-hooks" if self.allow_hooks else ""
        if not self.from_environment:
            return f"--profile {self.profile.name}{hooks}"
        address = f" --base-url {self.profile.base_url}" if self.profile.base_url else ""
        return f"--venue {self.profile.venue}{address}{hooks}"

    def may_write(self, flag: bool) -> bool:
        """A profile says itself where it may; the environment needs the flag on the command."""
        return flag if self.from_environment else self.profile.write is not None

    def connect(self, out: Output, consent: Consent | None = None, *, write: bool = False) -> DrivenExchange:
        """The account's exchange, which only reads without a consent. Commands that run at once share venues' limits
        in the state folder, where writes are logged too.

        Warnings go to stderr, secrets are veiled from here on.
        """
        profile = self.profile
        options: dict[str, Any] = {**profile.credentials, "write": write}
        options |= {} if self.passing else {"journal": state_folder()}
        out.hide(profile.credentials.values())
        if consent is not None:
            options |= {"write": self.may_write(consent.write), "read_lag": consent.read_lag, "caps": profile.caps}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            exchange = connect(
                profile.venue,
                **options,
                account=profile.account,
                base_url=profile.base_url,
                test_network=profile.demo,
                allow_hooks=self.allow_hooks,
            )
        for warning in caught:
            out.warn(str(warning.message))
        return exchange


def sources(chosen: Accounts) -> list[Source]:
    """Every account that the options name.

    Raises:
        Usage: none, or two ways at once.
        ConfigError: the profiles file or the venue is wrong.
    """
    ways = [bool(chosen.profile), chosen.every, chosen.venue is not None]
    if sum(ways) != 1:
        raise Usage("say which account: --profile NAME, --all, or --venue ID" + (", one of them" if any(ways) else ""))
    if chosen.venue is not None:
        profile = _environment(chosen.venue, chosen.base_url)
        return [Source(profile, from_environment=True, allow_hooks=chosen.allow_hooks)]
    if chosen.base_url is not None:
        raise Usage("--base-url goes with --venue; a profile has its own base_url")
    profiles = load_profiles(None if chosen.every else chosen.profile)
    return [Source(profile, allow_hooks=chosen.allow_hooks) for profile in profiles]


def named_sources(chosen: Accounts) -> list[tuple[str, Source | ConfigError]]:
    """As ``sources``, but what is wrong with one profile stands in its place, by its name.

    Raises:
        Usage: none, or two ways at once.
        ConfigError: the profiles file can't be read.
    """
    if not (chosen.profile or chosen.every) or (chosen.profile and chosen.every) or chosen.venue or chosen.base_url:
        return [(source.profile.name, source) for source in sources(chosen)]
    names = list(dict.fromkeys(chosen.profile or profile_names()))
    return [(name, _named_source(name, chosen)) for name in names]


def _named_source(name: str, chosen: Accounts) -> Source | ConfigError:
    try:
        return Source(load_profiles([name])[0], allow_hooks=chosen.allow_hooks)
    except ConfigError as error:
        return error


def one_source(out: Output, chosen: Accounts) -> Source:
    """The one account of a command that changes something."""
    found = sources(chosen)
    if len(found) != 1 or chosen.every:
        raise Usage("this command takes one account: --profile NAME, or --venue ID")
    out.account = found[0].label
    return found[0]


def variables(venue: str) -> dict[str, str]:
    """The environment variables of a venue, by credential."""
    name = venue.partition("/")[0].upper()
    return {key: f"UNIFIEDCOPY_{name}_{key.upper()}" for key in SECRETS}


def _environment(venue: str, base_url: str | None) -> Profile:
    found = {key: os.environ.get(variable) for key, variable in variables(find(venue).id).items()}
    credentials = {key: value for key, value in found.items() if value}
    return Profile(venue, venue, "environment", base_url, credentials=masked(credentials))


@dataclass
class Read:
    """What one account answered."""

    source: Source
    page: Page[Any] | None = None
    error: BaseException | None = None

    @property
    def whole(self) -> bool:
        return self.error is None

    def document(self) -> dict[str, Any]:
        """For machines."""
        profile = self.source.profile
        known = {"venue": profile.venue, "account": profile.account, "ok": self.whole}
        if self.page is not None:
            known |= {"rows": len(self.page), "withheld": self.page.unread}
            known |= {"received_at": self.page.received_at, "drift": self.page.drift}
            known |= {"covers": self.page.covers} if self.page.covers else {}
        return known if self.error is None else {**known, "error": error_document(self.error, profile.account)}


Ask = Callable[[DrivenExchange], Awaitable[Page[Any]]]


async def read_all(out: Output, accounts: list[Source], ask: Ask) -> list[Read]:
    """The same question to every account at once. An account that fails doesn't take the others with it."""

    async def one(source: Source) -> Read:
        try:
            async with source.connect(out) as exchange:
                return Read(source, await ask(exchange))
        except errors.PartialResult as error:
            return Read(source, error.page, error)
        except Exception as error:  # told by account, below
            return Read(source, error=error)

    return list(await asyncio.gather(*(one(source) for source in accounts)))


def conclude(out: Output, reads: list[Read]) -> Exit:
    """Says which accounts failed and what they didn't understand, and what the command ends with."""
    failed = [read for read in reads if read.error is not None]
    for read in reads:
        for found in read.page.drift if read.page is not None else ():
            out.warn(f"{read.source.where}: not in the schema: {found}")
        if read.page is not None and read.page.covers:
            begin, end = (f"{utc(moment):%Y-%m-%d %H:%M}" for moment in read.page.covers)
            out.say(f"{read.source.where}: from {begin} to {end} UTC; the venue tells no more at once")
    codes = [out.fail(read.error, read.source.label) for read in failed if read.error is not None]
    if len(reads) > 1:
        names = f"; failed: {_names(failed)}" if failed else ""
        out.say(f"{len(reads) - len(failed)} of {len(reads)} accounts ok{names}")
    if not failed:
        return Exit.OK
    return codes[0] if len(failed) == len(reads) else Exit.PARTIAL


def _names(reads: list[Read]) -> str:
    return ", ".join(read.source.where for read in reads)
