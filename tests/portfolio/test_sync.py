"""The portfolio without ``async``."""

import inspect
import threading

import pytest

from tests.portfolio.venues import OK, account, venue_api
from unifiedcopy import sync
from unifiedcopy.portfolio import Portfolio


def test_the_facade_takes_the_same_arguments():
    for name in ("__init__", "snapshot", "positions", "leaders", "watch", "known"):
        plain, facade = getattr(Portfolio, name), getattr(sync.Portfolio, name)

        assert list(inspect.signature(facade).parameters) == list(inspect.signature(plain).parameters)
        assert [one.default for one in inspect.signature(facade).parameters.values()] == [
            one.default for one in inspect.signature(plain).parameters.values()
        ]


@pytest.fixture
def served():
    """A venue in a thread of its own, as the facade's callers have no loop."""
    import asyncio

    from tests.portfolio.venues import Moody

    loop, venue = asyncio.new_event_loop(), Moody()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(venue.__aenter__(), loop).result(5)
    yield venue
    asyncio.run_coroutine_threadsafe(venue.__aexit__(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_reading_and_watching_work_without_a_loop(served, tmp_path):
    one = sync.SyncExchange(account(served, venue_api(tmp_path, "red"), "ok"))
    with sync.Portfolio([one], deadline=5) as portfolio:
        assert portfolio.snapshot().coverage.complete
        assert len(portfolio.positions()) == len(portfolio.known().positions) == len(portfolio) == 1
        served.answers["ok"] = {"code": 0, "data": [{**OK["data"][0], "size": "2"}]}
        events = portfolio.watch(every=0.05)

        assert next(events).kind == "increased"
        events.close()
