"""Settings that go to a venue and come back, and what a venue's answers and networks hide: over a real socket, with the
shipped schemas and a server that plays a script.
"""

import json
from decimal import Decimal

import pytest
import stamina

import unifiedcopy as uc
from tests.cases import HERE
from tests.venue import Received, Say, ScriptedVenue
from unifiedcopy import contracts

DONE = {"code": "0", "data": [{"result": True}], "msg": ""}
LEADER = "25CD5A80241D6FE6"


def sample(name: str, api: str = "okx/v5") -> dict:
    return json.loads((HERE / "data" / api / f"{name}.json").read_bytes())


class Venue(ScriptedVenue):
    """Answers by the last part of the path."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = {
            "public-config": sample("copy_limits"),
            "current-lead-traders": {"code": "0", "data": [], "msg": ""},
            "instruments": sample("instruments.edge"),
            "time": sample("time"),
        }
        self.script = [self._answer]

    def _answer(self, received: Received) -> Say:
        return Say(self.answers.get(received.target.partition("?")[0].rpartition("/")[2], DONE))

    def connect(self, name: str = "okx", **options):
        keys = {"api_key": "key", "secret": "secret", "passphrase": "phrase"}
        return uc.connect(name, **keys, base_url=self.url, **{"write": True, "read_back": False, **options})

    def written(self) -> list[dict]:
        return [json.loads(received.body) for received in self.received if received.method == "POST"]


@pytest.fixture
async def venue():
    contracts._lists.clear()
    with stamina.set_testing(True, attempts=1):
        async with Venue() as scripted:
            yield scripted


SETTINGS = uc.FollowSettings(sizing=uc.FixedAmount(50), total_budget=500)


@pytest.mark.parametrize(
    ("answer", "kind"), [("get_follow", "copy"), ("get_follow_custom.edge", "custom")], ids=["in step", "own list"]
)
async def test_settings_that_were_read_can_be_sent_back_unchanged(venue, answer, kind):
    told = sample(answer)["data"][0]
    venue.answers["copy-settings"] = sample(answer)
    async with venue.connect() as ex:
        (settings,) = await ex.follow_settings(LEADER)
        await ex.follow(LEADER, settings, amend=True)
    (sent,) = venue.written()

    kept = ("copyMode", "copyAmt", "copyRatio", "copyTotalAmt", "copyMgnMode", "tpRatio", "slRatio", "slTotalAmt")
    assert {name: sent.get(name, "") for name in kept} == {name: told[name] for name in kept}
    assert (sent["subPosCloseType"], sent["copyInstIdType"]) == (told["subPosCloseType"], kind)
    # A leader who is copied in step stays so: a list of what he leads today would freeze it.
    assert sent.get("instId") == ("ADA-USDT-SWAP" if kind == "custom" else None)


async def test_the_loss_that_ends_a_following_is_a_setting(venue):
    async with venue.connect() as ex:
        await ex.follow(LEADER, uc.FollowSettings(sizing=uc.Multiple(1), total_budget=500, max_loss="120.5"))

    assert venue.written()[0]["slTotalAmt"] == "120.5"


@pytest.mark.parametrize("symbols", [None, ("BTC/USDT:USDT",)])
async def test_a_limit_for_all_symbols_holds_for_the_chosen_ones_too(venue, symbols):
    async with venue.connect() as ex:
        with pytest.raises(uc.BadRequest, match="sizing = 5 is out of the venue's range: 20 to 1000"):
            await ex.follow(
                LEADER, uc.FollowSettings(sizing=uc.FixedAmount(5), total_budget=500, symbols=symbols), amend=False
            )

    assert venue.written() == []


async def test_what_a_change_fills_in_is_told(venue):
    async with venue.connect() as ex:
        receipt = await ex.follow(LEADER, SETTINGS, amend=True)

    assert sorted(note.partition(" ")[0] for note in receipt.notes) == [
        "copyInstIdType",
        "copyMgnMode",
        "subPosCloseType",
    ]


@pytest.mark.parametrize("answer", [{"result": False}, {}, {"result": "0"}])
async def test_a_following_that_the_venue_does_not_confirm_is_unknown(venue, answer):
    venue.answers["first-copy-settings"] = {"code": "0", "data": [answer], "msg": ""}
    async with venue.connect() as ex:
        with pytest.raises(uc.OutcomeUnknown):
            await ex.follow(LEADER, SETTINGS, amend=False)


# -- parameters that are always the same ------------------------------------------------------------------------------


async def test_a_parameter_that_is_always_the_same_is_not_overruled_in_silence(venue):
    venue.answers["positions"] = {"code": "0", "data": [], "msg": ""}
    async with venue.connect() as ex:
        with pytest.raises(uc.BadRequest, match="instType is always SWAP, not 'SPOT'"):
            await ex.positions(params={"instType": "SPOT"})
        await ex.positions(params={"instType": "SWAP"})

    assert [received.target for received in venue.received if "positions" in received.target] == [
        "/api/v5/account/positions?instType=SWAP"
    ]


# -- codes in rows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [[{"sCode": "59216", "sMsg": "gone"}], {"sCode": "59216", "sMsg": "gone"}])
async def test_a_code_in_a_row_is_an_error_also_of_what_is_read(venue, data):
    venue.answers["positions"] = {"code": "0", "data": data, "msg": ""}
    async with venue.connect() as ex:
        with pytest.raises(uc.NotFound, match="gone"):
            await ex.positions()


@pytest.mark.parametrize("code", ["0", ""])
async def test_a_code_of_success_in_a_row_is_no_error(venue, code):
    rows = sample("account_positions")["data"]
    venue.answers["positions"] = {"code": "0", "data": [{**row, "sCode": code} for row in rows], "msg": ""}
    async with venue.connect() as ex:
        (position,) = await ex.positions()

    assert (position.id, position.size, position.size_unit) == ("339552508062380036", Decimal("0.01"), "base")


# -- the test network -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("test_network", [False, True])
async def test_a_test_network_at_the_same_address_is_told_by_its_header(venue, test_network):
    async with venue.connect(test_network=test_network) as ex:
        await ex.following()

    headers = [received.headers for received in venue.received]
    assert [header.get("x-simulated-trading") for header in headers] == ["1" if test_network else None] * len(headers)


async def test_what_a_contract_is_on_the_test_network_is_asked_there(venue):
    venue.answers["positions"] = sample("account_positions")
    async with venue.connect() as real, venue.connect(test_network=True) as test:
        first = (await real.positions())[0].size
        for row in venue.answers["instruments"]["data"][:1]:
            row["ctVal"] = "0.001"
        sizes = [(await ex.positions())[0].size for ex in (test, real)]

    assert [str(size) for size in (first, *sizes)] == ["0.01", "0.001", "0.01"]
