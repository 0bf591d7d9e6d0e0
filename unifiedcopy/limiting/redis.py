"""Windows and bans of several hosts, in Redis (extra ``redis``), on its clock: theirs may differ.

Hosts with addresses of their own name them in the address's fragment, ``redis://cache/0#frankfurt``: limits and bans of
an address then hold for each name alone. Without names all hosts count as one address.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable
from itertools import count
from secrets import token_hex
from typing import Any

from .store import ARRIVAL, Claim, Stop, StoreTrouble, Taken, Wait

_PREFIX = "{unifiedcopy}:limits"  # one slot of a cluster: a script works on several keys
_PATIENCE = 2.0
"""Seconds for an answer of Redis."""
_NOW = "local time = redis.call('TIME') local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"
_TAKE = """
local windows, ahead, name = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local longest, reason = 0, ''
for i = windows + 1, #KEYS do
  local stop = redis.call('HMGET', KEYS[i], 'until', 'reason')
  if stop[1] and tonumber(stop[1]) - now > longest then
    longest, reason = tonumber(stop[1]) - now, stop[2]
  end
end
if longest > 0 then return {longest, reason} end
for i = 1, windows do
  local most, span, weight = tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2]), tonumber(ARGV[3 * i + 3])
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - span)
  local over = redis.call('ZCARD', KEYS[i]) + weight - most
  if over > 0 then
    local at = tonumber(redis.call('ZRANGE', KEYS[i], over - 1, over - 1, 'WITHSCORES')[2])
    longest = math.max(longest, math.min(at, now) + span - now)  -- what is on the way is not old before that
  end
end
if longest > 0 then return {longest, ''} end
for i = 1, windows do
  for unit = 1, tonumber(ARGV[3 * i + 3]) do
    redis.call('ZADD', KEYS[i], now + ahead, name .. ':' .. unit)
  end
  redis.call('PEXPIRE', KEYS[i], tonumber(ARGV[3 * i + 2]) + ahead)
end
return {0, ''}
"""
_LAND = """
for i = 1, #KEYS do
  for unit = 1, tonumber(ARGV[i + 1]) do
    redis.call('ZADD', KEYS[i], 'XX', now, ARGV[1] .. ':' .. unit)
  end
end
"""
_STOP = """
local stands = tonumber(redis.call('HGET', KEYS[1], 'until') or '0')
if now + ARGV[1] > stands then
  redis.call('HSET', KEYS[1], 'until', now + ARGV[1], 'length', ARGV[1], 'reason', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], 3 * ARGV[1] + 60000)
end
"""
_STOPPED = """
local stop = redis.call('HMGET', KEYS[1], 'until', 'length', 'reason')
return stop[1] and {stop[1] - now, tonumber(stop[2]), stop[3]} or false
"""


class RedisStore:
    """A client of this event loop.

    Raises:
        ConfigError: without the extra, or with an address that is none.
    """

    def __init__(self, address: str) -> None:
        self._client = client_of(address)
        self._take, self._land, self._stop, self._stopped = (
            self._client.register_script(_NOW + script) for script in (_TAKE, _LAND, _STOP, _STOPPED)
        )
        self._name, self._numbers = token_hex(8), count()

    async def take(self, claims: tuple[Claim, ...], stops: Iterable[str]) -> Taken | Wait:
        name = f"{self._name}-{next(self._numbers)}"
        figures = [part for claim in claims for part in (claim.most, _ms(claim.seconds), claim.weight)]
        keys = [*(f"window:{claim.key}" for claim in claims), *(f"stop:{key}" for key in stops)]
        wait, reason = await self._run(self._take, keys, [len(claims), _ms(ARRIVAL), name, *figures])
        return Wait(int(wait) / 1000, reason) if int(wait) > 0 else Taken(self, claims, name, 0.0)

    async def land(self, taken: Taken) -> None:
        keys = [f"window:{claim.key}" for claim in taken.claims]
        await self._run(self._land, keys, [taken.id, *(claim.weight for claim in taken.claims)])

    async def stop(self, key: str, seconds: float, reason: str) -> None:
        await self._run(self._stop, [f"stop:{key}"], [_ms(seconds), reason])

    async def stopped(self, key: str) -> Stop | None:
        found = await self._run(self._stopped, [f"stop:{key}"], [])
        return Stop(int(found[0]) / 1000, int(found[1]) / 1000, found[2]) if found else None

    async def close(self) -> None:
        await self._client.aclose()

    async def _run(self, script: Callable[..., Awaitable[Any]], keys: list[str], arguments: list[Any]) -> Any:
        from redis.exceptions import RedisError  # noqa: PLC0415 (of the extra)

        trouble = ""
        try:
            return await script(keys=[f"{_PREFIX}:{key}" for key in keys], args=arguments)
        except (RedisError, OSError) as error:
            trouble = type(error).__name__
        # Raised out here, and without its words: the library's errors may hold the address with its password.
        raise StoreTrouble(f"limits: Redis can't be used ({trouble}); is it there, and is the address right?")


def client_of(address: str) -> Any:
    """A client that decodes text, and that gives up soon."""
    try:
        from redis.asyncio import Redis  # noqa: PLC0415 (of the extra)
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
    except ImportError:
        raise StoreTrouble("limits: Redis needs the extra: pip install 'unifiedcopy[redis]'") from None
    client = None
    with contextlib.suppress(ValueError, TypeError):  # whose words repeat the address
        client = Redis.from_url(
            address.partition("#")[0],
            decode_responses=True,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            retry=Retry(NoBackoff(), 1),
        )
    if client is None:
        raise StoreTrouble("limits: this is no address of Redis, such as redis://host:6379/0 (it is not shown)")
    return client


def _ms(seconds: float) -> int:
    return int(seconds * 1000) + 1
