"""A list is read whole: to its end and no further, every row once, and none that is doubtful."""

import json

import pytest

from tests.schemas import PLAIN, api_of
from tests.venue import Say
from unifiedcopy import errors

ROW = {"id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5"}
OK = Say({"code": 0, "data": []})


async def test_a_page_that_lost_a_row_is_an_error_that_holds_the_others(venue, ex):
    venue.script = [Say({"code": 0, "data": [ROW, {**ROW, "id": "2", "size": "NaN"}]})]

    with pytest.raises(errors.PartialResult, match="1 rows can't be read") as caught:
        await ex.positions()
    assert [position.id for position in caught.value.page] == ["1"]
    partial = await ex.positions(partial=True)
    assert ([position.id for position in partial], len(partial.withheld)) == (["1"], 1)


@pytest.mark.parametrize("count", [2, 4])
async def test_a_cursor_that_comes_again_ends_the_walk(venue, ex, count):
    rows = [{**ROW, "id": str(number)} for number in range(count)]
    venue.script = [Say({"code": 0, "data": {"list": rows, "next": "same"}})]

    assert [position.id for position in await ex.positions()] == [row["id"] for row in rows]
    assert len(venue.received) == 2


async def test_a_full_page_that_comes_again_is_no_end(venue, ex):
    rows = [{**ROW, "id": str(number)} for number in range(3)]
    venue.script = [Say({"code": 0, "data": {"list": rows, "next": "same"}})]

    with pytest.raises(errors.BadResponse, match="the list stands still: a full page of 3 rows"):
        await ex.positions()


async def test_a_row_that_stands_twice_on_a_page_is_read_once(venue, ex):
    venue.script = [Say({"code": 0, "data": {"list": [ROW, ROW], "next": ""}})]

    assert len(await ex.positions()) == 1


async def test_a_key_that_stands_twice_in_a_row_is_refused_also_in_an_answer_like_one_before(venue, ex):
    right = json.dumps({"code": 0, "data": {"list": [ROW], "next": ""}}).replace(": ", ":")
    twice = right.replace('"size":', '"size":"77","size":')
    venue.script = [Say(right.encode()), Say(right.encode()), Say(twice.encode())]

    assert [len(await ex.positions()), len(await ex.positions())] == [1, 1]
    with pytest.raises(errors.SchemaDrift, match="the key 'size' stands twice"):
        await ex.positions()


async def test_a_new_key_in_one_answer_hides_no_double_in_the_next(venue, ex):
    rows = [ROW, {**ROW, "id": "2"}]
    answers = [[{**ROW, "new": 1}, rows[1]], [{**row, "new": 1} for row in rows], rows]
    bodies = [json.dumps({"code": 0, "data": {"list": each, "next": ""}}).replace(": ", ":") for each in answers]
    venue.script = [Say(body.encode()) for body in bodies] + [
        Say(bodies[-1].replace('"size":', '"size":"77","size":', times).encode()) for times in (1, 2)
    ]

    assert [len(await ex.positions()) for _ in answers] == [2, 2, 2]
    for _ in range(2):
        with pytest.raises(errors.SchemaDrift, match="the key 'size' stands twice"):
            await ex.positions()


async def test_two_rows_of_one_id_that_differ_are_not_chosen_from(venue, ex):
    venue.script = [Say({"code": 0, "data": {"list": [ROW, {**ROW, "size": "77"}], "next": ""}})]

    with pytest.raises(errors.BadResponse, match="stands there twice, and differs"):
        await ex.positions()


async def test_a_short_page_does_not_end_a_list_that_goes_on(venue, ex):
    """Some venues send fewer rows than they are asked for."""
    rows = [{**ROW, "id": str(number)} for number in range(3)]
    venue.script = [Say({"code": 0, "data": {"list": [row], "next": f"c{row['id']}"}}) for row in rows] + [OK]

    assert [position.id for position in await ex.positions()] == ["0", "1", "2"]


async def test_a_cursor_that_comes_again_ends_the_walk_also_with_new_rows(venue, ex):
    numbers = iter(range(1000))
    venue.script = [lambda _: Say({"code": 0, "data": {"list": [{**ROW, "id": str(next(numbers))}], "next": "same"}})]

    assert [position.id for position in await ex.positions()] == ["0", "1"]


async def test_an_error_that_means_an_empty_list_is_no_end_of_a_list_that_began(venue, tmp_path):
    api = api_of(tmp_path, PLAIN.replace('skip_zero = "size"', 'skip_zero = "size"\nempty_codes = ["7"]'))
    async with venue.exchange(api) as ex:
        venue.script = [Say({"code": 7, "msg": "nobody is followed"})]
        assert list(await ex.positions()) == []

        for row in (ROW, {**ROW, "side": "?"}):
            venue.script = [Say({"code": 0, "data": {"list": [row], "next": "c1"}}), Say({"code": 7})]
            with pytest.raises(errors.BadResponse, match="broke off"):
                await ex.positions(partial=True)


async def test_an_error_that_means_an_empty_list_ends_a_list_of_placeholders(venue, tmp_path):
    api = api_of(tmp_path, PLAIN.replace('skip_zero = "size"', 'skip_zero = "size"\nempty_codes = ["7"]'))
    async with venue.exchange(api) as ex:
        venue.script = [Say({"code": 0, "data": {"list": [{**ROW, "size": "0"}], "next": "c1"}}), Say({"code": 7})]

        assert list(await ex.positions()) == []


async def test_a_flag_that_nothing_follows_ends_a_walk_by_numbers(venue, tmp_path):
    cursor = 'style = "cursor", param = "cursor", size = "limit", max_size = 3, next = "data.next", encoded = true'
    number = 'style = "number", param = "cursor", size = "limit", max_size = 3, more = "data.more"'
    pages = [Say({"code": 0, "data": {"list": [{**ROW, "id": str(page)}], "more": page < 2}}) for page in range(3)]
    async with venue.exchange(api_of(tmp_path, PLAIN.replace(cursor, number))) as ex:
        venue.script = pages
        assert [position.id for position in await ex.positions()] == ["0", "1", "2"]

    assert len(venue.received) == 3


async def test_rows_that_come_again_under_new_cursors_end_the_walk(venue, ex):
    numbers = iter(range(1000))
    venue.script = [lambda _: Say({"code": 0, "data": {"list": [ROW], "next": f"c{next(numbers)}"}})]

    assert len(await ex.positions()) == 1
    assert len(venue.received) == 2


async def test_a_row_withheld_on_a_later_page_is_not_forgotten(venue, ex):
    venue.script = [
        Say({"code": 0, "data": {"list": [ROW], "next": "c1"}}),
        Say({"code": 0, "data": {"list": [{**ROW, "id": "2", "side": "?"}, {**ROW, "id": "3"}], "next": ""}}),
    ]

    with pytest.raises(errors.PartialResult) as caught:
        await ex.positions()
    assert [position.id for position in caught.value.page] == ["1", "3"]
