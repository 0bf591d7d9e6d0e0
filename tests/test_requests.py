"""Values to bytes: everything checked first, everything quoted, everything wrong said at once."""

import re
from decimal import Decimal
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unifiedcopy import errors
from unifiedcopy.request import build
from unifiedcopy.schema.model import Endpoint, Paging, Param


def endpoint(method="POST", path="/orders", **params) -> Endpoint:
    return Endpoint(method, path, "invented", params=params)


def made(spec: Endpoint, **values):
    return build("plain/v1", "orders", spec, values)


@pytest.mark.parametrize(
    ("spec", "value", "sent"),
    [
        (Param(type="decimal"), Decimal("1E-7"), b'{"x":"0.0000001"}'),
        (Param(type="decimal"), Decimal("1E+3"), b'{"x":"1000"}'),
        (Param(type="decimal"), "0.10", b'{"x":"0.10"}'),
        (Param(type="integer"), "9007199254740993123", b'{"x":9007199254740993123}'),
        (Param(type="boolean"), True, b'{"x":true}'),
        (Param(type="list"), ("a", "b"), b'{"x":["a","b"]}'),
        (Param(), 5, b'{"x":"5"}'),
        (Param(const=True, type="boolean"), None, b'{"x":true}'),
        (Param(default="all"), None, b'{"x":"all"}'),
        (Param(type="decimal", clear="null"), "null", b'{"x":null}'),
        (Param(type="decimal", clear=""), "", b'{"x":""}'),
    ],
)
def test_a_value_is_written_as_its_type_says_and_without_an_exponent(spec, value, sent):
    values = {} if value is None else {"x": value}

    assert made(endpoint(x=spec), **values).body == sent


@pytest.mark.parametrize(
    ("spec", "value", "says"),
    [
        (Param(type="decimal", max="1"), "1.5", "out of range"),
        (Param(type="decimal", min="0"), "-1", "out of range"),
        (Param(type="decimal", decimals=2), "1.234", "more than 2 digits"),
        (Param(type="decimal"), 0.1, "not float"),
        (Param(type="decimal"), "NaN", "not a number that money can be"),
        (Param(type="decimal"), "1e99", "not a number that money can be"),
        (Param(type="decimal"), True, "not bool"),
        (Param(type="decimal"), "null", "is not a number"),
        (Param(type="decimal", clear="null"), "", "is not a number"),
        (Param(type="integer"), "1.5", "not a whole number"),
        (Param(type="boolean"), "true", "True or False"),
        (Param(type="list"), "a,b", "takes a list"),
        (Param(choices=["a", "b"]), "c", "none of a, b"),
        (Param(pattern="[A-Z]+"), "btc", "does not fit"),
        (Param(), "a\r\nb", "control characters"),
        (Param(), "a\x00", "control characters"),
        (Param(max_length=3), "abcd", "longer than 3"),
        (Param(), ["a"], "takes text"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_name_and_the_cure(spec, value, says):
    with pytest.raises(errors.BadRequest, match=re.escape(says)) as caught:
        made(endpoint(x=spec), x=value)

    assert caught.value.message.startswith("x: ")
    assert caught.value.outcome == "not_sent"


def test_everything_that_is_wrong_with_a_call_is_said_at_once():
    spec = endpoint(
        price=Param(type="decimal"), symbol=Param(required=True, source="symbol"), side=Param(choices=["b", "s"])
    )

    with pytest.raises(errors.BadRequest) as caught:
        made(spec, prize="1", side="x", price="-")

    for part in (
        "prize",
        "did you mean 'price'?",
        "side: 'x' is none of b, s",
        "price: ",
        "symbol is required (from symbol)",
    ):
        assert part in caught.value.message


def test_only_missing_parameters_raise_arguments_required():
    with pytest.raises(errors.ArgumentsRequired, match="x is required"):
        made(endpoint(x=Param(required=True)))


def test_rows_are_checked_key_by_key():
    spec = endpoint(rows=Param(type="rows"), **{"rows[].a": Param(required=True), "rows[].n": Param(type="integer")})

    assert made(spec, rows=[{"a": "1", "n": 2}]).body == b'{"rows":[{"a":"1","n":2}]}'
    with pytest.raises(errors.BadRequest, match=r"rows\[\].n: .*; rows\[\].a is required"):
        made(spec, rows=[{"n": "x"}])


def test_a_post_without_parameters_sends_an_empty_object():
    assert made(endpoint()).body == b"{}"


@pytest.mark.parametrize("cursor", ["updateAt%3D1672279322668", "page_token%3D39380%26", "first%3D0GUSDT%26last%3D"])
def test_a_cursor_that_arrived_encoded_goes_back_unchanged(cursor):
    spec = Endpoint(
        "GET", "/list", "x", params={"cursor": Param()}, paging=Paging("cursor", "cursor", next="next", encoded=True)
    )

    assert made(spec, cursor=cursor).query == [("cursor", cursor)]


def test_a_cursor_that_is_no_encoded_text_is_encoded_after_all():
    spec = Endpoint(
        "GET", "/list", "x", params={"cursor": Param()}, paging=Paging("cursor", "cursor", next="next", encoded=True)
    )

    assert made(spec, cursor="a&b=c").query == [("cursor", "a%26b%3Dc")]


hostile = st.one_of(
    st.text(min_size=1, max_size=60),
    st.sampled_from(["../../v2/withdraw?x=", "%2e%2e/", "@evil.example/", "a?b#c", "a&b=c", "\\..\\", "a/b", "..;/"]),
)


@given(value=hostile)
def test_no_value_changes_the_route_or_adds_a_parameter(value):
    spec = endpoint("GET", "/leaders/{leader}/detail", leader=Param(), name=Param())
    try:
        request = made(spec, leader=value, name=value)
    except errors.BadRequest:
        return
    target = urlsplit(request.path + "?" + "&".join(f"{key}={text}" for key, text in request.query))

    assert [unquote(part) for part in target.path.split("/")] == ["", "leaders", value, "detail"]
    assert value.strip(".") != ""
    assert parse_qsl(target.query, keep_blank_values=True) == [("name", value)]
    assert (target.scheme, target.netloc, target.fragment) == ("", "", "")
