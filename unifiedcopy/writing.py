"""How a write ends: a receipt, a proven refusal, or an outcome that is not known."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal

from . import errors
from .models import Receipt
from .request import Request
from .schema import Api
from .schema.model import Endpoint, as_param
from .schema.paths import at
from .transport import Reply


def receipt(
    api: Api,
    request: Request,
    answer: Any,
    alias: str | None,
    notes: tuple[str, ...],
    *,
    journal_id: int | None,
    confirmed_by: Literal["answer", "state"] = "answer",
) -> Receipt:
    """What the venue accepted, by its answer or by its state."""
    path = api.schema.endpoints[request.endpoint].ids
    ids = at(answer, path) if path else None
    listed = ids if isinstance(ids, list) else [] if ids in (None, "") else [ids]
    if not all(map(_is_id, listed)):
        listed, notes = [], (*notes, f"the venue accepted it; its ids can't be read at {path}")
    return Receipt(
        exchange=api.schema.id,
        account=alias,
        endpoint=request.endpoint,
        sent=request.sent,
        ids=tuple(str(entry) for entry in listed),
        notes=notes,
        received_at=int(time.time() * 1000),
        confirmed_by=confirmed_by,
        journal_id=journal_id,
    )


def _is_id(entry: Any) -> bool:
    if isinstance(entry, str):
        return bool(entry) and not entry.startswith(("[", "{"))
    return isinstance(entry, int) and not isinstance(entry, bool)


_BEFORE_ANYTHING = (errors.InvalidNonce, errors.RateLimitExceeded, errors.ApiRetired)
"""Refusals that a venue makes before it looks at what is asked; so is a wrong key, but not a missing right."""


def refused_in_part(endpoint: Endpoint, request: Request, error: errors.UnifiedCopyError) -> bool:
    """Whether a refusal may be about one thing of several while others were done: the answer doesn't tell."""
    several = endpoint.batch or len(request.sent.get(endpoint.rows or "", ())) > 1
    wrong_key = isinstance(error, errors.AuthenticationError) and not isinstance(error, errors.PermissionDenied)
    return several and error.outcome == "rejected" and not (wrong_key or isinstance(error, _BEFORE_ANYTHING))


def filled_in(endpoint: Endpoint, values: Mapping[str, Any]) -> list[str]:
    """What a change of existing settings sends that the caller did not say: it may undo what was set before."""
    if endpoint.mode != "amend-only":
        return []
    specs = {name: as_param(param) for name, param in endpoint.params.items()}
    return [
        f"{name} was not given and is sent as {spec.default}"
        for name, spec in specs.items()
        if spec.default is not None and name not in values
    ]


def unknown(reason: errors.UnifiedCopyError) -> errors.OutcomeUnknown:
    """The error of a write whose end is not known."""
    return errors.OutcomeUnknown(
        f"the request was sent and its outcome is not known ({type(reason).__name__}: {reason.message}); "
        "read the state before doing anything again",
        reason=reason,
        exchange=reason.exchange,
        endpoint=reason.endpoint,
        code=reason.code,
        http_status=reason.http_status,
        retry_after=reason.retry_after,
    )


class told:  # noqa: N801 (it reads as the word that it is)
    """Errors raised inside carry what the answer's headers said about waiting."""

    __slots__ = ("_reply",)

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, errors.UnifiedCopyError):
            error.retry_after = error.retry_after or self._reply.retry_after
