"""Every error of the library, drawn.

The names are ccxt's where ccxt has one; what is new says what happened to a *write*.

    UnifiedCopyError                 everything that the library raises on purpose
    ├─ ExchangeError                 the venue (or the check before it) said no: asking again changes nothing
    │  ├─ AuthenticationError        key, secret, passphrase, signature
    │  │  └─ PermissionDenied        the key is right, but may not do this
    │  │     └─ AccountNotEnabled    the account is of the wrong kind for this API
    │  ├─ ArgumentsRequired          something is missing in the call
    │  ├─ BadRequest                 an argument is wrong; the message names it
    │  │  └─ BadSymbol
    │  ├─ NotSupported               the venue's API has no such thing (raised before any request)
    │  │  └─ ApiRetired              the venue has switched this API off
    │  ├─ InsufficientFunds
    │  └─ OperationRejected          understood, and refused
    │     ├─ LeaderUnavailable       unknown, suspended, or closed to this account
    │     │  └─ LeaderFull
    │     ├─ AlreadyFollowing
    │     ├─ NotFollowing
    │     ├─ PositionConflict        open positions or orders stand in the way
    │     ├─ InvalidTrigger          take profit or stop loss out of range
    │     └─ NotFound                no such position, order or account
    ├─ OperationFailed               it did not work out: for a read, asking again may help
    │  ├─ NetworkError
    │  │  ├─ RequestTimeout
    │  │  ├─ RateLimitExceeded
    │  │  │  └─ DDoSProtection       a firewall or a ban, not the API
    │  │  ├─ InvalidNonce            the clocks disagree
    │  │  └─ ExchangeNotAvailable
    │  │     └─ OnMaintenance
    │  ├─ BadResponse                the answer can't be read
    │  │  ├─ NullResponse            the answer holds nothing where a list must stand
    │  │  ├─ StaleResponse           the answer is older than the question
    │  │  └─ SchemaDrift             the answer has another shape than the schema says
    │  │     └─ PartialResult        some rows can't be read; ``.page`` holds the others
    │  └─ NotApplied                 a write's answer was lost, and the state read back shows that nothing was done
    ├─ OutcomeUnknown                a write was sent and nobody knows whether the venue acted: look before acting
    ├─ SafetyRefused                 refused here, by a guard of yours (read-only, caps, kill switch, same write open)
    ├─ SchemaError                   a schema file is wrong; the message lists every problem with its line
    ├─ ConfigError                   profiles, credentials, options
    └─ HistoryError                  the stored history can't be opened, read or written

``outcome`` tells what is known about the venue's side: ``not_sent`` (it never left), ``rejected`` (the venue
proved that it did nothing, by its answer or by its state) or ``unknown``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .page import Page

Outcome = Literal["not_sent", "rejected", "unknown"]


class UnifiedCopyError(Exception):
    """What went wrong, where, and whether the venue acted."""

    def __init__(
        self,
        message: str,
        *,
        outcome: Outcome = "not_sent",
        exchange: str | None = None,
        endpoint: str | None = None,
        code: str | None = None,
        http_status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.outcome = outcome
        self.exchange = exchange
        """Schema id such as ``<venue>/<api>``."""
        self.endpoint = endpoint
        self.code = code
        """The venue's own code, as text."""
        self.http_status = http_status
        self.retry_after = retry_after
        """Seconds that the venue asks to wait, None when it doesn't say."""
        self.journal_id: int | None = None
        """The number of the write in the write log, for errors of a write that got there."""

    def __str__(self) -> str:
        where = " ".join(part for part in (self.exchange, self.endpoint) if part)
        said = [f"code {self.code}"] if self.code else []
        said += [f"HTTP {self.http_status}"] if self.http_status else []
        text = f"{where}: {self.message}" if where else self.message
        return f"{text} ({', '.join([*said, f'outcome {self.outcome}'])})" if said or where else text

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.message, self.__dict__)


def _restore(cls: type[UnifiedCopyError], message: str, state: dict[str, Any]) -> UnifiedCopyError:
    error = cls.__new__(cls, message)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class ExchangeError(UnifiedCopyError): ...


class AuthenticationError(ExchangeError): ...


class PermissionDenied(AuthenticationError): ...


class AccountNotEnabled(PermissionDenied): ...


class ArgumentsRequired(ExchangeError): ...


class BadRequest(ExchangeError): ...


class BadSymbol(BadRequest): ...


class NotSupported(ExchangeError): ...


class ApiRetired(NotSupported): ...


class InsufficientFunds(ExchangeError): ...


class OperationRejected(ExchangeError): ...


class LeaderUnavailable(OperationRejected): ...


class LeaderFull(LeaderUnavailable): ...


class AlreadyFollowing(OperationRejected): ...


class NotFollowing(OperationRejected): ...


class PositionConflict(OperationRejected): ...


class InvalidTrigger(OperationRejected): ...


class NotFound(OperationRejected): ...


class OperationFailed(UnifiedCopyError): ...


class NetworkError(OperationFailed): ...


class RequestTimeout(NetworkError): ...


class RateLimitExceeded(NetworkError): ...


class DDoSProtection(RateLimitExceeded): ...


class InvalidNonce(NetworkError): ...


class ExchangeNotAvailable(NetworkError): ...


class OnMaintenance(ExchangeNotAvailable): ...


class BadResponse(OperationFailed): ...


class NullResponse(BadResponse): ...


class StaleResponse(BadResponse): ...


class SchemaDrift(BadResponse): ...


class NotApplied(OperationFailed): ...


class PartialResult(SchemaDrift):
    """Some rows of an answer could not be read; the good ones are in ``page``, the others in ``page.withheld``."""

    def __init__(self, message: str, *, page: Page[Any], **details: Any) -> None:
        super().__init__(message, **details)
        self.page = page


class OutcomeUnknown(UnifiedCopyError):
    """A write left this machine and its end is not known; ``reason`` is what came instead of an answer."""

    def __init__(self, message: str, *, reason: UnifiedCopyError | None = None, **details: Any) -> None:
        super().__init__(message, outcome="unknown", **details)
        self.reason = reason


class SafetyRefused(UnifiedCopyError): ...


class SchemaError(UnifiedCopyError): ...


class ConfigError(UnifiedCopyError): ...


class HistoryError(UnifiedCopyError):
    """The stored history can't be opened, read or written; of what failed to be written, nothing is stored."""


def by_name(name: str) -> type[UnifiedCopyError] | None:
    """The class that a schema's error table means; None when there is no such name."""
    found = globals().get(name)
    return found if isinstance(found, type) and issubclass(found, UnifiedCopyError) else None
