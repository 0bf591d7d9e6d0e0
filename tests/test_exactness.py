"""No digit is lost between an argument and the wire, nor between the wire and a struct.

``python -m tests.proof.exactness`` tries a million decimals; here are some thousands.
"""

from tests.proof import exactness
from unifiedcopy import request


def test_decimals_are_the_same_there_and_back():
    figures = exactness.run(3_000, seed=5)

    assert figures.faults == []
    assert figures.values == 7 * 3_000
    assert figures.by_float > 1_000


def test_the_proof_notices_a_number_that_passes_through_a_float(monkeypatch):
    monkeypatch.setitem(request._TYPES, "decimal", lambda spec, value: f"{float(value):f}")

    assert exactness.run(100, seed=5).faults != []
