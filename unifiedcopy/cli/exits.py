"""Exit codes, and what an error means in words. One table each; scripts may rely on the codes."""

from __future__ import annotations

from enum import IntEnum

from .. import errors
from ..schema.sketch import SampleError


class Usage(Exception):
    """A wrong argument that only this command can see; nothing was sent."""


class Exit(IntEnum):
    """What the command ends with."""

    OK = 0
    INTERNAL = 1
    """A bug, here or in a plugin."""
    USAGE = 2
    PARTIAL = 3
    """Some accounts failed; they are named."""
    CONFIG = 4
    """Profiles, credentials, schema files, the stored history; also a key that the venue doesn't accept."""
    REFUSED = 5
    """The venue, or the check before it, said no: nothing was done."""
    UNKNOWN = 6
    """A write was sent and nobody knows whether the venue acted."""
    LATER = 7
    """Rate-limited, banned, or the venue can't be reached: nothing was done, later it may work."""
    DRIFT = 8
    """The venue's answer can't be read (whole); what can't be read is withheld."""
    GUARD = 9
    """Refused by a safety guard of yours."""
    INTERRUPTED = 130


TABLE: tuple[tuple[type[BaseException], Exit], ...] = (
    (Usage, Exit.USAGE),
    (errors.ConfigError, Exit.CONFIG),
    (errors.HistoryError, Exit.CONFIG),
    (errors.SchemaError, Exit.CONFIG),
    (errors.AuthenticationError, Exit.CONFIG),
    (errors.SafetyRefused, Exit.GUARD),
    (errors.OutcomeUnknown, Exit.UNKNOWN),
    (errors.BadResponse, Exit.DRIFT),
    (errors.InvalidNonce, Exit.REFUSED),
    (errors.NetworkError, Exit.LATER),
    (errors.OperationFailed, Exit.LATER),
    (errors.ExchangeError, Exit.REFUSED),
    (KeyboardInterrupt, Exit.INTERRUPTED),
    (Exception, Exit.INTERNAL),
)
"""Error class -> exit code; the first line that fits counts."""


def exit_code(error: BaseException) -> Exit:
    """The exit code of an error."""
    return exit_code_for(type(error), getattr(error, "outcome", None))


def exit_code_for(error: type[BaseException], outcome: errors.Outcome | None) -> Exit:
    """The exit code of an error of a class."""
    if issubclass(error, errors.BadRequest | errors.ArgumentsRequired) and outcome == "not_sent":
        return Exit.USAGE  # seen by the check of the arguments, the venue never heard of it
    return next((code for kind, code in TABLE if issubclass(error, kind)), Exit.INTERNAL)


def outcome_in_words(error: errors.UnifiedCopyError, look: str | None = None) -> str:
    """What is known about the venue's side; ``look``, set for a change, is the command that shows what was done."""
    if isinstance(error, errors.NotApplied):
        return "nothing was done: the venue's state shows it"
    if error.outcome == "rejected":
        return "the venue refused; nothing was done"
    if error.outcome == "not_sent":
        return "nothing was sent"
    if look is None and not isinstance(error, errors.OutcomeUnknown):
        return "nothing was changed: this only reads"
    return f"NOT KNOWN whether the venue acted: look{f' with {look}' if look else ''} before doing anything again"


ADVICE: tuple[tuple[type[errors.UnifiedCopyError], str], ...] = (
    (errors.OutcomeUnknown, "look at the state first; sending it again may do it twice"),
    (errors.NotApplied, "send it again if you still want it"),
    (errors.AccountNotEnabled, "use a key of an account of the kind that this API serves"),
    (errors.PermissionDenied, "give the key the permission that is missing (and its IP address), at the venue"),
    (
        errors.AuthenticationError,
        "check key, secret, passphrase: in the profile, or in UNIFIEDCOPY_<VENUE>_API_KEY and so on",
    ),
    (errors.ApiRetired, "use the successor that the message names"),
    (errors.NotSupported, "`unifiedcopy exchanges` shows what each API can do"),
    (errors.ArgumentsRequired, "pass what is missing; venue parameters go as --param name=value"),
    (errors.BadSymbol, "write symbols as BTC/USDT:USDT"),
    (errors.BadRequest, "correct the argument that the message names"),
    (errors.InsufficientFunds, "move money to the copy trading account, or use less"),
    (errors.PositionConflict, "close the open copies (or wait until the leader does), then try again"),
    (errors.InvalidTrigger, "choose a trigger that the price hasn't passed"),
    (errors.NotFollowing, "`unifiedcopy following` shows whom the account follows"),
    (errors.NotFound, "`unifiedcopy positions` shows what is open"),
    (errors.DDoSProtection, "stop asking for a while: the venue has banned this address for now"),
    (errors.RateLimitExceeded, "wait, then ask again"),
    (errors.InvalidNonce, "set this machine's clock"),
    (errors.NetworkError, "check the address and the network, then try again"),
    (errors.PartialResult, "the rows above could be read; report the others with their schema line"),
    (errors.BadResponse, "the venue may have changed its API: look for a newer version, or report it"),
    (errors.SchemaError, "correct the schema file"),
    (SampleError, "save the body of an answer as it came, and name that file with --from"),
    (errors.HistoryError, "look at the file or database that the message names; --history names another"),
    (errors.ConfigError, "`unifiedcopy exchanges` lists the venues; profiles are described under `unifiedcopy --help`"),
)


def advice(error: BaseException) -> str:
    """What to do next, empty where there is nothing to say."""
    return advice_for(type(error))


def advice_for(error: type[BaseException]) -> str:
    """What to do next after an error of a class."""
    return next((text for kind, text in ADVICE if issubclass(error, kind)), "")
