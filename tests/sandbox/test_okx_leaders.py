"""OKX's emulator for everybody: the ranking and its versions, figures, positions, limits; no key anywhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.okx import COPY, D, Make, lead_of, leaders
from unifiedcopy.sandbox import Sandbox
from unifiedcopy.sandbox.copying import DAY_MS

RANKING = f"/api/v5{COPY}/public-lead-traders"


async def ask(okx: Make, name: str, query: str = "") -> list[Any]:
    reply = await okx().raw("GET", f"/api/v5{COPY}/public-{name}?{query}")
    assert reply.code == "0", reply.body
    found: list[Any] = reply.json["data"]
    return found


async def ranks(okx: Make, query: str = "") -> tuple[list[str], dict[str, Any]]:
    (page,) = await ask(okx, "lead-traders", query)
    return [row["uniqueCode"] for row in page["ranks"]], page


async def test_the_ranking_is_paged_to_its_end(okx: Make, okx_box: Sandbox) -> None:
    first, page = await ranks(okx, "limit=4&sortType=pnl")
    walked = [first]
    for number in range(2, int(page["totalPage"]) + 1):
        found, _ = await ranks(okx, f"limit=4&sortType=pnl&page={number}&dataVer={page['dataVer']}")
        walked.append(found)
    beyond, _ = await ranks(okx, f"limit=4&page={len(walked) + 1}")

    everybody = [code for found in walked for code in found]
    assert sorted(everybody) == sorted(leader.id for leader in leaders(okx_box))
    assert len(set(everybody)) == len(everybody) == 9
    assert beyond == []
    assert {len(code) for code in everybody} == {16, 18}


async def test_a_version_stands_still_while_the_ranking_moves_on(okx: Make, okx_box: Sandbox) -> None:
    before, page = await ranks(okx, "sortType=current_copy_trader_pnl")
    last = next(leader for leader in leaders(okx_box) if leader.id == before[-1])
    await okx_box.advance(seconds=600)
    last.follower_profit += 10**9
    now, newer = await ranks(okx, "sortType=current_copy_trader_pnl")
    then, older = await ranks(okx, f"sortType=current_copy_trader_pnl&dataVer={page['dataVer']}")

    assert now[0] == last.id
    assert newer["dataVer"] > page["dataVer"]
    assert (then, older["dataVer"]) == (before, page["dataVer"])


async def test_a_version_that_is_forgotten_is_the_newest_without_a_word(okx: Make, okx_box: Sandbox) -> None:
    _, page = await ranks(okx)
    for _ in range(5):
        await okx_box.advance(seconds=600)
        _, newest = await ranks(okx)

    assert (await ranks(okx, f"dataVer={page['dataVer']}"))[1]["dataVer"] == newest["dataVer"]
    assert (await ranks(okx, "dataVer=20200101000000"))[1]["dataVer"] == newest["dataVer"]


@pytest.mark.parametrize(
    ("sort", "figure"), [("pnl", "pnl"), ("pnl_ratio", "pnlRatio"), ("aum", "aum"), ("win_ratio", "winRatio")]
)
async def test_it_is_sorted_from_high_to_low(okx: Make, sort: str, figure: str) -> None:
    _, page = await ranks(okx, f"sortType={sort}")
    numbers = [D(row[figure] or 0) for row in page["ranks"]]

    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) > 1


async def test_filters_leave_out_who_does_not_fit(okx: Make, okx_box: Sandbox) -> None:
    everybody, page = await ranks(okx)
    with_room, _ = await ranks(okx, "state=1")
    full = {leader.id for leader in leaders(okx_box) if leader.followers >= leader.follower_limit}
    days = {row["uniqueCode"]: int(row["leadDays"]) for row in page["ranks"]}
    seasoned, _ = await ranks(okx, "minLeadDays=4")
    aum = sorted(D(row["aum"]) for row in page["ranks"])
    large, _ = await ranks(okx, f"minAum={aum[4]}&maxAum={aum[6]}")

    assert full
    assert set(with_room) == set(everybody) - full
    assert set(seasoned) == {code for code in days if days[code] >= 180}
    assert len(large) == sum(aum[4] <= value <= aum[6] for value in aum)
    assert (await ranks(okx, "instType=SPOT"))[0] == []


@pytest.mark.parametrize(
    "query", ["limit=21", "limit=0", "page=0", "sortType=luck", "state=2", "minLeadDays=5", "minAum=-1", "instType=X"]
)
async def test_a_filter_out_of_its_range_is_refused(okx: Make, query: str) -> None:
    reply = await okx().raw("GET", f"{RANKING}?{query}")

    assert (reply.status, reply.code) == (400, "51000")
    assert query.partition("=")[0] in reply.json["msg"]


async def test_days_are_sums_and_weeks_are_not(okx: Make, okx_box: Sandbox) -> None:
    leader = leaders(okx_box)[0]
    month = await ask(okx, "pnl", f"uniqueCode={leader.id}&lastDays=2")
    weeks = await ask(okx, "weekly-pnl", f"uniqueCode={leader.id}")
    daily = [D(row["pnl"]) for row in reversed(month)]

    assert [row["beginTs"] for row in month] == sorted((row["beginTs"] for row in month), reverse=True)
    assert daily[-1] == sum(day.profit for day in leader.days[-len(daily) :])
    assert sum(D(row["pnl"]) for row in weeks) == sum(day.profit for day in leader.days)
    assert len(await ask(okx, "pnl", f"uniqueCode={leader.id}&lastDays=1")) == len(last_week(leader, okx_box))


def last_week(leader: Any, box: Sandbox) -> list[Any]:
    """The leader's days of the last week: of today, only once something was closed."""
    today = box.now_ms() // DAY_MS * DAY_MS
    return [day for day in leader.days if day.at > today - 7 * DAY_MS]


async def test_statistics_are_those_of_the_days(okx: Make, okx_box: Sandbox) -> None:
    leader = leaders(okx_box)[0]
    (stats,) = await ask(okx, "stats", f"uniqueCode={leader.id}&lastDays=1")
    won, lost = int(stats["profitDays"]), int(stats["lossDays"])
    profits: list[Any] = [day.profit for day in last_week(leader, okx_box)]

    assert (won, lost) == (sum(profit > 0 for profit in profits), sum(profit < 0 for profit in profits))
    assert D(stats["winRatio"]) == round(D(won) / (won + lost), 4)


async def test_preferences_add_up(okx: Make, okx_box: Sandbox) -> None:
    shares = [D(row["ratio"]) for row in await ask(okx, "preference-currency", f"uniqueCode={leaders(okx_box)[0].id}")]

    assert shares == sorted(shares, reverse=True)
    assert abs(sum(shares, D(-1))) < D("0.001")


async def test_only_net_carries_a_sign(okx: Make, okx_box: Sandbox) -> None:
    """A short of its own side is positive, one in net mode is negative; sizes are contracts."""
    hedged, _, net = leaders(okx_box)[:3]
    for leader in (hedged, net):
        okx_box["okx"].world.lead_earlier(leader, "ETH", "short")
        held = {p.id: p for p in okx_box["okx"].world.book.open_positions(leader.owner)}
        rows = await ask(okx, "current-subpositions", f"uniqueCode={leader.id}")
        short = next(row for row in rows if row["instId"] == "ETH-USDT-SWAP" and held[row["subPosId"]].side == "short")
        size = held[short["subPosId"]].size / D("0.1")

        assert (short["posSide"], D(short["subPos"])) == (("short", size) if leader is hedged else ("net", -size))


async def test_closed_positions_are_paged_by_id(okx: Make, okx_box: Sandbox) -> None:
    query = f"uniqueCode={leaders(okx_box)[0].id}"
    everything = [row["subPosId"] for row in await ask(okx, "subpositions-history", query)]
    walked: list[str] = []
    for _ in range(4):
        page = await ask(okx, "subpositions-history", f"{query}&limit=5&after={walked[-1] if walked else ''}")
        walked += [row["subPosId"] for row in page]
    newer = await ask(okx, "subpositions-history", f"{query}&limit=2&before={everything[5]}")

    assert len(everything) == 12
    assert walked == everything == sorted(everything, key=int, reverse=True)
    assert [row["subPosId"] for row in newer] == everything[3:5]


async def test_a_history_reaches_back_three_months(okx: Make, okx_box: Sandbox) -> None:
    leader = leaders(okx_box)[0]
    leader.pace = 0
    await okx_box.advance(seconds=100 * 86_400)

    assert await ask(okx, "subpositions-history", f"uniqueCode={leader.id}") == []


async def test_copiers_are_masked_and_the_best_come_first(okx: Make, okx_box: Sandbox) -> None:
    lead = lead_of(okx_box)
    (row,) = await ask(okx, "copy-traders", f"uniqueCode={lead.leader.id}&limit=3")
    profits = [D(copier["pnl"]) for copier in row["copyTraders"]]

    assert len(profits) == 3
    assert profits == sorted(profits, reverse=True)
    assert all("***" in copier["nickName"] for copier in row["copyTraders"])
    assert D(row["copyTotalPnl"]) == lead.leader.follower_profit


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "50014"),
        ("uniqueCode=0000000000000000", "59269"),
        ("uniqueCode={code}&limit=101", "51000"),
        ("uniqueCode={code}&after=x", "51000"),
    ],
)
async def test_a_question_about_a_leader_names_one(okx: Make, okx_box: Sandbox, query: str, code: str) -> None:
    filled = query.format(code=leaders(okx_box)[0].id)
    reply = await okx().raw("GET", f"/api/v5{COPY}/public-current-subpositions?{filled}")

    assert reply.code == code


async def test_contracts_tell_what_one_is_worth(okx: Make) -> None:
    reply = await okx().raw("GET", "/api/v5/public/instruments?instType=SWAP")
    rows = {row["instId"]: row for row in reply.json["data"]}
    linear, inverse = rows["BTC-USDT-SWAP"], rows["BTC-USD-SWAP"]

    assert [linear[name] for name in ("ctVal", "ctValCcy", "ctType", "settleCcy")] == ["0.01", "BTC", "linear", "USDT"]
    assert [inverse[name] for name in ("ctVal", "ctValCcy", "ctType", "settleCcy")] == ["100", "USD", "inverse", "BTC"]
    assert (await okx().raw("GET", "/api/v5/public/instruments?instType=SPOT")).json["data"] == []
    assert (await okx().raw("GET", "/api/v5/public/instruments")).code == "50014"
    assert (await okx().raw("GET", "/api/v5/public/instruments?instType=SWAP&instId=NO-USDT-SWAP")).code == "51001"


async def test_the_clock_is_the_sandboxs(okx: Make, okx_box: Sandbox) -> None:
    (row,) = (await okx().raw("GET", "/api/v5/public/time")).json["data"]

    assert abs(int(row["ts"]) - okx_box.now_ms()) < 1_000
