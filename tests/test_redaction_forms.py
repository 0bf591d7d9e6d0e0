"""The borders of what is taken out: how short a secret, how much of its beginning, which shapes of it."""

import base64
import json
import math
import pickle

import pytest

from unifiedcopy.redaction import Redaction, forms, parts, written
from unifiedcopy.secret import Credentials, Secret, masked

LONG = 'k3y/"é+0123456789'


def told(secret, text):
    return Redaction(Credentials("", secret)).told(text)


def test_a_secret_of_six_characters_is_taken_out_of_the_middle_of_a_word():
    assert told("abcdef", "xabcdefx") == "x***x"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("xabcdex", "xabcdex"),
        ("key=abcde", "key=***"),
        ("key= abcde.", "key= ***."),
        ("'abcde'", "'***'"),
        ("key=abcdef", "key=abcdef"),
    ],
)
def test_a_shorter_one_only_where_it_stands_alone(text, left):
    assert told("abcde", text) == left


@pytest.mark.parametrize(
    ("secret", "text", "left"),
    [
        ("abcdefghijklmnop", "it is abcdefghijkl", "it is ***"),
        ("abcdefghijklmnop", "it is abcdefghijk", "it is abcdefghijk"),
        ("abcdefghijklmnop", "abcdefghijkl and abcdefghijkl?", "*** and ***?"),
        ("abcdefghijklmnop", "abcdefghijklm and abcdefghijklmnop", "*** and ***"),
        ("abcdefghijklmno", "it is abcdefghijklmn", "it is abcdefghijklmn"),
    ],
)
def test_twelve_characters_of_a_long_secret_give_it_away(secret, text, left):
    assert told(secret, text) == left


def test_of_data_only_what_is_as_long_as_a_key_is_taken_out():
    assert Redaction(Credentials("0123456789abcdef")).data(b"<0123456789abcdef>") == b"<***>"
    assert Redaction(Credentials("0123456789abcde")).data(b"<0123456789abcde>") == b"<0123456789abcde>"


def test_of_data_that_repeats_every_secret_in_every_form_nothing_is_left():
    secrets = ("0123456789abcdef", "ghijklmnopqrstuv/+==", "my passphrase is long")
    every = [form for secret in secrets for form in (secret, *forms(secret))]
    left = Redaction(Credentials(*secrets)).data(" | ".join(every).encode()).decode()

    assert [form for form in every if form in left] == []


def test_of_data_a_signature_is_taken_out_however_long():
    redaction = Redaction(Credentials("k"))

    assert redaction.data(b"sign=a%2Fb", signature="a/b") == b"sign=***"
    assert redaction.data(b"sign=a%2Fb") == b"sign=a%2Fb"


@pytest.mark.parametrize("escape", [True, False])
def test_of_data_a_secret_goes_whole_with_its_escapes(escape):
    body = json.dumps({"a": LONG}, ensure_ascii=escape).encode()

    assert Redaction(Credentials(LONG)).data(body) == b'{"a": "***"}'
    assert Redaction(Credentials(LONG)).data(body.replace(b"k", b"\\u006b")) == b'{"a": "***"}'


def test_data_without_a_secret_keeps_its_escapes():
    body = b'{"a": "\\u006b\\u0022"}'

    assert Redaction(Credentials(LONG)).data(body) == body


@pytest.mark.parametrize("before", range(6))
def test_inside_of_longer_base64_every_character_that_is_the_secrets_alone_goes(before):
    secret = "0123456789abcdefg"
    text = base64.b64encode(b"\xff" * before + secret.encode() + b"\xff" * 7).decode()

    alone = slice(math.ceil(before * 8 / 6), (before + len(secret)) * 8 // 6)

    assert told(secret, text) == f"{text[: alone.start]}***{text[alone.stop :]}"


def test_the_longest_form_comes_first_for_a_shorter_one_may_be_its_beginning():
    plain, encoded = written(LONG), forms(LONG)[len(written(LONG)) :]

    assert [len(form) for form in plain] == sorted(map(len, plain), reverse=True)
    assert [len(form) for form in encoded] == sorted(map(len, encoded), reverse=True)
    assert len(plain[0]) > len(plain[-1])


def test_a_value_is_known_in_json_in_an_address_in_html_and_in_python():
    assert "a\\'b\"c" in written("a'b\"c")
    assert {'a\\"&b', "a%22%26b", "a&quot;&amp;b", 'a"&b'} <= set(written('a"&b'))
    assert {"a%2fb", "a%2Fb", "a/b", "a\\/b"} <= set(written("a/b"))
    assert "a+b" in written("a b")


def test_a_secret_of_lines_is_also_each_of_its_long_lines():
    lines = ["-----BEGIN PRIVATE KEY-----", "A" * 16, "B" * 16, "C" * 15, "-----END PRIVATE KEY-----"]

    assert parts("\n".join(lines)) == ["\n".join(lines), "A" * 16, "B" * 16]
    assert parts("A" * 20) == ["A" * 20]


def test_secrets_are_not_pickled():
    with pytest.raises(TypeError, match="a Secret is not pickled"):
        pickle.dumps(Secret("x"))
    with pytest.raises(TypeError, match="credentials are not pickled"):
        pickle.dumps(Credentials("x"))


def test_what_shows_of_credentials_is_which_there_are():
    assert repr(Credentials("k", None, "p")) == "Credentials(api_key=***, passphrase=***)"
    assert f"{Secret('x')} {Secret('x')!r} {Secret('x'):>9}" == "*** Secret(***) ***"
    assert Credentials("k", "", "p").missing(["api_key", "secret"]) == ["secret"]


def test_credentials_among_options_are_masked_and_nothing_else():
    options = {"api_key": "k", "timeout": 5, "profile": {"secret": "s", "alias": "me"}, "passphrase": None}

    assert repr(masked(options)) == (
        "{'api_key': '***', 'timeout': 5, 'profile': {'secret': '***', 'alias': 'me'}, 'passphrase': None}"
    )
