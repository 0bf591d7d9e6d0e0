"""What tests share: the invented venues, one that says what a test tells it, and the option to install npm's."""

from collections.abc import AsyncIterator

import pytest

from tests.schemas import GUILD, api_of
from tests.venue import ScriptedVenue
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.schema import Api


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--npm", action="store_true", help="run the tests that install npm packages from the network")


@pytest.fixture(scope="session")
def plain_api(tmp_path_factory) -> Api:
    return api_of(tmp_path_factory.mktemp("plain"))


@pytest.fixture
def plain(plain_api) -> Api:
    """With readers of its own: a reader remembers how its venue writes numbers."""
    return Api(plain_api.schema, plain_api.document)


@pytest.fixture(scope="session")
def guild_api(tmp_path_factory) -> Api:
    return api_of(tmp_path_factory.mktemp("guild"), GUILD, "guild")


@pytest.fixture
def guild(guild_api) -> Api:
    return Api(guild_api.schema, guild_api.document)


@pytest.fixture
async def venue() -> AsyncIterator[ScriptedVenue]:
    """Answers what a test says, over a real socket."""
    async with ScriptedVenue() as scripted:
        yield scripted


@pytest.fixture
async def ex(venue, plain) -> AsyncIterator[DrivenExchange]:
    async with venue.exchange(plain) as exchange:
        yield exchange
