"""The engine's accounts that lead: positions, followers, rules, profit shares."""

from __future__ import annotations

from decimal import Decimal

import pytest

from unifiedcopy.sandbox import CopySettings, Lead, Market, SymbolRule, Trigger, World, sums
from unifiedcopy.sandbox.clock import Clock

D = Decimal
DAY_MS = 86_400_000
NOW = 1_800_000_000_000


class Wall:
    now = NOW

    def __call__(self) -> int:
        return self.now


def leading_world(seed: int = 1, **wishes: object) -> tuple[World, Lead]:
    """An account ``bo`` that leads, with money enough for any copy."""
    world = World("acme", Market(seed), Clock(wall=lambda: NOW), seed)
    world.open_account("bo", kind="LEAD")
    return world, world.let_lead("bo", "42", "Bo", **wishes)  # type: ignore[arg-type]


def test_an_account_leads_or_does_not() -> None:
    world, lead = leading_world()

    assert world.lead("bo") is lead
    assert world.lead("bo", spot=True) is None
    assert world.lead("ada") is None


def test_figures_of_a_leader_are_the_sums_of_the_details() -> None:
    world, lead = leading_world(followers=5, former=3)
    leader, closed = lead.leader, lead.history

    assert len(closed) == leader.trades == 30
    assert leader.wins == sum(p.realized > 0 for p in closed)
    assert leader.profit == sum(p.realized for p in closed) == sum(day.profit for day in leader.days)
    assert leader.followers == len(lead.followers) == 5
    assert leader.followers_ever == len(lead.followers) + len(lead.former) == 8
    assert leader.follower_profit == sum(f.profit for f in (*lead.followers, *lead.former)) != 0
    assert leader.followers <= leader.follower_limit
    assert world.ledger.total() == 0


def test_paid_shares_add_up_by_follower_and_by_day() -> None:
    _, lead = leading_world()
    by_follower = sums(lead.shares, lambda share: share.follower.uid)
    by_day = sums(lead.shares, lambda share: share.at)

    assert by_follower == {f.uid: f.follow.settled for f in (*lead.followers, *lead.former) if f.follow.settled}
    assert sum(by_day.values()) == sum(by_follower.values())
    assert list(by_day) == sorted(by_day)
    assert all(at % DAY_MS == 0 and at < NOW for at in by_day)
    assert [int(share.id) for share in lead.shares] == sorted(int(share.id) for share in lead.shares)
    assert lead.pending == []


def test_shares_may_have_been_paid_in_several_assets() -> None:
    world, lead = leading_world(assets=("USDT", "BTC"))
    paid = sums(lead.shares, lambda share: share.asset)

    assert set(paid) == {"USDT", "BTC"}
    assert world.ledger.balance(lead.leader.owner, "BTC") == paid["BTC"]
    assert world.ledger.total("BTC") == world.ledger.total() == 0


def test_who_left_was_there_before() -> None:
    _, lead = leading_world(former=4)

    assert all(f.left_at is not None and f.since < f.left_at <= NOW for f in lead.former)
    assert {lead.equity_of(f) for f in lead.former} == {D(0)}
    assert all(
        f.left_at is None and lead.equity_of(f) == f.invested + f.profit - f.follow.settled for f in lead.followers
    )


def test_every_follower_copies_and_closes_with_the_leader() -> None:
    world, lead = leading_world(followers=4)
    position = lead.open("SOL", "long")
    assert position is not None
    copies = world.book.children(position)
    lead.copying.book.close(position, position.size / 2)

    assert position.copies == len(copies) == 4
    assert all(D("0.4") < copy.closed_size / copy.max_size <= D("0.5") for copy in copies)
    world.book.close(position)
    assert {copy.size for copy in copies} == {D(0)}
    assert {c.reason for c in world.book.closings if c.position in copies} == {"leader"}
    assert position in lead.history


def test_a_trigger_of_the_leader_closes_the_copies_too() -> None:
    world, lead = leading_world(followers=2)
    position = lead.open("SOL", "long")
    assert position is not None
    position.take_profit = Trigger("price", D("160"))
    copies = world.book.children(position)
    world.market.set_price("SOL", D("160"))

    assert position.size == 0
    assert [copy.size for copy in copies] == [0, 0]


def test_a_rule_gives_leverage_and_triggers() -> None:
    _, lead = leading_world()
    lead.set_rule("LINK", SymbolRule(D(7), D("0.5"), D("0.2")))
    position = lead.open("LINK", "short")

    assert position is not None
    assert position.leverage == 7
    assert position.take_profit == Trigger("price", D("13.244"))  # 14.263 * (1 - 0.5 / 7)
    assert position.stop_loss == Trigger("price", D("14.671"))  # 14.263 * (1 + 0.2 / 7)
    assert "LINK" in lead.leader.coins
    lead.drop_rule("LINK")
    assert "LINK" not in lead.leader.coins
    assert "LINK" not in lead.rules


def test_a_removed_follower_copies_no_more_and_has_the_money_back() -> None:
    world, lead = leading_world(followers=2)
    gone, stays = lead.followers
    lead.open("SOL", "long")
    world.market.set_price("SOL", D("155"))
    worth, earlier = lead.equity_of(gone), len(lead.shares)
    lead.remove(gone)
    again = lead.open("SOL", "short")

    assert again is not None
    assert lead.followers == [stays]
    assert lead.former[-1] is gone
    assert gone.removed
    assert gone.left_at == NOW
    assert world.book.open_positions(gone.follow.account) == []
    assert again.copies == 1
    assert [share.follower for share in lead.shares[earlier:]] == [gone]
    assert lead.equity_of(gone) == 0 < world.ledger.balance(gone.follow.account) < worth


def test_a_share_is_pending_until_it_is_paid() -> None:
    wall = Wall()
    world = World("acme", Market(1), Clock(wall=wall), 1)
    world.open_account("bo", kind="LEAD")
    lead = world.let_lead("bo", "42", "Bo", followers=3)
    lead.leader.settle_days = 1
    position = lead.open("SOL", "long")
    assert position is not None
    world.market.set_price("SOL", D("155"))
    world.book.close(position)
    due, earlier = lead.pending, len(lead.shares)

    assert [share.follower for share in due] == lead.followers
    assert all(share.amount > 0 and share.at == NOW + DAY_MS and not share.settled for share in due)
    wall.now += DAY_MS + 1
    world.step(60)
    assert lead.pending == []
    assert [(s.follower, s.amount) for s in lead.shares[earlier:]] == [(s.follower, s.amount) for s in due]


def test_a_real_account_is_a_follower_like_the_others() -> None:
    world, lead = leading_world(followers=1)
    ada = world.open_account("ada", kind="COPY", deposit=D(500))
    world.copying.follow("ada", lead.leader, CopySettings(), invest=D(100))

    assert lead.followers[-1].uid == ada.uid
    assert lead.followers[-1].invested == 100
    world.copying.unfollow(world.copying.following("ada")[0])
    assert lead.former[-1].uid == ada.uid
    assert not lead.former[-1].removed


def test_spot_is_led_long_and_without_leverage() -> None:
    world, lead = leading_world(spot=True, followers=2)
    position = lead.open("ETH", "long")

    assert position is not None
    assert {p.side for p in lead.history} == {"long"}
    assert position.margin == position.size * position.entry
    assert [copy.leverage for copy in world.book.children(position)] == [1, 1]
    assert lead.leader.id in world.spot.leaders
    assert lead.leader.id not in world.copying.leaders


def test_an_account_that_leads_is_left_to_its_owner() -> None:
    world, lead = leading_world()
    for _ in range(48):
        world.step(3_600)

    assert lead.positions == []


@pytest.mark.parametrize("spot", [False, True])
def test_one_seed_one_past(spot: bool) -> None:
    def story(seed: int) -> object:
        _, lead = leading_world(seed, spot=spot)
        shares = [(s.id, s.follower.uid, s.asset, s.amount, s.at) for s in lead.shares]
        return shares, [(p.id, p.coin, p.realized) for p in lead.history], [f.since for f in lead.followers]

    assert story(3) == story(3)
    assert story(3) != story(4)
