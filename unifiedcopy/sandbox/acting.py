"""When the venue acts, how often, for whom, and of what time its reads tell.

Without a fault and without a lag a request is simply carried out. All of it happens at once and needs no network, so
that a test may let a venue act without a server.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from copy import deepcopy

from .faults import Fault
from .limits import Limit, Usage
from .spoiling import spoiled
from .venue import VenueEmulator
from .wire import Answer, Request

NOTHING = Answer(200, b"{}")
"""What a fault works on when the venue has not acted."""
KEPT = 4
"""Answers to one path that a replay can reach."""


class Acting:
    """A venue that carries requests out, well or badly."""

    def __init__(self, emulator: VenueEmulator) -> None:
        self.emulator = emulator
        self.lag = 0.0
        """Seconds by which reads show an older state than writes see; writes that were carried out count at once."""
        self._past: deque[tuple[float, VenueEmulator]] = deque()
        self._told: defaultdict[tuple[str, str], deque[Answer]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._waiting: set[asyncio.TimerHandle] = set()

    def answer(self, request: Request, fault: Fault | None = None) -> Answer:
        """What is sent back, before it goes over the wire."""
        if fault is None:
            return self._remembered(request, self._carry_out(request))
        if fault.kind == "replay":
            return self._replayed(request, fault)
        true = self._acted(request, fault) if fault.executes else NOTHING
        return self._remembered(request, spoiled(fault, true, self.emulator.error, self._limited))

    async def done(self) -> None:
        """Wait until nothing is left to be done later."""
        while self._waiting:
            latest = max(handle.when() for handle in self._waiting)
            await asyncio.sleep(max(0, latest - asyncio.get_running_loop().time()) + 0.001)

    def close(self) -> None:
        """Forget what was to be done later."""
        for handle in self._waiting:
            handle.cancel()
        self._waiting.clear()

    def _acted(self, request: Request, fault: Fault) -> Answer:
        if fault.late:
            return self._acted_later(request, fault.late)
        emulator = self.emulator
        emulator.mistaken_for = fault.to if fault.kind == "other_account" else ""
        emulator.blind_to = fault.field if fault.kind == "ignore" else ""
        try:
            answer = self._carry_out(request)
        finally:
            emulator.mistaken_for = emulator.blind_to = ""
        if fault.kind == "twice":
            self._carry_out(request)
        return answer

    def _carry_out(self, request: Request) -> Answer:
        if not self.lag:
            return self.emulator.answer(request)
        if self.emulator.writes(request):
            self._past.append((time.monotonic(), twin(self.emulator)))
            return self.emulator.answer(request)
        return self._shown().answer(request)

    def _shown(self) -> VenueEmulator:
        """The venue as it was before the writes that reads don't show yet."""
        while self._past and self._past[0][0] <= time.monotonic() - self.lag:
            self._past.popleft()
        return self._past[0][1] if self._past else self.emulator

    def _acted_later(self, request: Request, seconds: float) -> Answer:
        """What the venue would say; it acts when the time has come."""

        def act() -> None:
            self._waiting.discard(handle)
            self._carry_out(request)

        handle = asyncio.get_running_loop().call_later(seconds, act)
        self._waiting.add(handle)
        return twin(self.emulator).answer(request)

    def _replayed(self, request: Request, fault: Fault) -> Answer:
        told = self._told[request.method, request.path]
        old = told[-fault.back] if len(told) >= fault.back else None
        true = self._acted(request, fault) if fault.executes else NOTHING
        return self._remembered(request, old or true)

    def _remembered(self, request: Request, answer: Answer) -> Answer:
        self._told[request.method, request.path].append(answer)
        return answer

    def _limited(self) -> Answer:
        limit = next((limit for route in self.emulator.routes for limit in route.limits), Limit("any", 1, 1))
        usage = Usage(limit, limit.count, -1, self.emulator.world.clock.now_ms() + limit.seconds * 1_000)
        return self.emulator.limit_exceeded(usage).with_headers(self.emulator.limit_headers(usage))


def twin(emulator: VenueEmulator) -> VenueEmulator:
    """The venue as it is now; what happens to it then is its own. Clock, switches and limits stay common."""
    common = (emulator.world.clock, emulator.options, emulator.limiter)
    return deepcopy(emulator, {id(one): one for one in common})
