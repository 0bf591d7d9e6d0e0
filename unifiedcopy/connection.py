"""The request path: limits, clock, signature, transport, and what may be asked again.

Reads are repeated when that can help; a write is repeated only when it provably never left, or when the venue proved
that it refused the timestamp. Nothing is ever sent twice to find out.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from weakref import WeakKeyDictionary

from . import errors
from .clock import Clock
from .limiting import PATIENCE, Limits, urgent
from .limiting.shapes import Shapes
from .limiting.shared import Where
from .redaction import Redaction
from .request import Request, build
from .roundtrip import Deadlines
from .schema import Api
from .schema.kinds import EARLIEST, LATEST, TIME_SCALES
from .schema.model import Endpoint
from .schema.paths import at
from .secret import Credentials
from .signing import Signed, Signer, unsigned
from .transport import Reply, Transport

T = TypeVar("T")
Parse = Callable[[Reply], T]
Leaving = Callable[[], None]
"""Called right before a write leaves; what it raises stops it."""
_log = logging.getLogger("unifiedcopy")
for _logger in (_log, logging.getLogger("stamina")):
    _logger.addHandler(logging.NullHandler())  # a library talks only to a program that listens
ATTEMPTS = 3
_clocks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Clock]] = WeakKeyDictionary()


class Connection:
    """One account at one origin. A portfolio holds tens of thousands of them."""

    __slots__ = (
        "_clock_here", "_headers", "_limits", "_loop", "_signers",
        "api", "credentials", "origin", "redaction", "test_network", "transport",
    )  # fmt: skip

    def __init__(
        self,
        api: Api,
        credentials: Credentials,
        origin: str,
        deadlines: Deadlines,
        *,
        test_network: bool = False,
        limits: Where = None,
    ) -> None:
        self.api, self.credentials, self.origin, self.test_network = api, credentials, origin, test_network
        more = api.schema.hosts.test_headers if test_network else None
        self._headers = {**api.schema.headers, **more} if more else api.schema.headers
        self.redaction = Redaction(credentials)
        shapes = api.kept.get("limits") or api.kept.setdefault("limits", Shapes(api.schema))
        self._limits = Limits(api.schema, origin, credentials, limits, shapes)
        self.transport = Transport(origin, api.schema.id, deadlines, heard=shapes.heard)
        self._signers: tuple[Signer, ...] = ()
        """One, as a rule, which a table would be large for."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clock_here: Clock | None = None
        """Of that loop."""

    @property
    def network(self) -> tuple[str, bool]:
        """What is learned from one network is no fact of another, also where both have one address."""
        return self.origin, self.test_network

    async def ask(self, request: Request, parse: Parse[T], leaving: Leaving | None = None) -> T:
        """Sends a request and reads its answer; it is a write when ``leaving`` is given.

        Raises:
            UnifiedCopyError: with ``outcome``.
        """
        again = _read_again if leaving is None else _write_again
        try:
            return await self._once_with_clock(request, parse, leaving)
        except Exception as error:
            self.redaction.clean(error)
            if not isinstance(error, errors.UnifiedCopyError) or not again(error):
                raise
            first: errors.UnifiedCopyError | None = error
        import stamina  # noqa: PLC0415 (slow to import, and a retry costs more than most requests: few need one)

        async for attempt in stamina.retry_context(
            on=again, attempts=ATTEMPTS, wait_initial=0.1, wait_max=1.0, wait_jitter=0.1, timeout=None
        ):
            with attempt, self._cleaned():  # inside of the attempt: it logs the error of each
                if first is not None:  # the one above, which counts
                    failed, first = first, None
                    raise failed
                return await self._once_with_clock(request, parse, leaving)
        raise AssertionError("unreachable")

    def sign(self, request: Request) -> Signed:
        """The request as it would go out now."""
        return self._signed(request, self.api.schema.endpoints[request.endpoint], self._clock())

    def _signed(self, request: Request, endpoint: Endpoint, clock: Clock) -> Signed:
        if endpoint.sign == "none":
            return unsigned(request, self._headers)
        return self._signer(endpoint.sign).sign(request, clock.stamp(), sign_body=endpoint.sign_body)

    async def close(self) -> None:
        await self._limits.close()
        await self.transport.close()

    async def _once_with_clock(self, request: Request, parse: Parse[T], leaving: Leaving | None) -> T:
        """Once, and once more with a new signature when the venue refused the timestamp."""
        endpoint, clock = self.api.schema.endpoints[request.endpoint], self._clock()
        if endpoint.sign != "none" and clock.stale:
            await self.sync_clock()
        taken = clock.taken
        try:
            return await self._once(request, parse, leaving)
        except errors.InvalidNonce as error:
            if error.outcome != "rejected" or self.api.schema.clock is None:
                raise
            if clock.taken == taken:  # else another request has asked for the time meanwhile
                await self.sync_clock()
            if (trouble := clock.trouble) is not None:
                error.message += f"; and the venue's time can't be read ({trouble})"
                raise
            return await self._once(request, parse, leaving)

    async def _once(self, request: Request, parse: Parse[T], leaving: Leaving | None = None) -> T:
        name, writes, clock = request.endpoint, leaving is not None, self._clock()
        endpoint = self.api.schema.endpoints[name]
        taken = await self._limits.enter(name, writes=writes)
        try:
            signed = self._signed(request, endpoint, clock)
            asked_at = clock.now() if clock.known and self.api.schema.clock is not None else None
            if leaving is not None:
                leaving()
            reply = await self.transport.send(name, signed, writes=writes, max_bytes=endpoint.max_bytes)
            body = self.redaction.data(reply.body, signature=signed.signature)
            reply = Reply(reply.status, body, reply.retry_after, reply.received_at, reply.headers, asked_at)
        finally:
            await self._limits.leave(taken)
        if reply.headers and reply.retry_after is None:  # a time to wait that is said outright counts alone
            await self._limits.told(name, reply.headers, clock.now())
        try:
            try:
                return parse(reply)
            except errors.StaleResponse:
                later = await self._asked_later(reply, clock)
                if later is None:
                    raise
                return parse(later)
        except errors.RateLimitExceeded as error:
            await self._limits.refused(name, error, reply.retry_after, reply.headers, clock.now())
            raise

    async def _asked_later(self, reply: Reply, clock: Clock) -> Reply | None:
        """Before an answer is called too old, the venue's clock is asked: ours may have run ahead. None without one."""
        before = clock.offset
        await self.sync_clock()
        if reply.asked_at is None or not clock.known:
            return None
        return reply._replace(asked_at=reply.asked_at + int(clock.offset - before))

    @contextmanager
    def _cleaned(self) -> Iterator[None]:
        """No error from here on holds a secret, whatever the venue's answer repeats."""
        try:
            yield
        except Exception as error:
            self.redaction.clean(error)
            raise

    # -- the venue's time -----------------------------------------------------------------------------------------

    async def sync_clock(self) -> None:
        """Takes the venue's time, once for all who wait for it; without an answer the local time serves."""
        if self.api.schema.clock is None:
            return
        clock = self._clock()
        if clock.syncing is None or clock.syncing.done():
            clock.syncing = asyncio.ensure_future(self._sync(clock))
        await asyncio.shield(clock.syncing)

    async def skew(self) -> int | None:
        """Milliseconds that the local clock is ahead of the venue's, read anew; None when the venue tells no time."""
        if self.api.schema.clock is None:
            return None
        await self.sync_clock()
        clock = self._clock()
        if clock.trouble is not None:
            raise clock.trouble
        return round(time.time() * 1000 - clock.now())

    async def _sync(self, clock: Clock) -> None:
        clock.trouble = None
        try:
            await clock.sync(self._venue_time)
        except errors.UnifiedCopyError as error:
            clock.trouble = error
            _log.info(
                "%s: the venue's clock can't be read, the local one serves (%s)",
                self.api.schema.id,
                type(error).__name__,
            )
            clock.give_up()

    async def _venue_time(self) -> int:
        spec = self.api.schema.clock
        assert spec is not None  # noqa: S101 (sync_clock asked)
        request = build(self.api.schema.id, spec.endpoint, self.api.schema.endpoints[spec.endpoint], {})
        with urgent():  # a write may wait for it
            return await self._once(request, self._read_time)

    def _read_time(self, reply: Reply) -> int:
        spec = self.api.schema.clock
        assert spec is not None  # noqa: S101 (sync_clock asked)
        endpoint = self.api.schema.endpoints[spec.endpoint]
        told = at(self.api.verdict.check(spec.endpoint, endpoint, reply.body, reply.status), spec.time)
        times, by = TIME_SCALES[spec.unit]
        try:
            moment = int(str(told)) * times // by
            if EARLIEST <= moment < LATEST:
                return moment
            raise ValueError(moment)
        except ValueError:
            raise errors.BadResponse(
                "the venue's time is none", exchange=self.api.schema.id, endpoint=spec.endpoint
            ) from None

    def _clock(self) -> Clock:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a preview outside of a loop: the local time will do
            return Clock()
        if self._loop is not loop or self._clock_here is None:
            self._loop, self._clock_here = loop, _clocks.setdefault(loop, {}).setdefault(self.origin, Clock())
        return self._clock_here

    def _signer(self, name: str) -> Signer:
        schema = self.api.schema
        for signer in self._signers:
            if signer.signing is schema.signing[name]:
                return signer
        missing = self.credentials.missing(list(schema.credentials))
        if missing:
            raise errors.AuthenticationError(
                f"this call is signed and needs {', '.join(missing)}; pass them to connect()", exchange=schema.id
            )
        made = Signer(schema.signing[name], self.credentials, schema.id, self._headers)
        self._signers = (*self._signers, made)
        return made


def _read_again(error: Exception) -> bool | float:
    """Whether a failed read is asked again, or after how many seconds."""
    if isinstance(error, errors.DDoSProtection | errors.InvalidNonce) or not isinstance(error, errors.NetworkError):
        return False
    if error.retry_after is not None:  # also the ban that nothing is sent in
        return error.retry_after if error.retry_after <= PATIENCE else False
    return True


def _write_again(error: Exception) -> bool:
    """A write is sent again only when it provably never left this machine, and not because of a ban."""
    if isinstance(error, errors.RateLimitExceeded):
        return False
    return isinstance(error, errors.NetworkError) and error.outcome == "not_sent"
