"""What an answer means for a write: only a code that the schema lists as proof rejects it."""

import json

import aiohttp
import pytest
from msgspec.structs import replace

from unifiedcopy import errors
from unifiedcopy.request import Request
from unifiedcopy.roundtrip import Deadlines
from unifiedcopy.schema.envelope import UNASKED, Question, Verdict, differs, moment, too_many
from unifiedcopy.schema.model import Endpoint, Errors
from unifiedcopy.transport import Reply, Transport
from unifiedcopy.writing import filled_in, receipt, refused_in_part, told, unknown


def check(api, answer, status=200, *, endpoint: Endpoint | None = None, question=UNASKED, **schema):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    verdict = Verdict(replace(api.schema, **schema))
    return verdict.check("positions", endpoint or api.schema.endpoints["positions"], body, status, question)


def refusal(api, answer, status=200, **options) -> errors.UnifiedCopyError:
    with pytest.raises(errors.UnifiedCopyError) as caught:
        check(api, answer, status, **options)
    assert (caught.value.exchange, caught.value.endpoint) == (api.schema.id, "positions")
    assert caught.value.http_status == status
    return caught.value


# -- by the code -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "kind", "outcome"),
    [
        (7, 200, errors.BadRequest, "rejected"),
        (7, 429, errors.BadRequest, "rejected"),
        (7, 499, errors.BadRequest, "rejected"),
        (7, 500, errors.BadRequest, "unknown"),
        (8, 400, errors.OperationFailed, "unknown"),
        (4711, 200, errors.ExchangeError, "unknown"),
        (4711, 418, errors.RateLimitExceeded, "unknown"),
        (4711, 429, errors.RateLimitExceeded, "unknown"),
        (4711, 499, errors.ExchangeError, "unknown"),
        (4711, 500, errors.ExchangeNotAvailable, "unknown"),
    ],
)
def test_a_code_rejects_only_as_listed_and_from_no_server_that_failed(plain_api, code, status, kind, outcome):
    error = refusal(plain_api, {"code": code, "msg": "no"}, status)

    assert (type(error), error.outcome, error.code, error.message) == (kind, outcome, str(code), "no")


@pytest.mark.parametrize("message", [None, "", 5, ["x"]])
def test_a_refusal_without_a_text_says_so(plain_api, message):
    assert refusal(plain_api, {"code": 7, "msg": message}).message == "(the venue gave no text)"


def test_a_venues_text_becomes_one_short_line(plain_api):
    assert refusal(plain_api, {"code": 7, "msg": "\na\tb\x1b"}).message == "a b"
    assert refusal(plain_api, {"code": 7, "msg": "x" * 160}).message == "x" * 160
    assert refusal(plain_api, {"code": 7, "msg": "x" * 161}).message == "x" * 160 + "…"


@pytest.mark.parametrize("code", [0, "0"])
def test_a_success_is_what_the_schema_calls_so_under_a_status_of_success(plain_api, code):
    assert check(plain_api, {"code": code}) == {"code": code}
    assert check(plain_api, {"code": code}, 299) == {"code": code}
    assert refusal(plain_api, {"code": code}, 300).outcome == "unknown"


def test_a_code_may_mean_success_at_one_endpoint_alone(plain_api):
    endpoint = replace(plain_api.schema.endpoints["positions"], ok_codes=["4711"])

    assert check(plain_api, {"code": 4711}, endpoint=endpoint) == {"code": 4711}
    assert refusal(plain_api, {"code": 4711}).code == "4711"


NO_CODE, NO_JSON, NO_OBJECT = "has no result code", "is not JSON", "is not a JSON object"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({}, NO_CODE),
        ({"code": None}, NO_CODE),
        ({"code": True}, NO_CODE),
        ({"code": False}, NO_CODE),
        ([], NO_OBJECT),
        ("x", NO_OBJECT),
        (b"", "HTTP 200 with an empty answer"),
        (b"<html>", NO_JSON),
        (b'{"code": 0, "a": "\xff"}', NO_JSON),
        (b'{"code": 0, "a": 1e99999999999999999999}', NO_JSON),
        (b'{"code": 0, "a": ' + b"[" * 100_000, NO_JSON),
    ],
    ids=range(11),
)
def test_what_is_no_answer_of_the_api_proves_nothing(plain_api, answer, why):
    error = refusal(plain_api, answer)

    assert (type(error), error.outcome, error.code) == (errors.BadResponse, "unknown", None)
    assert why in error.message


@pytest.mark.parametrize(("status", "good"), [(199, False), (200, True), (299, True), (300, False)])
def test_an_endpoint_that_answers_without_a_code_is_told_by_the_status(plain_api, status, good):
    endpoint = replace(plain_api.schema.endpoints["positions"], bare=True)

    if good:
        assert check(plain_api, {"a": 1}, status, endpoint=endpoint) == {"a": 1}
    else:
        refusal(plain_api, {"a": 1}, status, endpoint=endpoint)


def test_an_endpoint_that_answers_without_a_code_may_refuse_with_one(plain_api):
    endpoint = replace(plain_api.schema.endpoints["positions"], bare=True)

    assert refusal(plain_api, {"code": 7}, endpoint=endpoint).outcome == "rejected"


# -- by the codes of rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [[{"sCode": "0"}, {"sCode": "51000", "sMsg": "no"}], {"sCode": "51000", "sMsg": "no"}])
@pytest.mark.parametrize("code", ["0", "1"])
def test_the_first_code_of_a_row_that_is_no_success_rules_over_the_answers(guild_api, rows, code):
    error = refusal(guild_api, {"code": code, "msg": "all", "data": rows})

    assert (type(error), error.outcome, error.message) == (errors.BadRequest, "rejected", "no")


@pytest.mark.parametrize("code", [True, 1.5, [], {"a": 1}])
def test_a_row_whose_code_is_none_at_all_proves_nothing(guild_api, code):
    error = refusal(guild_api, {"code": "0", "data": [{"sCode": code}]})

    assert (type(error), error.outcome) == (errors.BadResponse, "unknown")
    assert "a row has no result code" in error.message


@pytest.mark.parametrize("row", [{"sCode": "0"}, {"sCode": ""}, {"sCode": None}, {}])
def test_a_row_without_a_code_of_its_own_leaves_the_answers(guild_api, row):
    assert check(guild_api, {"code": "0", "data": [row]})["data"] == [row]
    assert refusal(guild_api, {"code": "1", "msg": "all", "data": [row]}).message == "all"


@pytest.mark.parametrize("left_out", ["row_code", "rows"])
def test_rows_have_no_code_where_the_schema_names_none(guild_api, left_out):
    envelope = replace(guild_api.schema.envelope, **{left_out: None})

    assert check(guild_api, {"code": "0", "data": [{"sCode": "51000"}]}, envelope=envelope)


def test_a_row_may_refuse_without_a_text(guild_api):
    envelope = replace(guild_api.schema.envelope, row_message=None)

    error = refusal(
        guild_api, {"code": "1", "msg": "all", "data": [{"sCode": "51000", "sMsg": "x"}]}, envelope=envelope
    )

    assert error.message == "(the venue gave no text)"


def test_a_message_is_read_where_the_schema_names_one(plain_api):
    envelope = replace(plain_api.schema.envelope, message=None)

    assert refusal(plain_api, {"code": 7, "msg": "no"}, envelope=envelope).message == "(the venue gave no text)"


# -- by the status, without an answer of the API -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, errors.BadResponse),
        (400, errors.BadRequest),
        (401, errors.AuthenticationError),
        (403, errors.DDoSProtection),
        (404, errors.NotSupported),
        (408, errors.RequestTimeout),
        (418, errors.DDoSProtection),
        (429, errors.RateLimitExceeded),
        (499, errors.BadResponse),
        (500, errors.ExchangeNotAvailable),
        (502, errors.ExchangeNotAvailable),
        (503, errors.OnMaintenance),
        (504, errors.RequestTimeout),
    ],
)
def test_without_an_answer_the_status_tells_the_class_and_never_the_outcome(plain_api, status, kind):
    error = refusal(plain_api, b"<html>busy</html>", status)

    assert (type(error), error.outcome) == (kind, "unknown")
    assert "<html>busy</html>" in error.message


def test_a_schema_may_say_what_a_status_means(plain_api):
    listed = Errors(http={"403": "PermissionDenied"})

    assert type(refusal(plain_api, b"", 403, errors=listed)) is errors.PermissionDenied
    assert type(refusal(plain_api, b"", 404, errors=listed)) is errors.NotSupported


def test_an_empty_answer_is_told_by_its_status(plain_api):
    assert refusal(plain_api, b"", 502).message == "HTTP 502 with an empty answer"


def test_of_an_unreadable_answer_a_line_is_shown(plain_api):
    assert refusal(plain_api, b"x" * 500).message == f"the answer is not JSON: {'x' * 160 + '…'!r}"


# -- of another question -----------------------------------------------------------------------------------------------

NOW = 1_795_000_000_000
ASKED = Question({"leader": "7", "symbols": "A,B"}, NOW)


@pytest.mark.parametrize(
    ("time", "at", "old"),
    [
        (NOW, NOW, False),
        (NOW - 5000, NOW, False),
        (NOW - 5001, NOW, True),
        (str(NOW - 2_000_000), NOW, True),
        (NOW - 60_000, None, False),
        (None, NOW, False),
    ],
)
@pytest.mark.parametrize("code", [0, 7])
def test_an_answer_that_was_made_before_the_question_proves_nothing(plain_api, time, at, old, code):
    envelope = replace(plain_api.schema.envelope, time="time")
    question, answer = Question({}, at), {"code": code, "time": time}

    if old:
        error = refusal(plain_api, answer, envelope=envelope, question=question)
        assert (type(error), error.outcome) == (errors.StaleResponse, "unknown")
        assert f"{(at - int(time)) / 1000:.0f} s older" in error.message
    elif code == 0:
        assert check(plain_api, answer, envelope=envelope, question=question) == answer
    else:
        assert refusal(plain_api, answer, envelope=envelope, question=question).outcome == "rejected"


def test_the_time_of_an_answer_is_read_where_the_schema_names_it_and_there_is_a_wrapper(plain_api):
    bare = replace(plain_api.schema.endpoints["positions"], bare=True)
    envelope = replace(plain_api.schema.envelope, time="time")
    old = {"code": 0, "time": NOW - 60_000}

    assert check(plain_api, old, question=ASKED) == old
    assert check(plain_api, old, endpoint=bare, envelope=envelope, question=ASKED) == old


def test_a_time_is_in_the_unit_that_the_schema_says(plain_api):
    envelope = replace(plain_api.schema.envelope, time="time", time_unit="s")

    assert check(plain_api, {"code": 0, "time": NOW // 1000}, envelope=envelope, question=ASKED)
    assert refusal(plain_api, {"code": 0, "time": NOW // 1000 - 60}, envelope=envelope, question=ASKED)


def test_without_a_wrapper_only_an_endpoint_that_needs_none_is_answered(plain_api):
    bare = replace(plain_api.schema.endpoints["positions"], bare=True)

    assert check(plain_api, {"code": 7}, endpoint=bare, envelope=None) == {"code": 7}
    assert refusal(plain_api, {"code": 0}, envelope=None).code is None


@pytest.mark.parametrize(
    ("told", "unit", "is_at"),
    [
        (1_795_000_000, "s", NOW),
        ("1795000000000000", "us", NOW),
        (NOW * 1_000_000, "ns", NOW),
        (1_420_070_400_000, "ms", 1_420_070_400_000),
        (1_420_070_399_999, "ms", None),
        (4_102_444_799_999, "ms", 4_102_444_799_999),
        (4_102_444_800_000, "ms", None),
        (f"{NOW}".zfill(24), "ms", NOW),
        (f"{NOW}".zfill(25), "ms", None),
        ("²" * 13, "ms", None),
        ("١" * 13, "ms", None),
        (True, "ms", None),
        (1.795e12, "ms", None),
        ("soon", "ms", None),
        (None, "ms", None),
    ],
)
def test_a_time_is_one_only_where_it_can_be(told, unit, is_at):
    assert moment(told, unit) == is_at


@pytest.mark.parametrize(
    ("row", "other"),
    [
        ({"id": "7", "symbol": "A"}, None),
        ({"id": 7, "symbol": "b"}, None),
        ({"id": None, "symbol": ""}, None),
        ({}, None),
        ({"id": "8"}, "data[].id is '8', but leader = '7' was asked for"),
        ({"id": "7", "symbol": "C"}, "data[].symbol is 'C', but symbols = 'A,B'"),
        ({"id": "7", "unasked": "x"}, None),
    ],
)
@pytest.mark.parametrize("wrapped", [True, False])
def test_an_answer_that_repeats_something_else_is_of_another_question(plain_api, row, other, wrapped):
    echo = {"data[].unasked": "nothing", "data[].id": "leader", "data[].symbol": "symbols"}
    endpoint = replace(plain_api.schema.endpoints["positions"], echo=echo, bare=not wrapped)
    answer = {"data": [{"id": "7"}, row]} | ({"code": 0} if wrapped else {})

    if other is None:
        assert check(plain_api, answer, endpoint=endpoint, question=ASKED) == answer
        return
    error = refusal(plain_api, answer, endpoint=endpoint, question=ASKED)
    assert (type(error), error.outcome) == (errors.BadResponse, "unknown")
    assert error.message.startswith(other)


def test_of_several_things_that_were_asked_for_one_may_come():
    assert not differs("a", ["A", "B"])
    assert not differs(1, [1, 2])
    assert differs("C", ["A", "B"])
    assert not differs(None, "A")
    assert not differs("", "A")


def test_an_answer_of_very_many_objects_and_lists_is_not_made():
    def answer(objects: int, length: int = 1 << 20) -> bytes:
        return (b"{" * (objects - 1) + b"[").ljust(length)

    assert not too_many(answer(300_000))
    assert too_many(answer(300_001))
    assert not too_many(answer(300_001, (1 << 20) - 1))


def test_why_an_answer_is_not_made_is_told(plain_api):
    error = refusal(plain_api, (b"[" * 300_001).ljust(1 << 20))

    assert error.message.startswith("the answer holds more than 300,000 objects and lists")


# -- by what went wrong below ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ClientConnectorCertificateError(None, OSError()), errors.NetworkError),
        (aiohttp.ClientConnectorSSLError(None, OSError()), errors.NetworkError),
        (aiohttp.ClientConnectorError(None, OSError()), errors.ExchangeNotAvailable),
        (aiohttp.ClientConnectionError("Connector is closed."), errors.ExchangeNotAvailable),
        (ConnectionResetError(), errors.ExchangeNotAvailable),
        (TimeoutError(), errors.ExchangeNotAvailable),
    ],
)
def test_what_fails_before_there_is_a_connection_is_not_sent(error, kind):
    transport = Transport("https://api.plain.example", "plain/v1", Deadlines())

    ours = transport._unconnected("follow", error)

    assert (type(ours), ours.outcome) == (kind, "not_sent")
    assert (ours.exchange, ours.endpoint) == ("plain/v1", "follow")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.SocketTimeoutError(), errors.RequestTimeout),
        (TimeoutError(), errors.RequestTimeout),
        (aiohttp.ServerDisconnectedError(), errors.NetworkError),
        (aiohttp.http.HttpProcessingError(), errors.NetworkError),
        (aiohttp.ClientConnectorError(None, OSError()), errors.NetworkError),
        (OSError(), errors.NetworkError),
        (ValueError(), errors.NetworkError),
    ],
)
def test_of_what_fails_on_a_connection_the_outcome_is_unknown(error, kind):
    transport = Transport("https://api.plain.example", "plain/v1", Deadlines())

    ours = transport._failure("follow", error)

    assert (type(ours), ours.outcome) == (kind, "unknown")
    assert (ours.exchange, ours.endpoint) == ("plain/v1", "follow")


# -- how a write ends --------------------------------------------------------------------------------------------------


def request_of(endpoint="set_tpsl", **sent) -> Request:
    return Request(endpoint, "POST", "/tpsl", [], b"", "application/json", sent)


@pytest.mark.parametrize(
    ("ids", "told_as"), [(["a", 7], ("a", "7")), ("a", ("a",)), (7, ("7",)), (None, ()), ("", ()), ([], ())]
)
def test_a_receipt_holds_the_ids_that_the_venue_gave(plain_api, ids, told_as):
    made = receipt(plain_api, request_of(id="1"), {"data": {"id": ids}}, "me", ("converted",), journal_id=3)

    assert (made.ids, made.sent, made.notes) == (told_as, {"id": "1"}, ("converted",))
    assert (made.exchange, made.account, made.endpoint) == ("plain/v1", "me", "set_tpsl")
    assert (made.confirmed_by, made.journal_id) == ("answer", 3)


@pytest.mark.parametrize("ids", [["a", True], ["a", None], ["a", ""], [1.5], [["a"]], {"a": 1}, "[1]", "{}"])
def test_ids_that_can_not_be_read_are_told_as_that_and_the_write_stands(plain_api, ids):
    made = receipt(plain_api, request_of(), {"data": {"id": ids}}, "me", ("converted",), journal_id=3)

    assert made.ids == ()
    assert made.notes == ("converted", "the venue accepted it; its ids can't be read at data.id")


def test_a_receipt_tells_no_ids_where_the_schema_names_none(plain_api):
    made = receipt(plain_api, request_of("unfollow"), {"data": {"id": "a"}}, None, (), journal_id=None)

    assert made.ids == ()


def test_a_receipt_is_of_now_in_milliseconds(plain_api, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_700_000_000.123)

    assert receipt(plain_api, request_of(), {}, None, (), journal_id=None).received_at == 1_700_000_000_123


PROOF = errors.BadRequest("no", outcome="rejected")


@pytest.mark.parametrize(
    ("changes", "sent", "in_part"),
    [
        ({}, {}, False),
        ({"batch": True}, {}, True),
        ({"rows": "orders"}, {"orders": ["a", "b"]}, True),
        ({"rows": "orders"}, {"orders": ["a"]}, False),
        ({"rows": "orders"}, {}, False),
    ],
)
def test_a_refusal_of_several_things_may_be_about_one_of_them(plain_api, changes, sent, in_part):
    endpoint = replace(plain_api.schema.endpoints["set_tpsl"], **changes)

    assert refused_in_part(endpoint, request_of(**sent), PROOF) is in_part


@pytest.mark.parametrize(
    ("error", "in_part"),
    [
        (PROOF, True),
        (errors.PermissionDenied("no", outcome="rejected"), True),
        (errors.AuthenticationError("no", outcome="rejected"), False),
        (errors.InvalidNonce("no", outcome="rejected"), False),
        (errors.RateLimitExceeded("no", outcome="rejected"), False),
        (errors.ApiRetired("no", outcome="rejected"), False),
        (errors.BadRequest("no", outcome="unknown"), False),
    ],
)
def test_a_refusal_before_anything_is_looked_at_is_about_all_of_them(plain_api, error, in_part):
    endpoint = replace(plain_api.schema.endpoints["set_tpsl"], batch=True)

    assert refused_in_part(endpoint, request_of(), error) is in_part


def test_only_a_change_of_settings_tells_what_it_fills_in(guild_api):
    endpoint = guild_api.schema.endpoints["leader"]
    amending = replace(endpoint, mode="amend-only")

    assert filled_in(endpoint, {}) == []
    assert filled_in(amending, {"code": "1"}) == ["days was not given and is sent as 3"]
    assert filled_in(amending, {"days": "1"}) == []


def test_a_write_of_unknown_end_tells_its_reason():
    reason = errors.RequestTimeout("late", exchange="x", endpoint="y", code="5", http_status=504, retry_after=2.0)

    error = unknown(reason)

    assert error.reason is reason
    assert "RequestTimeout: late" in error.message
    assert (error.exchange, error.endpoint, error.code) == ("x", "y", "5")
    assert (error.http_status, error.retry_after, error.outcome) == (504, 2.0, "unknown")


@pytest.mark.parametrize(("own", "header", "told_as"), [(None, 3.0, 3.0), (2.0, 3.0, 2.0), (None, None, None)])
def test_an_error_carries_what_the_headers_say_of_waiting(own, header, told_as):
    with pytest.raises(errors.BadResponse) as caught, told(Reply(200, b"", header, 0)):
        raise errors.BadResponse("x", retry_after=own)

    assert caught.value.retry_after == told_as
