"""How a user says where limits are kept."""

import sys

import pytest

import unifiedcopy as uc
from unifiedcopy import errors
from unifiedcopy.limiting import Limits
from unifiedcopy.limiting.store import Taken
from unifiedcopy.schema.model import Endpoint, Host, Limit, Schema
from unifiedcopy.secret import Credentials


@pytest.mark.parametrize(
    "wrong", ["memory", "http://user:hunter2@host", "", 5, b"redis://", "redis://u:hunter2@h:port/0"]
)
def test_what_is_no_address_of_a_redis_is_refused_and_not_repeated(wrong):
    with pytest.raises(errors.ConfigError, match="limits: ") as caught:
        uc.connect("toobit", limits=wrong)

    assert "hunter2" not in f"{caught.value!r} {caught.value.__context__}"


def test_without_the_extra_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)

    with pytest.raises(errors.ConfigError, match=r"pip install 'unifiedcopy\[redis\]'"):
        uc.connect("toobit", limits="redis://localhost")


async def test_hosts_that_name_their_address_share_the_accounts_windows_alone(redis):
    spec = Schema(
        1, "p/1", "P", "s", Host(["https://p.example"]),
        {name: Endpoint("GET", f"/{name}", "s", limits=[name]) for name in ("uid", "ip")},
        limits={"uid": Limit(1, 60, "uid"), "ip": Limit(1, 60, "ip")},
    )  # fmt: skip
    hosts = [
        Limits(spec, "https://p.example", Credentials("k", "s"), f"{redis}?db=14#{name}") for name in ("here", "there")
    ]

    async def passes(limits, name) -> bool:
        return isinstance(await limits._asked(limits._open().store, limits._shapes.route(name, "read")), Taken)

    assert [await passes(limits, "ip") for limits in hosts] == [True, True]
    assert [await passes(limits, "uid") for limits in hosts] == [True, False]
    for limits in hosts:
        await limits.close()
