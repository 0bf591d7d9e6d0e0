"""Lists of one, versions, contracts, codes inside rows: over a real socket, against the invented venue."""

import base64
import hashlib
import hmac
import re
from decimal import Decimal

import pytest

import unifiedcopy as uc
from tests.credentials import SECRET
from tests.guild.venue import FIFTY, open_row
from unifiedcopy import errors

# -- signing ----------------------------------------------------------------------------------------------------------


async def test_an_iso_timestamp_a_nonce_and_the_hex_text_in_base64_are_signed(venue, ex):
    venue.answers["/lead/positions"] = {"code": "0", "data": []}

    await ex.lead.positions()
    await ex.lead.positions()

    first, second = venue.received[-2:]
    text = first.headers["g-time"] + "GET/lead/positions" + first.headers["g-nonce"]
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert first.headers["g-sign"] == base64.b64encode(digest.encode()).decode()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.headers["g-time"])
    assert first.headers["g-nonce"] != second.headers["g-nonce"]


# -- wrapped objects, versions ----------------------------------------------------------------------------------------


def ranks(version: str, pages: int, *codes: str) -> dict:
    rows = [{"code": code, "roi": "0.5", "insts": [{"id": "BTC-USDT-SWAP", "on": "1"}]} for code in codes]
    return {"code": "0", "data": [{"dataVer": version, "totalPage": str(pages), "ranks": rows}]}


async def test_a_ranking_is_read_in_one_version(venue, ex):
    venue.answers["/leaders"] = [ranks("v1", 2, "a", "b"), ranks("v1", 2, "c")]

    leaders = await ex.list_leaders()

    assert [leader.id for leader in leaders] == ["a", "b", "c"]
    assert leaders[0].window_days == 90
    assert venue.targets() == ["/leaders?page=1&limit=2", "/leaders?page=2&limit=2&dataVer=v1"]


async def test_a_ranking_that_is_made_anew_meanwhile_is_read_again_and_nobody_is_lost_or_doubled(venue, ex):
    venue.answers["/leaders"] = [
        ranks("v1", 2, "a", "b"),
        ranks("v2", 2, "b", "c"),  # b fell to the second page, x rose to the first
        ranks("v2", 2, "x", "a"),
        ranks("v2", 2, "b", "c"),
    ]

    leaders = await ex.list_leaders()

    assert sorted(leader.id for leader in leaders) == ["a", "b", "c", "x"]
    assert venue.targets()[-2:] == ["/leaders?page=1&limit=2&dataVer=v2", "/leaders?page=2&limit=2&dataVer=v2"]


async def test_a_list_of_nothing_where_one_object_is_wrapped_is_empty(venue, ex):
    venue.answers["/leaders"] = {"code": "0", "data": []}

    assert len(await ex.list_leaders()) == 0


@pytest.mark.parametrize("data", [None, {}, "", [None], [{"ranks": None}]])
async def test_anything_else_there_is_an_error_and_no_empty_list(venue, ex, data):
    venue.answers["/leaders"] = {"code": "0", "data": data}

    with pytest.raises(errors.BadResponse):
        await ex.list_leaders()


async def test_only_symbols_that_are_switched_on_are_listed(venue, ex):
    page = ranks("v1", 1, "a")
    page["data"][0]["ranks"][0]["insts"].append({"id": "ETH-USDT-SWAP", "on": "0"})
    venue.answers["/leaders"] = page

    assert (await ex.list_leaders())[0].symbols == ("BTC/USDT:USDT",)


@pytest.mark.parametrize(("asked", "sent", "told"), [(None, "3", 90), (7, "1", 7)])
async def test_what_an_answer_does_not_repeat_is_taken_from_the_request(venue, ex, asked, sent, told):
    venue.answers["/stats"] = {"code": "0", "data": [{"win": "0.6"}]}

    leader = await ex.leader("abc", days=asked)

    assert (leader.id, leader.window_days, leader.win_rate) == ("abc", told, Decimal("0.6"))
    assert venue.targets() == [f"/stats?code=abc&days={sent}"]


async def test_a_window_that_the_venue_does_not_have_is_refused(venue, ex):
    with pytest.raises(errors.BadRequest, match="it takes 7, 90"):
        await ex.leader("abc", days=8)
    assert venue.received == []


async def test_bare_values_are_rows_and_a_bad_one_is_withheld(venue, ex):
    venue.answers["/lead/symbols"] = {"code": "0", "data": {"list": ["BTC-USDT-SWAP", None]}}

    with pytest.raises(errors.PartialResult) as caught:
        await ex.lead.symbols()

    assert [(rule.symbol, rule.enabled) for rule in caught.value.page] == [("BTC/USDT:USDT", True)]


async def test_a_cursor_is_not_followed_when_the_venue_says_that_nothing_follows(venue, ex):
    venue.answers["/positions"] = [
        {"code": "0", "data": [open_row()], "next": "n1", "hasNext": True},
        {"code": "0", "data": [open_row(id="2")], "next": "n2", "hasNext": False},
    ]

    assert len(await ex.positions()) == 2


# -- contracts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "side", "size", "unit", "notional"),
    [
        ({"posSide": "net", "pos": "-3"}, "short", "0.03", "base", "1800"),
        ({"posSide": "net", "pos": "3"}, "long", "0.03", "base", "1800"),
        ({"posSide": "short", "pos": "3"}, "short", "0.03", "base", "1800"),
        ({"inst": "BTC-USD-SWAP"}, "long", "300", "quote", "300"),
        ({"inst": "NEW-USDT-SWAP"}, "long", "3", "contract", None),
        ({"inst": "odd"}, "long", "3", "contract", None),
    ],
)
async def test_contracts_become_coins_or_quote_money_and_what_is_not_listed_stays(
    venue, ex, row, side, size, unit, notional
):
    venue.answers["/positions"] = {"code": "0", "data": [open_row(**row)]}

    (position,) = page = await ex.positions()

    assert (position.side, position.size, position.size_unit) == (side, Decimal(size), unit)
    assert position.notional == (None if notional is None else Decimal(notional))
    assert page.info(0)["pos"] == row.get("pos", "3")


@pytest.mark.parametrize("row", [{"posSide": "net", "pos": "0"}, {"posSide": "net", "pos": ""}, {"posSide": "both"}])
async def test_a_net_position_without_a_sign_is_withheld(venue, ex, row):
    venue.answers["/positions"] = {"code": "0", "data": [open_row(**row)]}

    with pytest.raises(errors.PartialResult):
        await ex.positions()


async def test_the_instruments_are_read_once_for_all_accounts(venue, guild):
    venue.answers["/positions"] = {"code": "0", "data": [open_row()]}
    async with venue.exchange(guild) as first, venue.exchange(guild) as second:
        await first.positions()
        await second.positions()

    assert [received.target for received in venue.received].count("/instruments") == 1


async def test_positions_are_not_shown_in_a_guessed_unit_when_the_instruments_cannot_be_read(venue, ex):
    venue.answers["/instruments"] = {"code": "0", "data": []}
    venue.answers["/positions"] = {"code": "0", "data": [open_row()]}

    with pytest.raises(errors.BadResponse, match="lists no instruments"):
        await ex.positions()


async def test_a_size_goes_back_as_contracts(venue, ex):
    venue.answers["/positions"] = {"code": "0", "data": [open_row()]}
    (position,) = await ex.positions()

    await ex.close_position(position)

    assert venue.body() == {"id": "1", "size": "3"}


async def test_a_size_that_is_no_number_of_contracts_is_refused(venue, ex):
    position = uc.Position("guild/v1", "me", "1", "BTC/USDT:USDT", "BTC-USDT-SWAP", "long", Decimal("0.015"), "base")
    thirds = uc.Position("guild/v1", "me", "1", None, "NEW-USDT-SWAP", "long", Decimal(1), "base")

    await ex.close_position(position)  # half a contract: the venue may allow it
    assert venue.body()["size"] == "1.5"
    with pytest.raises(errors.BadRequest, match="lists no NEW-USDT-SWAP"):
        await ex.close_position(thirds)


# -- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "outcome"),
    [
        ({"code": "0", "data": [{"sCode": "51000", "sMsg": "no"}]}, errors.BadRequest, "rejected"),
        ({"code": "1", "data": [{"sCode": "59280", "sMsg": "no"}]}, errors.NotFollowing, "rejected"),
        ({"code": "0", "data": {"sCode": "51000"}}, errors.BadRequest, "rejected"),
        ({"code": "2", "data": [{"sCode": "0"}]}, errors.OutcomeUnknown, "unknown"),
        ({"code": "0", "data": [{"sCode": "99999"}]}, errors.OutcomeUnknown, "unknown"),
        ({"code": "0", "data": [{"result": False}]}, errors.OutcomeUnknown, "unknown"),
        ({"code": "0", "data": []}, errors.OutcomeUnknown, "unknown"),
    ],
)
async def test_a_code_inside_a_row_rules_and_a_write_must_be_confirmed(venue, ex, answer, kind, outcome):
    venue.answers["/follow"] = answer

    with pytest.raises(kind) as caught:
        await ex.follow("abc", FIFTY, amend=False)

    assert caught.value.outcome == outcome


async def test_a_word_that_denies_a_success_code_leaves_the_outcome_open(venue, ex):
    venue.answers["/amend"] = {"code": "0", "data": "fail"}
    with pytest.raises(errors.OutcomeUnknown, match="the answer's data is 'fail'") as caught:
        await ex.follow("abc", FIFTY, amend=True)
    ex.resolve_write(caught.value.journal_id, applied=False)

    venue.answers["/amend"] = {"code": "0", "data": ""}
    assert (await ex.follow("abc", FIFTY, amend=True)).endpoint == "amend"
