import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.safety.conftest import wish
from unifiedcopy.request import Request
from unifiedcopy.safety.intent import digest, fingerprint


def test_the_same_wish_has_the_same_key_whenever_and_under_whatever_alias_it_is_asked():
    assert wish().key == wish(alias="other", request="0" * 64, sent={"amount": "50", "leader": "7"}).key


@pytest.mark.parametrize(
    "changed",
    [
        {"exchange": "acme/v2"},
        {"origin": "https://demo.acme.test"},
        {"account": "fedcba9876543210"},
        {"operation": "unfollow"},
        {"endpoint": "follow_budget"},
        {"sent": {"leader": "7", "amount": "51"}},
        {"sent": {"leader": "7"}},
    ],
)
def test_another_venue_account_operation_or_parameter_is_another_wish(changed):
    assert wish(**changed).key != wish().key


@given(st.decimals(0, 10**6, places=4), st.integers(0, 5))
def test_an_amount_in_another_notation_is_the_same_wish(amount, zeros):
    def asked(text):
        return wish(sent={"amount": text, "rows": [{"size": text}]})

    text = f"{amount:f}"
    assert asked(text).key == asked(text + "0" * zeros).key
    assert asked("50").key == asked("50.0").key


def test_an_id_of_digits_keeps_its_zeros():
    assert wish(sent={"leader": "700"}).key != wish(sent={"leader": "7"}).key


def test_a_request_is_known_again_by_all_of_its_bytes_and_nothing_else():
    request = Request("follow", "POST", "/a", [("b", "1")], b"{}", "application/json", {})

    assert digest(request) == digest(request._replace(sent={"x": 1}))
    for other in ({"method": "PUT"}, {"path": "/b"}, {"query": [("b", "2")]}, {"body": b"{} "}):
        assert digest(request._replace(**other)) != digest(request)


def test_an_account_is_named_without_its_key():
    name = fingerprint("https://acme.test", "key-of-mine")

    assert "key-of-mine" not in name
    assert name == fingerprint("https://acme.test", "key-of-mine")
    assert len({name, fingerprint("https://acme.test", "other"), fingerprint("https://b.test", "key-of-mine")}) == 3
