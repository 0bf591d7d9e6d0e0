"""Bitget V2, both roles, futures and spot: the ordinary client against the emulator that was written from the pages."""

from collections import defaultdict
from decimal import Decimal

import pytest

import unifiedcopy as uc
from unifiedcopy.sandbox import Sandbox

FUTURES, SPOT = "bitget/v2-futures", "bitget/v2-spot"
BOTH = pytest.mark.parametrize("schema_id", [FUTURES, SPOT])
DAY = 86_400_000


@pytest.fixture
async def box():
    async with Sandbox(seed=7, venues=["bitget"]) as running:
        yield running


def connected(box, schema_id, account):
    server = box["bitget"]
    return uc.connect(
        schema_id, **server.accounts[account].credentials, base_url=server.url, account=account, write=True
    )


def by_id(page, wanted):
    return next((one for one in page if one.id == wanted.id), None)


# -- leading ----------------------------------------------------------------------------------------------------------


@BOTH
async def test_what_a_leader_reads_is_read_without_drift(box, schema_id):
    async with connected(box, schema_id, "leader") as ex:
        lists = [
            await ex.lead.positions(),
            await ex.lead.closed_positions(),
            await ex.lead.followers(),
            await ex.lead.profit_share(),
            await ex.lead.profit_share_totals(),
            await ex.lead.symbols(),
            await ex.account(),
        ]
        figures = await ex.lead.statistics()

    assert [page.drift for page in lists] == [[]] * len(lists)
    assert all(len(page) for page in lists)
    assert {position.role for position in lists[0]} == {"lead"}
    assert lists[-1][0].role == "leader"
    assert figures.followers == len(lists[2])
    assert 0 <= figures.win_rate <= 1
    assert figures.trades == figures.wins + figures.losses


@BOTH
async def test_triggers_of_a_lead_position_are_what_the_venue_then_says(box, schema_id):
    async with connected(box, schema_id, "leader") as ex:
        position = next(one for one in await ex.lead.positions() if one.side == "long")
        low, high = position.entry_price / 4, position.entry_price * 4
        await ex.lead.set_tpsl(position, take_profit=uc.Price(round(high, 1)), stop_loss=uc.Price(round(low, 1)))
        told = by_id(await ex.lead.positions(), position)

    assert (told.take_profit, told.stop_loss) == (uc.Price(round(high, 1)), uc.Price(round(low, 1)))


async def test_one_trigger_of_a_lead_position_is_taken_away_and_the_other_stays(box):
    async with connected(box, FUTURES, "leader") as ex:
        position = next(one for one in await ex.lead.positions() if one.side == "long")
        high = uc.Price(round(position.entry_price * 4, 1))
        await ex.lead.set_tpsl(position, take_profit=high, stop_loss=uc.Price(round(position.entry_price / 4, 1)))
        await box.advance(seconds=1)  # one change in 300 ms
        await ex.lead.set_tpsl(position, stop_loss=uc.CLEAR)
        told = by_id(await ex.lead.positions(), position)

    assert (told.take_profit, told.stop_loss) == (high, None)


@BOTH
async def test_a_lead_position_that_is_closed_is_gone_and_in_the_history(box, schema_id):
    async with connected(box, schema_id, "leader") as ex:
        position = (await ex.lead.positions())[0]
        await ex.lead.close_position(position)
        assert by_id(await ex.lead.positions(), position) is None
        closed = by_id(await ex.lead.closed_positions(symbol=position.symbol), position)

    assert (closed.side, closed.size, closed.entry_price) == (position.side, position.size, position.entry_price)


async def test_closing_all_of_a_market_leaves_nothing_of_it(box):
    async with connected(box, FUTURES, "leader") as ex:
        assert len(await ex.lead.positions(market="usdt")) > 0
        receipt = await ex.lead.close_all_positions(market="usdt")
        assert len(await ex.lead.positions(market="usdt")) == 0

    assert receipt.sent == {"productType": "USDT-FUTURES"}


async def test_payments_add_up_to_the_sums_of_their_days(box):
    async with connected(box, FUTURES, "leader") as ex:
        payments = await ex.lead.profit_share(limit=1000)
        sums = await ex.lead.profit_share_totals()

    days = defaultdict(Decimal)
    for payment in payments:
        days[payment.asset.upper(), payment.at // DAY] += payment.amount
    oldest = min(at for _, at in days) + 1  # the first day may be cut by the span
    told = {(one.asset.upper(), one.at // DAY): one.amount for one in sums if one.at // DAY >= oldest}
    assert told == {key: amount for key, amount in days.items() if key[1] >= oldest}


async def test_payments_of_a_span_are_those_of_the_span(box):
    async with connected(box, FUTURES, "leader") as ex:
        all_of_them = await ex.lead.profit_share(limit=1000)
        since, until = sorted({one.at for one in all_of_them})[2:8:5]
        some = await ex.lead.profit_share(since=since, until=until, limit=1000)

    assert {one.id for one in some} == {one.id for one in all_of_them if since <= one.at < until}
    assert 0 < len(some) < len(all_of_them)


@BOTH
async def test_a_follower_that_is_removed_follows_no_longer(box, schema_id):
    async with connected(box, schema_id, "leader") as ex:
        followers = await ex.lead.followers()
        removable = next(one for one in followers if one.removable)
        await ex.lead.remove_follower(removable)
        left = await ex.lead.followers()

    assert {one.id for one in left} == {one.id for one in followers} - {removable.id}


@BOTH
async def test_a_symbol_is_led_no_longer_and_led_again(box, schema_id):
    async with connected(box, schema_id, "leader") as ex:
        held = {position.symbol for position in await ex.lead.positions()}
        symbol = next(rule.symbol for rule in await ex.lead.symbols() if rule.enabled and rule.symbol not in held)
        await ex.lead.set_symbols([symbol], how="remove")
        assert not (await ex.lead.symbols(symbol=symbol))[0].enabled
        await box.advance(seconds=2)
        await ex.lead.set_symbols([symbol], how="add")
        assert (await ex.lead.symbols(symbol=symbol))[0].enabled


async def test_the_triggers_of_a_symbol_are_set_by_the_raw_call_and_read_as_returns(box):
    async with connected(box, FUTURES, "leader") as ex:
        symbol = next(rule for rule in await ex.lead.symbols(market="usdt") if rule.enabled)
        row = {"symbol": symbol.venue_symbol, "productType": "USDT-FUTURES", "settingType": "UPDATE"}
        await ex.call("lead_set_symbols", settingList=[{**row, "stopSurplusRatio": "120", "stopLossRatio": "40"}])
        told = (await ex.lead.symbols(symbol=symbol.symbol))[0]

    assert (told.take_profit, told.stop_loss) == (uc.Roi("1.2"), uc.Roi("-0.4"))


async def test_a_leader_of_spot_reads_how_it_leads(box):
    async with connected(box, SPOT, "leader") as ex:
        assert (await ex.lead.settings()).open_to_follow is True


async def test_a_leader_of_futures_changes_what_it_shows(box):
    async with connected(box, FUTURES, "leader") as ex:
        receipt = await ex.lead.set_settings(uc.LeadSettings(show_equity=False, show_triggers=True))

    assert receipt.sent == {"showTotalEquity": "NO", "showTpsl": "YES"}


async def test_a_key_for_leading_is_made_once(box):
    async with connected(box, FUTURES, "new-leader") as ex:
        answer = await ex.call("create_copy_api", passphrase="abcdefgh1")
        with pytest.raises(uc.UnifiedCopyError):
            await ex.call("create_copy_api", passphrase="abcdefgh1")

    assert answer["data"][0].keys() == {"apikey", "secret", "permissions"}


@BOTH
async def test_an_account_that_does_not_lead_is_told_so(box, schema_id):
    async with connected(box, schema_id, "empty") as ex:
        with pytest.raises(uc.PermissionDenied) as caught:
            await ex.lead.positions()
        assert (await ex.account())[0].role == "unknown"

    assert caught.value.outcome == "rejected"


RAW_V3 = [
    "trading_pairs", "position_summary", "transfer_record", "current_follower", "history_follower", "profit_summary",
    "profit_details",
]  # fmt: skip


@pytest.mark.parametrize("name", RAW_V3)
async def test_the_leaders_calls_of_unified_accounts_answer_with_the_keys_that_are_listed(box, name):
    async with connected(box, FUTURES, "unified-leader") as ex:
        answer = await ex.call(f"v3_{name}")
        listed = ex.api.schema.endpoints[f"v3_{name}"].unmapped

    data = answer["data"]
    rows = data if isinstance(data, list) else data.get("list", [data])
    told = {key for row in rows for key in row}
    assert told <= {path.rpartition(".")[2] for path in listed} | {"marginDetails"}


# -- following on spot ------------------------------------------------------------------------------------------------


async def test_a_copied_buy_has_its_leader_and_no_short_side(box):
    async with connected(box, SPOT, "spot") as ex:
        positions = await ex.positions()
        (followed,) = await ex.following()

    assert positions.drift == []
    assert {(one.leader_id, one.side, one.size_unit) for one in positions} == {(followed.leader_id, "long", "base")}
    assert all(one.symbol and ":" not in one.symbol for one in positions)


async def test_triggers_of_a_copied_buy_are_what_the_venue_then_says(box):
    async with connected(box, SPOT, "spot") as ex:
        position = (await ex.positions())[0]
        high = uc.Price(round(position.entry_price * 4, 2))
        await ex.set_tpsl(position, take_profit=high)
        told = by_id(await ex.positions(), position)

    assert (told.take_profit, told.stop_loss) == (high, position.stop_loss)


async def test_a_copied_buy_that_is_sold_is_gone_and_in_the_history(box):
    async with connected(box, SPOT, "spot") as ex:
        position = (await ex.positions())[0]
        await ex.close_position(position)
        assert by_id(await ex.positions(), position) is None
        closed = by_id(await ex.closed_positions(symbol=position.symbol), position)

    assert (closed.size, closed.entry_price) == (position.size, position.entry_price)
    assert closed.leader_id == position.leader_id


async def test_a_copied_buy_that_is_taken_away_from_its_leader_is_no_copy_any_more(box):
    async with connected(box, SPOT, "spot") as ex:
        position = (await ex.positions())[0]
        await ex.call("stop_order", trackingNoList=[position.id])

        assert by_id(await ex.positions(), position) is None


async def test_following_on_spot_is_seen_in_the_followed_leaders_and_its_settings(box):
    async with connected(box, SPOT, "spot") as known:
        leader_id = (await known.following())[0].leader_id
    async with connected(box, SPOT, "empty") as ex:
        symbol = (await ex.leader(leader_id)).symbols[0]
        (rule,) = await ex.copy_limits(leader=leader_id, symbol=symbol)
        settings = uc.FollowSettings(
            sizing=uc.FixedAmount(rule.min_amount * 2),
            symbols=(symbol,),
            max_position="1000",
            take_profit=uc.Roi("0.5"),
            stop_loss=uc.Roi("-0.2"),
        )
        await ex.follow(leader_id, settings)
        followed = await ex.following()
        told = next(one for one in await ex.follow_settings(leader_id) if one.symbols == (symbol,))
        await ex.unfollow(leader_id)

        assert [one.leader_id for one in followed] == [leader_id]
        assert (told.take_profit, told.stop_loss, told.max_position) == (uc.Roi("0.5"), uc.Roi("-0.2"), Decimal(1000))
        assert told.leader_id == leader_id
        assert len(await ex.following()) == 0


async def test_less_than_the_leaders_symbol_takes_is_not_sent(box):
    async with connected(box, SPOT, "spot") as known:
        leader_id = (await known.following())[0].leader_id
    async with connected(box, SPOT, "empty") as ex:
        (rule,) = await ex.copy_limits(leader=leader_id, symbol=(await ex.leader(leader_id)).symbols[0])
        settings = uc.FollowSettings(
            sizing=uc.FixedAmount(rule.min_amount / 2), symbols=(rule.symbol,), max_position="1000"
        )
        with pytest.raises(uc.BadRequest, match="out of the venue's range"):
            await ex.follow(leader_id, settings)

    assert box["bitget"].executions == []


# -- a white label ----------------------------------------------------------------------------------------------------


async def test_a_white_label_reads_and_writes_what_the_venue_that_it_copies_serves(box):
    server = box["bitget"]
    keys = server.accounts["main"].credentials
    async with uc.connect("cointr", **keys, base_url=server.url, account="main", write=True) as ex:
        positions = await ex.positions()
        await ex.close_position(positions[0])
        left = await ex.positions()

    assert {one.exchange for one in positions} == {"cointr/v2-futures"}
    assert len(left) == len(positions) - 1
