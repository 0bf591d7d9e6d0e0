"""Toobit's emulator: the leader's pages, and the calls beside copy trading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.conftest import Toobit
from tests.sandbox.shapes import differences, documented
from unifiedcopy.sandbox import CopySettings, Lead, Sandbox

D = Decimal
DAY_MS = 86_400_000


class Leading(Toobit):
    prefix = "/api/v2/copy-trading/leader"


class Beside(Toobit):
    prefix = "/api/v1"


Make = Callable[..., Leading]


@pytest.fixture
def leading(box: Sandbox, session: Any) -> Make:
    return lambda alias="leader": Leading(session, box["toobit"], alias)


@pytest.fixture
def beside(box: Sandbox, session: Any) -> Callable[..., Beside]:
    return lambda alias="leader": Beside(session, box["toobit"], alias)


def lead_of(box: Sandbox) -> Lead:
    lead = box["toobit"].world.lead("leader")
    assert lead is not None
    return lead


def config(**changes: Any) -> dict[str, Any]:
    return {**documented("toobit/v2", "leader_config_put.request"), **changes}


# Shapes

READS = ["orders/current", "orders/history", "trade-data", "profit-sharings/history", "symbols", "followers"]


@pytest.mark.parametrize("path", READS)
async def test_reads_have_the_shape_of_the_example(leading: Make, path: str) -> None:
    reply = await leading().get(f"/{path}")

    assert differences(reply.json, documented("toobit/v2", f"leader_{path.replace('/', '_').replace('-', '_')}")) == []
    assert {"traceId", "X-Api-Limit"} <= set(reply.headers)


@pytest.mark.parametrize("alias", ["main", "empty", "readonly"])
async def test_a_follower_is_told_that_it_does_not_lead(leading: Make, alias: str) -> None:
    paths = [f"/{read}" for read in READS] + ["/config"]

    assert {(await leading(alias).get(path)).code for path in paths} == {-120041}


async def test_writes_of_who_does_not_lead(box: Sandbox, leading: Make) -> None:
    """Removing has its own code; a key of another kind and a read-only key don't get that far."""
    assert (await leading("main").put("/config", config())).code == -120041
    assert (await leading("main").delete("/followers/1")).code == -120047
    assert (await leading("wrong-kind").get("/config")).code == -1005
    assert (await leading("readonly").put("/config", config())).code == -1020
    assert box["toobit"].executions == []


# Settings


async def test_settings_are_read_back_as_the_examples_have_them(leading: Make) -> None:
    """Times are numbers when sent and text when read; keys in the order of the page."""
    held = config(symbolIds=["BTC-SWAP-USDT", "ETH-SWAP-USDT"], leadPositionType=-1)
    assert (await leading().put("/config", held)).json == documented("toobit/v2", "leader_config_put")
    got = (await leading().get("/config")).json
    printed = documented("toobit/v2", "leader_config_get")

    assert differences(got, printed) == []
    assert list(got["data"]) == list(printed["data"])
    assert got["data"] == {**printed["data"], "leadPositionType": -1}


async def test_the_shorter_example_is_taken_too(box: Sandbox, leading: Make) -> None:
    """Without pause and invitation; its rate of 10 is 10 %; what was not sent is not read back."""
    lead = lead_of(box)
    box["toobit"].world.close_all(lead.leader.owner)
    wish = documented("toobit/v2", "leader_config_put_examples_page.request")
    assert (await leading().put("/config", wish)).code == 200

    assert (await leading().get("/config")).json["data"] == wish
    assert (lead.leader.share, lead.leader.cross, list(lead.rules)) == (D("0.1"), True, ["BTC"])


@pytest.mark.parametrize(
    ("unit", "rate", "code", "share"),
    [
        ("fraction", "0.1", 200, "0.1"),
        ("fraction", "10", -1130, None),
        ("percent", "0.1", 200, "0.001"),
        ("percent", "101", -1130, None),
        ("either", "1", 200, "1"),
        ("either", "25", 200, "0.25"),
    ],
)
async def test_the_unit_of_the_share_is_switchable(
    box: Sandbox, leading: Make, unit: str, rate: str, code: int, share: str | None
) -> None:
    """The pages have both."""
    box["toobit"].options.profit_rate = unit
    before = lead_of(box).leader.share

    assert (await leading().put("/config", config(profitRate=rate, leadPositionType=-1))).code == code
    assert lead_of(box).leader.share == (D(share) if share else before)


REQUIRED = sorted(documented("toobit/v2", "leader_config_put_examples_page.request"))


@pytest.mark.parametrize("name", [*REQUIRED, "unLeadStartTime", "unLeadEndTime", "inviteCode"])
async def test_settings_need_what_both_examples_have(leading: Make, name: str) -> None:
    """And what belongs to a switch that is on: the pause, the invitation."""
    wish = config()
    del wish[name]
    reply = await leading().put("/config", wish)

    assert reply.code == -1102
    assert f"'{name}'" in reply.json["msg"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unLeadType", 2),
        ("unLeadType", True),
        ("unLeadStartTime", "1717200000000"),
        ("unLeadEndTime", 1),
        ("leadPositionType", 2),
        ("tradeProtect", -1),
        ("profitPeriod", 30),
        ("profitRate", 0.1),
        ("profitRate", "-0.1"),
        ("followAssetLowerLimit", "much"),
        ("fixedAmountFollowMin", "1.123456789"),
        ("isNeedInvite", "1"),
        ("inviteScope", 3),
        ("symbolIds", "BTC-SWAP-USDT"),
        ("symbolIds", ["BTCUSDT"]),
        ("symbolIds", ["BTC-SWAP-USDT", "BTC-SWAP-USDT"]),
        ("recommendShare", 2),
        ("recommendShareRate", "1.1"),
        ("inviteCode", "SHORT"),
        ("inviteCode", "ELEVENCHARS"),
        ("inviteCode", 1234567),
    ],
)
async def test_settings_are_checked_one_by_one(box: Sandbox, leading: Make, name: str, value: Any) -> None:
    """Each wrong value answers -1130 with its name, and nothing changes."""
    before = (await leading().get("/config")).json
    reply = await leading().put("/config", config(**{name: value}))

    assert reply.code == -1130
    assert f"'{name}'" in reply.json["msg"]
    assert box["toobit"].executions == []
    assert (await leading().get("/config")).json == before


async def test_a_pair_with_open_positions_is_not_dropped(box: Sandbox, leading: Make) -> None:
    """-32090 while it is led, then its symbol is not led any more."""
    wish = config(symbolIds=["BTC-SWAP-USDT"], leadPositionType=-1)
    assert (await leading().put("/config", wish)).code == -32090

    box["toobit"].world.close_all(lead_of(box).leader.owner)
    assert (await leading().put("/config", wish)).code == 200
    led = {row["symbolId"]: row["isLead"] for row in (await leading().get("/symbols")).json["data"]}
    assert [symbol for symbol, is_led in led.items() if is_led] == ["BTC-SWAP-USDT"]
    assert len(led) == len(box.market.coins)


async def test_the_margin_mode_waits_for_the_positions(box: Sandbox, leading: Make) -> None:
    assert (await leading().put("/config", config(leadPositionType=1))).code == -32093

    box["toobit"].world.close_all(lead_of(box).leader.owner)
    assert (await leading().put("/config", config(leadPositionType=1))).code == 200
    lead_of(box).open("BTC", "long")
    assert [row["positionType"] for row in (await leading().get("/orders/current")).json["data"]] == [1]


# Positions and figures


async def test_open_positions_count_their_followers(box: Sandbox, leading: Make) -> None:
    rows = (await leading().get("/orders/current")).json["data"]
    book = box["toobit"].world.book

    assert [(row["symbolId"], row["isLong"]) for row in rows] == [("BTC-SWAP-USDT", 1), ("ETH-SWAP-USDT", 0)]
    for row, position in zip(rows, lead_of(box).positions, strict=True):
        copies = book.children(position)
        assert int(row["totalFollowerCount"]) == len(copies) > 0
        assert abs(D(row["totalFollowerMargin"]) - sum(copy.margin for copy in copies)) < D("0.0001")
        assert D(row["quantity"]) == position.size


async def test_what_quantity_counts_is_switchable(box: Sandbox, leading: Make) -> None:
    coins = (await leading().get("/orders/current")).json["data"][0]["quantity"]
    box["toobit"].options.lead_quantity = "contracts"
    contracts = (await leading().get("/orders/current")).json["data"][0]["quantity"]

    assert D(coins) == D(contracts) * box.market.coins["BTC"].lot


async def test_history_pages_and_shows_parts(box: Sandbox, leading: Make) -> None:
    """Newest first; a position that is closed in part has status 1."""
    lead = lead_of(box)
    lead.copying.lead_close(lead.positions[0], lead.positions[0].size / 2)
    pages = [(await leading().get("/orders/history", f"page={n}&size=20")).json["data"] for n in (1, 2, 3)]
    rows = [row for page in pages for row in page["list"]]

    assert [len(page["list"]) for page in pages] == [20, 11, 0]
    assert {(page["pages"], page["total"]) for page in pages} == {("2", "31")}
    assert [row["status"] for row in rows] == [1] + [2] * 30
    times = [int(row["closeTime"]) for row in rows]
    assert times == sorted(times, reverse=True)
    assert sum(D(row["profit"]) for row in rows[1:]) == sum(position.realized for position in lead.history)
    for wrong in ("page=0", "size=101", "size=x"):
        assert (await leading().get("/orders/history", wrong)).code == -1130


@pytest.mark.parametrize("days", [7, 30, 365])
async def test_figures_are_the_sums_of_the_window(box: Sandbox, leading: Make, days: int) -> None:
    lead = lead_of(box)
    (row,) = (await leading().get("/trade-data", f"type={days}")).json["data"]
    closed = [p for p in lead.history if p.updated_at >= box.now_ms() - days * DAY_MS]
    wins = sum(p.realized > 0 for p in closed)

    assert row["orderCount"] == len(closed) > 0
    assert abs(D(row["accumulatedProfit"]) - sum(p.realized for p in closed)) < D("0.0001")
    assert abs(D(row["winRate"]) - D(wins) / len(closed)) < D("0.0001")
    assert int(row["currentFollowerCount"]) == len(lead.followers)
    assert int(row["totalFollowerCount"]) == len(lead.followers) + len(lead.former)
    assert row["tradingDays"] <= days
    assert row["profitLossRatio"].endswith(":1")


async def test_figures_have_five_windows(leading: Make) -> None:
    client = leading()
    default, seven = (await client.get("/trade-data")).json, (await client.get("/trade-data", "type=7")).json

    assert default["data"][0]["orderCount"] == seven["data"][0]["orderCount"]
    assert [(await client.get("/trade-data", f"type={days}")).code for days in (90, 180, 8, "x")] == [
        200,
        200,
        -1130,
        -1130,
    ]


@pytest.mark.parametrize(("period", "weekdays"), [(7, {0}), (1, {0, 1, 2, 3, 4, 5, 6})])
async def test_shares_are_paid_for_periods_that_are_over(
    box: Sandbox, leading: Make, period: int, weekdays: set[int]
) -> None:
    """The printed example: week 22 of 2026 is paid on Monday, June 1st. Each row adds up, and all of them do."""
    assert (await leading().put("/config", config(profitPeriod=period, leadPositionType=-1))).code == 200
    rows = (await leading().get("/profit-sharings/history")).json["data"]
    dates = [date.fromisoformat(row["sharingDate"]) for row in rows]

    assert {day.weekday() for day in dates} == weekdays
    assert dates == sorted(dates, reverse=True)
    assert max(dates) <= datetime.fromtimestamp(box.now_ms() / 1_000, UTC).date()
    for row, day in zip(rows, dates, strict=True):
        assert (row["year"], row["weekOfYear"]) == (day - timedelta(days=1)).isocalendar()[:2]
        assert D(row["totalProfitSharing"]) == D(row["recommendUserShare"]) + D(row["realProfitShare"])
        assert abs(D(row["recommendUserShare"]) - D(row["totalProfitSharing"]) / 5) < D("0.00000001")
    await box.advance(8 * 86_400)
    rows = (await leading().get("/profit-sharings/history")).json["data"]
    paid = [share for share in lead_of(box).shares if share.at <= box.now_ms() - 8 * DAY_MS]
    assert sum(D(row["totalProfitSharing"]) for row in rows) >= sum(share.amount for share in paid)


# Followers


async def test_followers_are_masked_and_have_no_id(box: Sandbox, leading: Make) -> None:
    data = (await leading().get("/followers", "size=4")).json["data"]
    lead = lead_of(box)

    assert (data["pages"], data["total"], len(data["list"])) == ("2", "6", 4)
    for row, follower in zip(data["list"], lead.followers[:4], strict=True):
        assert row["followerNickname"] == f"****{follower.uid[-3:]}"
        assert follower.uid not in str(row)
        assert abs(D(row["totalProfit"]) - follower.profit) < D("0.0001")


async def test_a_follower_is_removed_once_his_copies_are_closed(box: Sandbox, leading: Make) -> None:
    lead = lead_of(box)
    uid = next(f.uid for f in lead.followers if lead.copying.copies(f.follow))
    assert (await leading().delete(f"/followers/{uid}")).code == -120055
    assert box["toobit"].executions == []

    box["toobit"].world.close_all(lead.leader.owner)
    assert (await leading().delete(f"/followers/{uid}")).json == documented("toobit/v2", "leader_followers_delete")
    assert (await leading().delete(f"/followers/{uid}")).code == -32045
    assert (await leading().get("/followers")).json["data"]["total"] == "5"
    assert lead.former[-1].removed
    assert [done.operation for done in box["toobit"].executions] == ["remove_follower"]


@pytest.mark.parametrize("uid", ["0", "x", "-1", "9223372036854775808"])
async def test_removing_needs_an_id(leading: Make, uid: str) -> None:
    assert (await leading().delete(f"/followers/{uid}")).code == -1130


async def test_an_account_that_follows_the_leader_is_seen_and_removed(
    box: Sandbox, leading: Make, toobit: Callable[..., Toobit]
) -> None:
    """The removed follower follows nobody then."""
    lead, world = lead_of(box), box["toobit"].world
    world.copying.follow("empty", lead.leader, CopySettings(), invest=D(100))
    assert (await leading().get("/followers")).json["data"]["total"] == "7"

    assert (await leading().delete(f"/followers/{world.accounts['empty'].uid}")).code == 200
    assert (await toobit("empty").get("/leaders")).code == -32045
    assert world.ledger.balance("empty") == 5_000


async def test_a_read_only_key_of_a_leader_reads(box: Sandbox, leading: Make) -> None:
    world = box["toobit"].world
    world.accounts["leader"] = replace(world.accounts["leader"], permissions=frozenset({"read"}))

    assert (await leading().get("/config")).code == 200
    assert (await leading().put("/config", config())).code == -1020
    assert (await leading().delete(f"/followers/{lead_of(box).followers[0].uid}")).code == -1020
    assert box["toobit"].executions == []


# Beside copy trading


async def test_the_kind_of_a_key(box: Sandbox, beside: Callable[..., Beside]) -> None:
    """For a copying key the word is not documented: switchable."""
    box["toobit"].options.copy_account_type = "copy"

    assert (await beside("wrong-kind").get("/account/checkApiKey")).json == documented(
        "toobit/v2", "account_check_api_key"
    )
    assert (await beside().get("/account/checkApiKey")).json == {"accountType": "copy"}


async def test_the_ordinary_futures_account_is_apart(box: Sandbox, beside: Callable[..., Beside]) -> None:
    """Of other keys; a copying key is refused, or sees no copies when it is let in."""
    world, options = box["toobit"].world, box["toobit"].options
    world.book.open("wrong-kind", "BTC", "long", D("0.02"), leverage=D(10))
    options.balance_asset_name = "asset"
    balance = (await beside("wrong-kind").get("/futures/balance")).json
    positions = (await beside("wrong-kind").get("/futures/positions")).json

    assert differences(balance, documented("toobit/v2", "futures_balance_v1")) == []
    assert differences(positions, documented("toobit/v2", "futures_positions_v1")) == []
    assert positions[0]["position"] == "20"
    assert (await beside("wrong-kind").get("/futures/positions", "symbol=ETH-SWAP-USDT")).json == []
    assert (await beside("wrong-kind").get("/futures/positions", "symbol=NOPE")).code == -1121
    assert (await beside("main").get("/futures/positions")).code == -1005
    options.futures_for_copy_keys = True
    assert (await beside("main").get("/futures/positions")).json == []


async def test_mark_prices_need_no_key(toobit: Callable[..., Toobit]) -> None:
    """An unknown symbol gets 200 and nothing."""
    client, path = toobit(), "/quote/v1/markPrice"
    one = (await client.raw("GET", f"{path}?symbol=BTC-SWAP-USDT")).json
    unknown = await client.raw("GET", f"{path}?symbol=NOPE")

    assert list(one) == ["exchangeId", "symbolId", "price", "time"]
    assert one["symbolId"] == (await client.raw("GET", path)).json[0]["symbolId"]
    assert (unknown.status, unknown.body) == (200, b"")


async def test_a_contract_has_the_filters_and_fields_of_the_example(toobit: Callable[..., Toobit]) -> None:
    printed = documented("toobit/v2", "exchange_info")
    shown = (await toobit().raw("GET", "/api/v1/exchangeInfo")).json
    filters = [{row["filterType"]: set(row) for row in info["contracts"][0]["filters"]} for info in (shown, printed)]

    assert differences(shown["contracts"], printed["contracts"]) == []
    assert filters[0] == filters[1]
