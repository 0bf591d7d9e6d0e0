"""A key that stands twice in one object is found, whatever answers were read before."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from unifiedcopy.schema.keys import Keys

NAMES = st.sampled_from(["a", "b", "size", "a-b", 'c"d', "é"])
TEXTS = st.text('a"{}:\\, x', max_size=6)


class Pairs(list):
    """An object's keys and values, where a key may stand twice."""


VALUES = st.recursive(
    TEXTS | st.integers() | st.none(),
    lambda inner: st.lists(st.tuples(NAMES, inner), max_size=4).map(Pairs) | st.lists(inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(Pairs)


def written(value: object, ascii_only: bool, colon: str) -> str:
    """JSON of it; a name may be written in escapes, and blanks may stand before a colon."""
    match value:
        case Pairs():
            inner = (
                f"{json.dumps(k, ensure_ascii=ascii_only)}{colon}{written(v, ascii_only, colon)}" for k, v in value
            )
            return "{" + ",".join(inner) + "}"
        case list():
            return "[" + ",".join(written(one, ascii_only, colon) for one in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=ascii_only)


def doubled(value: object) -> bool:
    match value:
        case Pairs():
            names = [name for name, _ in value]
            return len(set(names)) < len(names) or any(doubled(inner) for _, inner in value)
        case list():
            return any(doubled(one) for one in value)
        case _:
            return False


@settings(max_examples=400)
@given(st.lists(st.tuples(OBJECTS, st.booleans(), st.sampled_from([":", ": ", " :"])), min_size=1, max_size=12))
def test_in_answers_of_one_row_a_double_key_is_found_whatever_came_before(answers):
    keys = Keys()
    for value, ascii_only, colon in answers:
        body = written(value, ascii_only, colon).encode()
        assert (keys.twice(body, 1) is not None) == doubled(value), body


def test_text_in_a_value_does_not_pass_for_a_key():
    keys = Keys()
    assert keys.twice(b'{"a":{"x":1},"x":2}', 1) is None
    assert keys.twice(b'{"a":"{","x":"}","x":2}', 1) == "x"


def test_a_key_written_in_escapes_is_the_same_key():
    keys = Keys()
    assert keys.twice(b'{"ab":1}', 1) is None
    assert keys.twice(b'{"ab":1,"a\\u0062":2}', 1) == "ab"
