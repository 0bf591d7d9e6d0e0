"""The ordinary client and Bitget V1 as the sandbox plays it: who leads, and who copies in spot, before 2025-11-28."""

import json
import warnings
from decimal import Decimal

import pytest

import unifiedcopy as uc
from tests.cases import cases
from tests.sandbox.bitget_v1 import lead, spot_copies, spot_follower
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.request import Request
from unifiedcopy.sandbox import Sandbox
from unifiedcopy.schema import load_schema
from unifiedcopy.schema.paths import at
from unifiedcopy.testing.samples import put
from unifiedcopy.testing.sending import Playing

FUTURES, SPOT = "bitget/v1-futures", "bitget/v1-spot"


@pytest.fixture
async def box():
    async with Sandbox(seed=7, venues=["bitget"]) as running:
        running["bitget"].options.retired = False
        running["bitget"].options.limit_factor = 0
        yield running


def connected(box, schema_id, account="leader", **options):
    server = box["bitget"]
    credentials = server.accounts[account].credentials
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", uc.RetiredApiWarning)
        return uc.connect(schema_id, **credentials, base_url=server.url, account=account, **{"write": True, **options})


def symbols_of(box, *, spot):
    """What the account leads open positions in."""

    def symbol(position):
        return f"{position.coin}/USD:{position.coin}" if position.inverse else f"{position.coin}/USDT:USDT"

    positions = lead(box, spot=spot).positions
    return sorted({f"{position.coin}/USDT" if spot else symbol(position) for position in positions})


async def led(ex, box):
    """Every lead position; in futures the venue wants each symbol named."""
    if ex.id == SPOT:
        return list(await ex.lead.positions())
    pages = [await ex.lead.positions(symbol=symbol) for symbol in symbols_of(box, spot=False)]
    return [position for page in pages for position in page]


@pytest.mark.parametrize("schema_id", [FUTURES, SPOT])
async def test_lead_positions_are_those_of_the_leader_and_read_without_drift(box, schema_id):
    async with connected(box, schema_id) as ex:
        positions = await led(ex, box)
        pages = [await ex.lead.positions(symbol=symbol) for symbol in symbols_of(box, spot=schema_id == SPOT)]

    world = {position.id: position for position in lead(box, spot=schema_id == SPOT).positions}
    assert {position.id for position in positions} == world.keys()
    assert all(position.size == world[position.id].size for position in positions)
    assert {position.role for position in positions} == {"lead"}
    assert [page.drift for page in pages if page.drift] == []


async def test_lead_positions_of_no_symbol_are_refused_before_a_request(box):
    async with connected(box, FUTURES) as ex:
        with pytest.raises(uc.ArgumentsRequired, match="symbol is required"):
            await ex.lead.positions()

    assert not [request for request in box["bitget"].requests if "currentTrack" in request.raw_path]


@pytest.mark.parametrize("schema_id", [FUTURES, SPOT])
async def test_one_trigger_is_set_and_taken_away_and_the_other_stays(box, schema_id):
    async with connected(box, schema_id) as ex:
        position = next(one for one in await led(ex, box) if one.side == "long")
        profit, loss = (uc.Price(position.entry_price * factor) for factor in (3, Decimal("0.2")))
        await ex.lead.set_tpsl(position, take_profit=profit, stop_loss=loss)
        both = next(one for one in await led(ex, box) if one.id == position.id)
        await ex.lead.set_tpsl(both, stop_loss=uc.CLEAR)
        one = next(one for one in await led(ex, box) if one.id == position.id)
        higher = uc.Price(position.entry_price * 4)
        await ex.lead.set_tpsl(one, take_profit=higher)
        moved = next(one for one in await led(ex, box) if one.id == position.id)

    assert (both.take_profit, both.stop_loss) == (profit, loss)
    assert (one.take_profit, one.stop_loss) == (profit, None)
    assert (moved.take_profit, moved.stop_loss) == (higher, None)


@pytest.mark.parametrize("schema_id", [FUTURES, SPOT])
async def test_a_closed_lead_position_is_gone_and_in_the_history(box, schema_id):
    async with connected(box, schema_id) as ex:
        position = (await led(ex, box))[0]
        start = box["bitget"].now_ms() - 3_600_000
        await ex.lead.close_position(position)

        assert position.id not in {one.id for one in await led(ex, box)}
        history = await ex.lead.closed_positions(since=start, until=box["bitget"].now_ms() + 60_000)
        closed = next(one for one in history if one.id == position.id)
        assert (closed.symbol, closed.side, closed.size) == (position.symbol, position.side, position.size)
        assert history.drift == []


async def test_a_symbol_is_closed_whole_and_the_receipt_names_what_was_closed(box):
    async with connected(box, FUTURES) as ex:
        symbol = symbols_of(box, spot=False)[0]
        before = await ex.lead.positions(symbol=symbol)
        receipt = await ex.lead.close_all_positions(symbol=symbol)

        assert set(receipt.ids) == {position.id for position in before}
        assert len(await ex.lead.positions(symbol=symbol)) == 0


@pytest.mark.parametrize("schema_id", [FUTURES, SPOT])
async def test_a_follower_who_can_be_removed_is_gone_then(box, schema_id):
    async with connected(box, schema_id) as ex:
        followers = await ex.lead.followers()
        assert followers.drift == []
        assert all(one.id and one.equity is not None for one in followers)
        poor = next(one for one in followers if one.removable)
        await ex.lead.remove_follower(poor)

        assert poor.id not in {one.id for one in await ex.lead.followers()}


@pytest.mark.parametrize("schema_id", [FUTURES, SPOT])
async def test_payments_of_a_day_come_to_its_sum(box, schema_id):
    async with connected(box, schema_id) as ex:
        totals = await ex.lead.profit_share_totals()
        assert totals.drift == []
        for total in totals:
            paid = await ex.lead.profit_share(day=total.at, asset=total.asset)
            assert sum(one.amount for one in paid) == total.amount
            assert {one.status for one in paid} == {"settled"}
        pending = await ex.lead.profit_share_pending()

    assert len(totals) > 0
    assert {one.status for one in pending} <= {"pending"}


async def test_payments_of_no_day_are_refused_with_the_arguments_that_are_missing(box):
    async with connected(box, FUTURES) as ex:
        with pytest.raises(uc.ArgumentsRequired, match=r"marginCoin is required.*date is required"):
            await ex.lead.profit_share()


@pytest.mark.parametrize("schema_id", [FUTURES, SPOT])
async def test_figures_of_a_leader_are_read(box, schema_id):
    async with connected(box, schema_id) as ex:
        figures = await ex.lead.statistics()

    assert figures.followers is not None
    if schema_id == FUTURES:
        assert figures.wins + figures.losses == figures.trades
        assert 0 <= figures.win_rate <= 1


async def test_symbols_are_led_and_not_led_one_at_a_time_in_futures(box):
    async with connected(box, FUTURES) as ex:
        rules = {rule.symbol: rule.enabled for rule in await ex.lead.symbols()}
        idle = next(symbol for symbol, enabled in rules.items() if not enabled)
        await ex.lead.set_symbols([idle], how="add")
        added = {rule.symbol: rule.enabled for rule in await ex.lead.symbols()}
        await ex.lead.set_symbols([idle], how="remove")
        removed = {rule.symbol: rule.enabled for rule in await ex.lead.symbols()}
        with pytest.raises(uc.NotSupported, match="one call changes one symbol"):
            await ex.lead.set_symbols(["BTC/USDT:USDT", "ETH/USDT:USDT"], how="add")

    assert (added[idle], removed) == (True, rules)


async def test_symbols_are_set_all_at_once_in_spot_and_read_under_their_other_name(box):
    async with connected(box, SPOT) as ex:
        before = (await ex.lead.settings()).symbols
        offered = {rule.symbol: rule.venue_symbol for rule in await ex.lead.symbols()}
        wanted = tuple(sorted({*symbols_of(box, spot=True), *list(offered)[:2]}))
        receipt = await ex.lead.set_symbols(wanted)
        now = await ex.lead.settings()

    assert set(now.symbols) == set(wanted)
    assert before is not None
    assert all(name.endswith("_SPBL") for name in offered.values())
    assert not [name for name in receipt.sent["symbols"] if name.endswith("_SPBL")]


async def test_a_leader_closes_the_door_in_futures(box):
    async with connected(box, FUTURES) as ex:
        await ex.lead.set_settings(uc.LeadSettings(open_to_follow=False, show_triggers=False))

    assert not lead(box).leader.open_to_follow
    assert lead(box).shown == {"equity"}  # which nobody spoke of


@pytest.mark.parametrize("schema_id", [FUTURES, SPOT])
async def test_who_does_not_lead_is_told_so(box, schema_id):
    async with connected(box, schema_id, account="empty") as ex:
        with pytest.raises(uc.PermissionDenied):
            await ex.lead.statistics()


def writes_that_say_yes():
    """The documented answers of the writes whose pages say "true is success"."""
    for schema_id in (FUTURES, SPOT):
        endpoints = load_schema(schema_id).schema.endpoints
        yield from (case for case in cases()[schema_id].accepted if endpoints[case.endpoint].confirm)


@pytest.mark.parametrize("case", list(writes_that_say_yes()), ids=lambda case: f"{case.api} {case.endpoint}")
async def test_a_write_that_answers_anything_but_yes_is_not_known_to_be_done(case):
    api = load_schema(case.api)
    endpoint, answer = api.schema.endpoints[case.endpoint], json.loads(case.raw)

    def core(body):
        connection = Playing(api, [json.dumps(body).encode()])
        return DrivenExchange(api, connection, alias=None, write=True, convert=False)._core

    request = Request(case.endpoint, endpoint.method, endpoint.path, [], b"{}", "application/json", {})
    assert at(await core(answer).answer(request, lambda: None), endpoint.confirm) is True
    put(answer, endpoint.confirm, False)
    with pytest.raises(uc.OutcomeUnknown):
        await core(answer).answer(request, lambda: None)


# -- copying in spot --------------------------------------------------------------------------------------------------


async def test_copies_are_the_followers_and_lead_orders_are_none_of_them(box):
    async with connected(box, SPOT, account=spot_follower(box)) as ex:
        positions = await ex.positions()
        others = await ex.lead.positions()
    async with connected(box, SPOT) as ex:
        own = await ex.positions()

    assert {position.id for position in positions} == {position.id for position in spot_copies(box)}
    assert positions.drift == []
    assert (len(others), len(own)) == (0, 0)


async def test_a_copy_is_sold_and_tells_its_leader_in_the_history(box):
    async with connected(box, SPOT, account=spot_follower(box)) as ex:
        position = (await ex.positions())[0]
        await ex.close_position(position)

        assert position.id not in {one.id for one in await ex.positions()}
        closed = next(one for one in await ex.closed_positions() if one.id == position.id)
        assert (closed.symbol, closed.size) == (position.symbol, position.size)
        (followed,) = await ex.following()
        assert closed.leader_id == followed.leader_id


async def test_triggers_of_a_copy_are_set_and_taken_away(box):
    async with connected(box, SPOT, account=spot_follower(box)) as ex:
        position = (await ex.positions())[0]
        profit = uc.Price(position.entry_price * 3)
        await ex.set_tpsl(position, take_profit=profit)
        told = next(one for one in await ex.positions() if one.id == position.id)
        await ex.set_tpsl(told, take_profit=uc.CLEAR)
        cleared = next(one for one in await ex.positions() if one.id == position.id)

    assert (told.take_profit, cleared.take_profit) == (profit, None)


async def test_following_in_spot_is_seen_in_the_followed_leaders_and_their_settings(box):
    async with connected(box, SPOT, account=spot_follower(box)) as ex:
        (followed,) = await ex.following()
    async with connected(box, SPOT, account="empty") as ex:
        leader = await ex.leader(followed.leader_id)
        rule = next(iter(await ex.copy_limits(leader=leader)))
        settings = uc.FollowSettings(
            sizing=uc.FixedAmount(rule.min_amount or 10),
            symbols=(rule.symbol,),
            max_position=Decimal(1000),
            take_profit=uc.Roi("0.5"),
            stop_loss=uc.Roi("-0.2"),
        )
        await ex.follow(leader, settings)
        (told,) = await ex.follow_settings(leader)
        again = await ex.leader(leader.id)
        await ex.unfollow(leader)

        assert (leader.followed, again.followed) == (False, True)
        assert (told.symbols, told.take_profit, told.stop_loss) == ((rule.symbol,), uc.Roi("0.5"), uc.Roi("-0.2"))
        assert told.leader_id == leader.id
        assert len(await ex.following()) == 0


async def test_what_the_limits_of_a_leader_forbid_is_refused_before_the_request(box):
    async with connected(box, SPOT, account=spot_follower(box)) as ex:
        (followed,) = await ex.following()
        rule = next(iter(await ex.copy_limits(leader=followed)))
        settings = uc.FollowSettings(
            sizing=uc.FixedAmount(rule.max_amount * 2), symbols=(rule.symbol,), max_position=Decimal(10)
        )
        with pytest.raises(uc.BadRequest, match="out of the venue's range"):
            await ex.follow(followed, settings)

    assert not [request for request in box["bitget"].requests if "setFollowerConfig" in request.raw_path]


async def test_a_leader_is_read_by_id_alone_in_futures(box):
    async with connected(box, FUTURES, account="main") as ex:
        someone = (await ex.list_leaders())[1]
        leader = await ex.leader(someone.id)
        with pytest.raises(uc.LeaderUnavailable, match="shows no leader 'nobody'"):
            await ex.leader("nobody")

    assert (leader.id, leader.name, leader.trades) == (someone.id, someone.name, someone.trades)
