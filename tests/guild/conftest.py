"""The invented venue with leaders and contracts, and a client of it."""

import pytest

from tests.guild.venue import Guild
from unifiedcopy import contracts


@pytest.fixture
async def venue():
    contracts._lists.clear()
    async with Guild() as scripted:
        yield scripted


@pytest.fixture
async def ex(venue, guild):
    async with venue.exchange(guild) as exchange:
        yield exchange
