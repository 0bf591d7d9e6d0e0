"""No secret in anything that is told, whatever a venue's answer repeats and in whatever form."""

import asyncio
import base64
import html
import json
import logging
import pickle
import traceback
from urllib.parse import quote

import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st

import unifiedcopy as uc
import unifiedcopy.sync
from tests.credentials import marked
from tests.venue import Say
from unifiedcopy import errors
from unifiedcopy.models import Position, Price
from unifiedcopy.redaction import KEY_LENGTH, SHORTEST, Redaction, written
from unifiedcopy.request import build
from unifiedcopy.schema.runtime import exact
from unifiedcopy.secret import Credentials

KEY = marked('bg_4f+/c"d1&77e0a9b3c5d7e9f1a3b5')
SECRET = marked("9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a")
OK = Say({"code": 0, "data": []})
ROW = {"id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5"}
POSITION = Position("plain/v1", "me", "1", "BTC/USDT:USDT", "BTCUSDT", "long", exact("0.5"), "base")
FORMS = {
    "plainly": str,
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "inside of more that is base64": lambda text: base64.b64encode(f"u:{text}:p".encode()).decode(),
    "in hex": lambda text: text.encode().hex(),
    "in capital hex": lambda text: text.encode().hex().upper(),
    "quoted for an address": lambda text: quote(text, safe=""),
    "escaped for JSON": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "escaped for HTML": html.escape,
    "twice, the second cut off": lambda text: f"{text} {'x' * (150 - len(text))} {text}",
}


@pytest.fixture(autouse=True)
def no_backoff():
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
async def ex(venue, plain):
    async with venue.exchange(plain, keys=(KEY, SECRET)) as exchange:
        yield exchange


def told_of(error: BaseException) -> str:
    """All that an error can tell: itself, its pickle, and a traceback that lists the locals of our frames."""
    texts = []
    for caught in (error, pickle.loads(pickle.dumps(error))):  # noqa: S301 (our own bytes)
        texts += [str(caught), repr(caught), repr(caught.args), repr(vars(caught))]
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for one in chain(trace) for frame in one.stack if "/unifiedcopy/" in frame.filename]
    return "\n".join([*texts, *(str(frame.locals) for frame in frames), *error.__dict__.get("__notes__", ())])


def chain(trace):
    while trace is not None:
        yield trace
        trace = trace.__cause__ or trace.__context__


def pieces(form: str) -> list[str]:
    """What must not be found: the form, and a beginning that gives it away."""
    return [form, form[:KEY_LENGTH]]


async def failed(work) -> str:
    with pytest.raises(errors.UnifiedCopyError) as caught:
        await work
    return told_of(caught.value)


# -- what is told ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", [KEY, SECRET], ids=["key", "secret"])
async def test_a_message_that_repeats_a_secret_loses_it(venue, ex, form, secret):
    echoed = FORMS[form](secret)
    venue.script = [Say({"code": 7, "msg": f"who is {echoed}?"})]

    told = await failed(ex.unfollow("a1"))

    assert [piece for piece in pieces(FORMS[form](secret)) if piece in told] == []
    assert "***" in told


@pytest.mark.parametrize("form", FORMS)
async def test_an_excerpt_of_an_unreadable_answer_loses_a_secret(venue, ex, form):
    venue.script = [Say(f"<html>{'.' * 130}{FORMS[form](KEY)}</html>".encode(), 502)]

    told = await failed(ex.set_tpsl(POSITION, take_profit=Price(1)))

    assert [piece for piece in pieces(FORMS[form](KEY)) if piece in told] == []


async def test_a_code_a_confirmation_and_a_note_lose_a_secret(venue, ex):
    venue.script = [Say({"code": KEY})]

    assert KEY not in await failed(ex.unfollow("a1"))

    error = errors.BadResponse(SECRET)
    error.add_note(f"sent with {SECRET}")
    error.__cause__ = ValueError(SECRET)
    ex._core.connection.redaction.clean(error)
    assert SECRET not in told_of(error) + repr(error.__cause__)


@pytest.mark.parametrize("form", FORMS)
async def test_a_withheld_row_and_a_drift_report_lose_a_secret(venue, ex, form):
    echoed = FORMS[form](KEY)
    venue.script = [Say({"code": 0, "data": [{**ROW, "side": echoed}, {**ROW, "id": "2", "mode": 1, echoed: 1}]})]

    page = await ex.positions(partial=True)
    with pytest.raises(errors.PartialResult) as caught:
        await ex.positions()

    told = f"{caught.value}"
    listed = f"{page.withheld} {page.drift}"
    assert "***" in listed
    assert [piece for piece in pieces(echoed) if piece in listed] == []
    assert [piece for piece in pieces(echoed) if piece in told] == []


async def test_a_short_passphrase_is_taken_out_of_what_is_told_about_rows_and_codes(venue, plain):
    async with venue.exchange(plain, keys=(KEY, SECRET, "hunter2")) as ex:
        venue.script = [Say({"code": 0, "data": [{**ROW, "side": "hunter2"}, {**ROW, "id": "2", "hunter2": 1}]})]
        page = await ex.positions(partial=True)
        assert "***" in f"{page.withheld}"
        assert "hunter2" not in f"{page.withheld}"
        assert "positions: new field 'data[].***'" in page.drift
        assert "hunter2" not in f"{page.drift}"

        venue.script = [Say({"code": "hunter2"})]
        with pytest.raises(errors.UnifiedCopyError) as caught:
            await ex.call("positions")
        assert caught.value.code == "***"


async def test_a_partial_result_reaches_another_process_with_its_rows_and_its_drift(venue, ex):
    venue.script = [Say({"code": 0, "data": [{**ROW, "size": "?"}, {**ROW, "id": "2", "new": 1}]})]
    with pytest.raises(errors.PartialResult) as caught:
        await ex.positions()

    page = pickle.loads(pickle.dumps(caught.value)).page  # noqa: S301 (our own bytes)

    assert (page.items, page.withheld, page.raw) == (caught.value.page.items, caught.value.page.withheld, page.raw)
    assert page.drift == caught.value.page.drift
    assert "positions: new field 'data[].new'" in page.drift
    with pytest.raises(LookupError):
        page.info(0)


@pytest.mark.parametrize("form", FORMS)
async def test_a_receipt_loses_a_secret(venue, ex, form):
    venue.script = [Say({"code": 0, "data": {"id": FORMS[form](KEY)}})]

    receipt = await ex.set_tpsl(POSITION, take_profit=Price(1))

    assert FORMS[form](KEY) not in repr(receipt)
    assert "***" in receipt.ids[0]


async def test_a_signature_that_is_repeated_is_taken_out(venue, ex):
    venue.script = [lambda received: Say({"code": 7, "msg": f"bad sign {received.headers['x-sign']}"})]

    assert "bad sign ***" in await failed(ex.unfollow("a1"))
    assert venue.received[0].headers["x-sign"] not in await failed(ex.unfollow("a1"))


async def test_logs_tell_no_secret_of_an_attempt_that_failed(venue, ex, caplog):
    venue.script = [Say(f"busy, {KEY}".encode(), 503)]
    with caplog.at_level(logging.DEBUG), stamina.set_testing(False):
        await failed(ex.positions())

    logged = repr([vars(record) for record in caplog.records])
    assert "busy, ***" in logged
    assert KEY not in logged


async def test_a_task_that_nobody_waits_for_tells_no_secret(venue, ex, caplog):
    venue.script = [Say({"code": 7, "msg": KEY})]
    task = asyncio.ensure_future(ex.positions())
    await asyncio.wait([task])
    del task
    import gc

    gc.collect()
    await asyncio.sleep(0)

    assert "never retrieved" in caplog.text
    assert KEY not in caplog.text


# -- locals of our frames ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("say", [Say(drop=True), Say(b"", 307), Say(b"<html>", 502), Say({"code": 7})])
async def test_a_traceback_with_locals_shows_no_secret_of_a_failed_request(venue, ex, say):
    venue.script = [say]
    told = await failed(ex.unfollow("a1"))

    shown = [KEY, SECRET, venue.received[0].headers["x-sign"]]
    assert [secret for secret in shown if secret in told] == []
    assert "'signed'" in told or say.body  # the frame that sends was looked at


async def test_a_cancelled_request_shows_no_secret_even_in_the_frames_of_the_http_library(venue, ex):
    venue.script = [Say(hang=True)]
    task = asyncio.ensure_future(ex.positions())
    await asyncio.wait([task], timeout=0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task

    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [str(frame.locals) for one in chain(trace) for frame in one.stack]
    shown = [KEY, SECRET, venue.received[0].headers["x-sign"]]
    assert any("***" in frame for frame in frames)
    assert [secret for secret in shown for frame in frames if secret in frame] == []


async def test_a_mistake_of_ours_tells_no_secret_either(venue, ex):
    venue.script = [OK]
    connection = ex._core.connection

    def broken(reply):
        raise KeyError(f"no {SECRET} here")

    with pytest.raises(KeyError) as caught:
        await connection.ask(build("plain/v1", "positions", ex.api.schema.endpoints["positions"], {}), broken)
    assert caught.value.args == ("no *** here",)


@pytest.mark.parametrize("connect", [uc.connect, unifiedcopy.sync.connect])
@pytest.mark.parametrize("wrong", [{"venue": "nowhere"}, {"venue": "toobit", "write": "no"}, {"passphrase": 5}])
def test_a_traceback_with_locals_shows_no_secret_of_a_failed_connect(connect, wrong):
    with pytest.raises(errors.ConfigError) as caught:
        connect(**{"venue": "toobit", "api_key": KEY, "secret": SECRET, **wrong})

    told = told_of(caught.value)
    assert "credentials" in told
    assert [secret for secret in (KEY, SECRET) if repr(secret) in told or secret in told] == []


# -- data --------------------------------------------------------------------------------------------------------------


async def test_data_is_never_rewritten_for_a_word_that_it_holds_by_chance(venue, plain):
    venue.script = [Say({"code": 0, "data": [{**ROW, "id": "1234567"}]})]
    async with venue.exchange(plain, keys=(KEY, SECRET, "1234567")) as ex:
        page = await ex.positions()

    assert [position.id for position in page] == ["1234567"]
    assert page.raw == (json.dumps({"code": 0, "data": [{**ROW, "id": "1234567"}]}).encode(),)


@pytest.mark.parametrize(
    "echo",
    [KEY, "".join(f"\\u{ord(char):04x}" for char in KEY), f"a\\u002f{KEY[:3]}\\u0034f"],
    ids=["plainly", "escaped", "in part"],
)
async def test_a_key_among_the_data_is_taken_out_also_when_it_is_escaped(venue, ex, echo):
    escaped = echo if echo.startswith(("\\", "a")) else json.dumps(echo)[1:-1]
    venue.script = [Say(b'{"code": 0, "data": [], "echo": "%s"}' % escaped.encode())]

    answer = await ex.call("positions")

    assert KEY not in answer["echo"]
    assert ("***" in answer["echo"]) is not echo.startswith("a")


# -- any secret, any text ----------------------------------------------------------------------------------------------

letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Zs"], exclude_characters="*")
texts = st.text(letters, max_size=40)


@given(st.text(letters, min_size=SHORTEST, max_size=80), texts, texts, st.sampled_from(list(FORMS)))
def test_what_is_told_never_holds_a_form_of_a_secret(secret, before, after, form):
    told = Redaction(Credentials(secret=secret)).told(f"{before} {FORMS[form](secret)} {after}")

    assert FORMS[form](secret) not in told


@given(st.text(letters, min_size=KEY_LENGTH, max_size=80), st.integers(KEY_LENGTH, 80))
def test_what_is_told_never_holds_the_beginning_of_a_long_secret(secret, cut):
    told = Redaction(Credentials(secret=secret)).told(f"who is {secret[:cut]}…")

    assert secret[:cut] not in told


def test_a_secret_that_begins_like_another_leaves_nothing_of_the_longer_one():
    redaction = Redaction(Credentials(api_key="hunter2", secret="hunter2-and-more"))

    assert redaction.told("hunter2-and-more, hunter2") == "***, ***"


def test_secrets_that_begin_alike_are_taken_out_whole():
    one, other = (f"the-same-beginning-{name}-0123456789" for name in ("one", "other"))
    redaction = Redaction(Credentials(api_key=one, secret=other))

    assert redaction.told(f"{other}, {one}, {other[:25]}…") == "***, ***, ***…"


def test_base64_for_addresses_has_letters_of_its_own():
    secret = "~~~???>>>~~~???>>>"
    encoded = base64.urlsafe_b64encode(secret.encode()).decode()

    assert set("-_") & set(encoded)
    assert Redaction(Credentials(secret=secret)).told(f"who is {encoded}") == "who is ***"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("passphrase=1234", "passphrase=***"),
        ('{"passphrase": "1234"}', '{"passphrase": "***"}'),
        ("order 1234 of 12345", "order 1234 of 12345"),
        ("size=12345", "size=12345"),
    ],
)
def test_a_very_short_secret_is_taken_out_where_it_is_a_whole_value(text, told):
    assert Redaction(Credentials(passphrase="1234")).told(text) == told


def test_a_secret_that_is_no_unicode_is_taken_out_too():
    secret = "\udc80nothing-else-here"
    redaction = Redaction(Credentials(secret=secret))

    assert redaction.told(f"who is {secret}?") == "who is ***?"
    assert redaction.data(b"{}") == b"{}"


def test_a_secret_is_taken_out_as_python_writes_it():
    secret = "soft\xadhyphen-in-a-long-secret"

    assert Redaction(Credentials(secret=secret)).told(f"who is {secret!r}?") == "who is '***'?"


def test_each_line_of_a_private_key_is_a_secret():
    lines = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7", "VJTUt9Us8cKjMzEfYyjiWA4R4"]
    key = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"])
    told = Redaction(Credentials(secret=key)).told(f"bad line {lines[1]} after {lines[0]}")

    assert told == "bad line *** after ***"


@given(
    st.text(letters, min_size=KEY_LENGTH, max_size=60),
    st.sampled_from(list(FORMS)),
    st.text(letters.filter(lambda char: char != "\\"), max_size=20),
    st.booleans(),
)
def test_data_never_holds_a_form_of_a_key_nor_a_signature(value, form, around, signature):
    redaction = Redaction(Credentials(secret=None if signature else value))
    echoed = (str if signature else FORMS[form])(value)

    cleaned = redaction.data(f"{around}{echoed}{around}".encode(), signature=value if signature else None)

    assert echoed.encode() not in cleaned
    assert b"***" in cleaned


@given(st.text(letters, min_size=1, max_size=60))
def test_a_signature_is_found_in_every_form_in_that_it_is_written(signature):
    for form in written(signature):
        escaped = json.dumps(form)[1:-1].encode()
        for body in (form.encode(), escaped, escaped.replace(b"/", b"\\/")):
            assert Redaction(Credentials()).data(body, signature=signature) != body
