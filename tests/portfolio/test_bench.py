"""The benchmark of thousands of accounts, with a few: it reads what it says it reads."""

from tests.bench import scale
from tests.bench.server import served


async def test_every_account_is_read_and_the_sockets_are_bounded():
    with served(0.0, *(f"{venue}:{scale.EACH}" for venue in scale.VENUES)) as pages:
        addresses = {name.partition(":")[0]: address for name, address in pages.items()}
        found = await scale.measure(4, addresses, rounds=1)

    assert found["sockets"] <= 4 * 3 * 2
    assert found["requests"] >= 4 * 4 * 2
    assert len(found["ours"]) == len(found["bare"]) == 1
