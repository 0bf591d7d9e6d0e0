"""A slice of the fault matrix, the same in every run; and that the matrix can fail."""

from __future__ import annotations

from itertools import islice

import pytest
import stamina

import unifiedcopy as uc
from tests.proof.catalogue import FAMILIES
from tests.proof.cells import VIOLATIONS, Cell, cells
from tests.proof.faults import played
from tests.proof.origins import Origins
from tests.proof.plays import PLAYS
from unifiedcopy.sandbox import Sandbox

STRIDE = 131
"""A prime, so that the slice meets every family on every API."""
WAITING = ("no answer", "byte by byte", "pause in the body", "kept connection dies", "wait 1 s")


@pytest.fixture(autouse=True)
def no_backoff():
    with stamina.set_testing(True, attempts=3):
        yield


def short(cell: Cell) -> bool:
    return not any(word in cell.fault for word in WAITING)


async def test_a_slice_of_the_matrix_holds():
    results = await played(list(islice(filter(short, cells()), 0, None, STRIDE)), "unifiedcopy")
    really = [result for result in results if result.found != ("not offered",)]

    assert [result for result in results if set(result.found) & set(VIOLATIONS)] == []
    assert {result.cell.fault[0] for result in really} == set(FAMILIES)
    assert {result.cell.api for result in really} == set(PLAYS)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (Cell("bitget/v2-futures", "set_tpsl", "A:reset", True), "doubled"),
        (Cell("zoomex/v3", "set_tpsl", "B:503", True), "doubled"),
        (Cell("okx/v5", "unfollow", "A:closed", True), "lost"),
        (Cell("bitget/v2-futures", "set_tpsl", "B:307 to another host", False), "leaked"),
    ],
    ids=str,
)
async def test_a_client_that_asks_again_and_follows_redirects_fails(cell, found):
    [result] = await played([cell], "naive")

    assert found in result.found, result


async def test_a_good_certificate_is_spoken_to_and_the_bad_ones_never():
    async with Origins() as origins, Sandbox(venues=["okx"]) as box:
        for name, origin in origins.tls.items():
            async with PLAYS["okx/v5"].connect(box["okx"], "main", base_url=origin.url) as ex:
                with pytest.raises(uc.UnifiedCopyError):
                    await ex.following()
            assert bool(origin.received) == (name == "good"), name
