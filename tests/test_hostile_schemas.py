"""Schemas that mean harm. Each is refused with its line and a cure, or is shown to do nothing."""

import json
import re
import subprocess
import sys
import time

import pytest

from tests.schemas import PLAIN, write_schema
from unifiedcopy import errors
from unifiedcopy.request import MAX_LENGTH, build
from unifiedcopy.schema import load_file, load_place
from unifiedcopy.schema.lint.guards import LONGEST_TEXT
from unifiedcopy.schema.places import named_file
from unifiedcopy.schema.runtime import LONGEST_SYMBOL

HOST = '"https://api.plain.example"'
PATH = 'path = "/tpsl"'
ENTRY = '"entryOld"'
SYMBOL = 'symbol = "{base}/{quote}:{quote}"'
LEADER = 'pattern = "[a-z0-9.]+"'
PREHASH = '"{timestamp}{query}{body}"'
KEY_HEADER = 'X-KEY = "{api_key}"'
FEE = 'fee = { from = "fee",'
FIELDS = "endpoints.positions.fields"
RLO = "\\u202e"


def host(address: str) -> tuple[str, str, str]:
    return HOST, f'"{address}"', "hosts.rest.0"


def wire_path(text: str) -> tuple[str, str, str]:
    return ENTRY, f'"{text}"', f"{FIELDS}.entry_price"


def header(line: str, key: str = "") -> tuple[str, str, str]:
    return KEY_HEADER, f"{KEY_HEADER}\n{line}", f"signing.default.headers{key and '.'}{key}"


def pattern(text: str) -> tuple[str, str, str]:
    return LEADER, f"pattern = '{text}'", "endpoints.unfollow.params.leader.pattern"


def path(text: str) -> tuple[str, str, str]:
    return PATH, f'path = "{text}"', "endpoints.set_tpsl.path"


def symbol(text: str) -> tuple[str, str, str]:
    return SYMBOL, f'symbol = "{text}"', "symbols.0.symbol"


REFUSED: dict[str, tuple[tuple[str, str, str], str]] = {
    # names on their way into generated code
    "a call in a wire path": (wire_path("__import__('os').system('x')"), "not a wire path"),
    "a line of code in a wire path": (wire_path("a\\nimport os"), "not a wire path"),
    "a quote in a wire path": (wire_path("a' + b'"), "not a wire path"),
    "a comment in a wire path": (wire_path("a # b"), "not a wire path"),
    "an index in a wire path": (wire_path("a[0].b"), "not a wire path"),
    "a look-alike letter in a wire path": (wire_path("entrу"), "not a wire path"),
    "an empty part in a wire path": (wire_path("a..b"), "not a wire path"),
    "a wire path of a thousand parts": (wire_path("a." * 500 + "a"), "more than 200 characters"),
    "no source": ((f'["entry", {ENTRY}]', "[]", f"{FIELDS}.entry_price"), "names no wire path"),
    "many sources": ((ENTRY, ENTRY + ', "a"' * 300, f"{FIELDS}.entry_price"), "more than 8 paths"),
    "code as a field": (('id = "id"', 'id = "id"\n"x = 1\\nimport os" = "id"', FIELDS), "matching regex"),
    "code as a sizing": (('id = "id"', 'id = "id"\n__class__ = "id"', FIELDS), "matching regex"),
    "code as an enum": (("[enums]", '[enums]\n"a\\nb" = { long = 1 }', "enums"), "matching regex"),
    "a line break in a parameter's name": (
        ("sl = {", '"s\\r\\nl" = {', "endpoints.set_tpsl.params"),
        "control character",
    ),
    "a line break at the end of an endpoint's name": (
        (
            "[endpoints.set_tpsl]",
            '[endpoints."x\\n"]\nmethod = "GET"\npath = "/x"\nsource = "x"\n[endpoints.set_tpsl]',
            "endpoints",
        ),
        "control character",
    ),
    "a name that turns the line around": (('name   = "Plain"', f'name = "Plain{RLO}"', "name"), "control character"),
    "an escape sequence for the terminal": (('name   = "Plain"', 'name = "\\u001b]0;x"', "name"), "control character"),
    # templates
    "a format of an attribute": (symbol("{base.__class__}"), "knows {base} and {quote}"),
    "a format of an attribute beside a name": (symbol("{base}{base.__class__.__mro__}"), "knows {base} and {quote}"),
    "a format by number": (symbol("{base}{0}"), "knows {base} and {quote}"),
    "a format with a width": (symbol("{base}{base:>999999999}"), "knows {base} and {quote}"),
    "a format with a conversion": (symbol("{base}/{quote!r}"), "knows {base} and {quote}"),
    "a brace alone": (symbol("{base}{"), "knows {base} and {quote}"),
    "doubled braces": (symbol("{{base}}"), "knows {base} and {quote}"),
    "a conversion in what is signed": (
        (PREHASH, '"{timestamp!r}"', "signing.default.prehash"),
        "no placeholder {timestamp!r}",
    ),
    "an attribute in what is signed": (
        (PREHASH, '"{timestamp.__class__}"', "signing.default.prehash"),
        "no placeholder",
    ),
    "a number in what is signed": ((PREHASH, '"{0}{body}"', "signing.default.prehash"), "no placeholder {0}"),
    "the secret in a header": (header('X-S = "{secret}"', "X-S"), "no placeholder {secret}"),
    "an environment variable in a header": (header('X-S = "{env:HOME}"', "X-S"), "no placeholder"),
    # hosts
    "plain http": (host("http://api.plain.example"), "plain https origin"),
    "another scheme": (host("file:///etc/passwd"), "plain https origin"),
    "a user": (host("https://user:pass@api.plain.example"), "plain https origin"),
    "a host behind a user": (host("https://api.plain.example@evil.example"), "plain https origin"),
    "a host behind a backslash": (host("https://api.plain.example\\\\@evil.example"), "plain https origin"),
    "a path": (host("https://api.plain.example/x"), "plain https origin"),
    "a query": (host("https://api.plain.example?x"), "plain https origin"),
    "a placeholder": (host("https://{host}"), "plain https origin"),
    "a look-alike letter": (host("https://api.plаin.example"), "plain https origin"),
    "a full-width stop": (host("https://api.plain。example"), "plain https origin"),
    "capitals": (host("https://API.plain.example"), "plain https origin"),
    "a percent sign": (host("https://api%2eplain.example"), "plain https origin"),
    "an address": (host("https://127.0.0.1"), "not the name of a public host"),
    "the cloud's metadata": (host("https://169.254.169.254"), "not the name of a public host"),
    "a short address": (host("https://127.1"), "not the name of a public host"),
    "an address as one number": (host("https://2130706433"), "not the name of a public host"),
    "an address in hexadecimal": (host("https://0x7f.0x0.0x0.0x1"), "not the name of a public host"),
    "an address in octal": (host("https://0177.0.0.01"), "not the name of a public host"),
    "an address of version 6": (host("https://[::1]"), "plain https origin"),
    "this machine": (host("https://localhost"), "not the name of a public host"),
    "this machine's domain": (host("https://x.localhost"), "not the name of a public host"),
    "a name of the network": (host("https://printer.local"), "not the name of a public host"),
    "a name inside of a cloud": (host("https://metadata.google.internal"), "not the name of a public host"),
    "an empty label": (host("https://api..example"), "not the name of a public host"),
    "a stop at the end": (host("https://api.plain.example."), "not the name of a public host"),
    "port 0": (host("https://api.plain.example:0"), "plain https origin"),
    "a port out of range": (host("https://api.plain.example:65536"), "plain https origin"),
    "a port that is none": (host("https://api.plain.example:443x"), "plain https origin"),
    "a test network on this machine": (
        (f"rest = [{HOST}]", f'rest = [{HOST}]\ntest = ["https://10.0.0.1"]', "hosts.test.0"),
        "not the name of a public host",
    ),
    # paths
    "two dots": (path("/a/../b"), "part of dots"),
    "encoded dots": (path("/a/%2e%2e/b"), "matching regex"),
    "another host": (path("//evil.example/x"), "matching regex"),
    "a backslash": (path("/a\\\\b"), "matching regex"),
    "a query in the path": (path("/a?b=c"), "matching regex"),
    "a fragment in the path": (path("/a#b"), "matching regex"),
    "a user in the path": (path("@evil.example/x"), "matching regex"),
    "a line break in the path": (path("/a\\r\\nHost: evil.example"), "matching regex"),
    "an open brace in the path": (path("/a/{b"), "braces that hold no parameter"),
    "an attribute in the path": (path("/a/{id.__class__}"), "braces that hold no parameter"),
    "an empty placeholder in the path": (path("/a/{}"), "braces that hold no parameter"),
    "a placeholder for any text": (
        (LEADER, 'note = "any"', "endpoints.unfollow.params.leader"),
        "needs a pattern",
    ),
    # headers
    "a line break in a header": (header('X-A = "x\\r\\nHost: evil.example"', "X-A"), "control character"),
    "a line break in a header's name": (header('"X-A\\r\\nHost" = "evil.example"'), "no header that a schema may set"),
    "a colon in a header's name": (header('"Host:" = "evil.example"'), "no header that a schema may set"),
    "another host by header": (header('hOsT = "evil.example"', "hOsT"), "no header that a schema may set"),
    "another host by proxy header": (header('X-Forwarded-Host = "evil.example"', "X-Forwarded-Host"), "no header"),
    "another path by proxy header": (header('X-Original-URL = "/withdraw"', "X-Original-URL"), "no header"),
    "another method by header": (header('X-HTTP-Method-Override = "POST"', "X-HTTP-Method-Override"), "no header"),
    "another length by header": (header('Content-Length = "0"', "Content-Length"), "no header"),
    "another framing by header": (header('Transfer-Encoding = "chunked"', "Transfer-Encoding"), "no header"),
    "a cookie": (header('Cookie = "a=b"', "Cookie"), "no header that a schema may set"),
    # patterns
    "nested repetitions": (pattern("(a+)+"), "begin each repetition with a fixed character"),
    "a repeated choice": (pattern("(a|a)*"), "begin each repetition with a fixed character"),
    "a repeated option": (pattern("(a?){50}"), "begin each repetition with a fixed character"),
    "many repetitions": (pattern("a*a*a*a*a*"), "put a fixed character between the repetitions"),
    "many options": (pattern("a?" * 30), "put a fixed character between the repetitions"),
    "a back reference": (pattern(r"(a+)\1"), "no venue's form needs"),
    "a look ahead": (pattern(r"(?=a+)a"), "no venue's form needs"),
    "flags": (pattern("(?i)a"), "sets flags"),
    "flags of a group": (pattern("(?i:a)"), "sets flags"),
    "a pattern of brackets": (pattern("(" * 1_000), "longer than"),
    "a pattern that is none": (pattern("("), "not a pattern"),
    "a repetition without an end": (pattern("a{99999999999}"), "not a pattern"),
    "a text of any length": (
        (LEADER, f"{LEADER}, max_length = 1000000000", "endpoints.unfollow.params.leader.max_length"),
        f"not between 1 and {LONGEST_TEXT}",
    ),
    # numbers
    "a number of any length": (("schema = 1", "schema = 1" + "0" * 18, "schema"), "Invalid enum value"),
    "a limit that never ends": (
        (
            "[missing]",
            '[limits]\nx = { requests = 1, seconds = 9000000000, scope = "ip" }\n[missing]',
            "limits.x.seconds",
        ),
        "more than a month",
    ),
    # what is no key
    "a key for an import": (('name   = "Plain"', 'name = "Plain"\nimport = "os"', "import"), "no key 'import'"),
    "a key for a command": ((PATH, f'{PATH}\nexec = "rm"', "endpoints.set_tpsl.exec"), "no key 'exec'"),
    "an expression": (
        ('unit = "base" }', 'unit = "base", expression = "x" }', f"{FIELDS}.size.expression"),
        "no key 'expression'",
    ),
    "a host of one endpoint": (
        (PATH, f'{PATH}\nhost = "https://evil.example"', "endpoints.set_tpsl.host"),
        "no key 'host'",
    ),
    "a hook by its path": (
        (FEE, f'realized_pnl = {{ hook = "os.system" }}\n{FEE}', f"{FIELDS}.realized_pnl.hook"),
        "matching regex",
    ),
    "a hook by its inner name": (
        (FEE, f'realized_pnl = {{ hook = "__import__" }}\n{FEE}', f"{FIELDS}.realized_pnl.hook"),
        "matching regex",
    ),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_an_attack_is_refused_with_its_line_and_a_cure(tmp_path, attack):
    (before, after, key), says = REFUSED[attack]
    assert before in PLAIN
    text = PLAIN.replace(before, after, 1)
    file = write_schema(tmp_path, text=text)

    begin = time.monotonic()
    with pytest.raises(errors.SchemaError) as caught:
        load_file(file)

    assert time.monotonic() - begin < 2
    findings = [line.strip() for line in caught.value.message.splitlines()[1:]]
    (finding,) = [line for line in findings if says in line]
    place = re.match(r"acme/v1\.toml:(\d+) (.*?): ", finding)
    assert place is not None
    assert place[2].startswith(key)
    added = text[: text.index(after) + len(after)].count("\n") + 1
    assert 1 < int(place[1]) <= added


def loaded(tmp_path, before: str, after: str):
    assert before in PLAIN
    return load_place(named_file(write_schema(tmp_path, text=PLAIN.replace(before, after, 1))))


# -- what is not refused does nothing ---------------------------------------------------------------------------------

ODD_KEYS = ["__class__", "__init__", "_x", "class", "import", "None", "lambda", "print", "w", "items", "exact", "Build",
            "account", "SYMBOLS", "k__5f_x", "a-b", "translate"]  # fmt: skip


@pytest.mark.parametrize("key", ODD_KEYS)
def test_a_wire_key_is_only_a_key_whatever_it_means_in_python(tmp_path, key):
    api = loaded(tmp_path, ENTRY, f'"{key}"')
    row = {"id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5", key: "7"}
    (position,) = api.reader("positions").read(json.dumps({"code": 0, "data": [row]}).encode()).items

    assert f"{position.entry_price}" == "7"


def test_two_keys_that_would_be_one_name_in_python_stay_two(tmp_path):
    file = write_schema(tmp_path, text=PLAIN.replace('["entry", "entryOld"]', '["_x", "k__5f_x"]'))

    reader = load_file(file).reader("positions")
    row = {"id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5"}
    for keys, price in (({"_x": "7", "k__5f_x": "8"}, "7"), ({"k__5f_x": "8"}, "8")):
        (position,) = reader.read(json.dumps({"code": 0, "data": [row | keys]}).encode()).items
        assert f"{position.entry_price}" == price


def test_braces_in_what_is_signed_are_text(tmp_path):
    """A template is filled by name and never formatted: what no name is in stays as it is."""
    from unifiedcopy.secret import Credentials
    from unifiedcopy.signing import Signer

    api = loaded(tmp_path, KEY_HEADER, 'X-KEY = "{{api_key}}{"')
    signer = Signer(api.schema.signing["default"], Credentials("{signature}{0}", "s"), "acme/v1")
    request = build("acme/v1", "positions", api.schema.endpoints["positions"], {})

    assert signer.sign(request, 1).headers["X-KEY"] == "{{signature}{0}}{"


@pytest.mark.parametrize("name", ["A" * 8_000_000, "ABC" * 2_000_000 + "USDT", "é" * 1000])
def test_a_symbol_of_any_length_is_not_understood_and_costs_nothing(tmp_path, name):
    api = loaded(tmp_path, 'venue = "{base}{quote}"', 'venue = "{base}{base}{base}{quote}"')

    begin = time.monotonic()
    facts = api.symbols.facts(name)

    assert facts.symbol is None
    assert api.symbols.venue_symbol(name) is None
    assert time.monotonic() - begin < 1
    assert api.symbols.facts("AAA" + "USDT").symbol == "A/USDT:USDT"
    assert LONGEST_SYMBOL < 1000


def test_a_text_can_not_leave_its_place_in_the_path(tmp_path):
    api = loaded(tmp_path, LEADER, "pattern = '.*'")
    endpoint = api.schema.endpoints["unfollow"]

    for text in ("..", ".", "..."):
        with pytest.raises(errors.BadRequest, match="can't stand in a path"):
            build("acme/v1", "unfollow", endpoint, {"leader": text})
    for text in ("../x", "a/../b", "?a=b", "#", "@evil.example", "%2e%2e"):
        target = build("acme/v1", "unfollow", endpoint, {"leader": text}).path
        assert re.fullmatch(r"/leaders/[A-Za-z0-9%._~-]+", target)
        assert not target.endswith("%2e%2e")
    with pytest.raises(errors.BadRequest, match="longer than"):
        build("acme/v1", "unfollow", endpoint, {"leader": "a" * (MAX_LENGTH + 1)})


@pytest.mark.parametrize("form", ["[a-z]+[a-z0-9]*", "(,[A-Z0-9]+-SWAP)*", "[a-z]{1,400}[a-z]{1,8}", ".*a.{1,7}b"])
def test_a_pattern_that_is_taken_is_fast_on_the_worst_text(tmp_path, form):
    endpoint = loaded(tmp_path, LEADER, f"pattern = '{form}'").schema.endpoints["unfollow"]

    begin = time.monotonic()
    for text in ("a" * 999 + "!", ",A-SWAP" * 140 + "!", "ab" * 499 + "!"):
        with pytest.raises(errors.BadRequest, match="does not fit"):
            build("acme/v1", "unfollow", endpoint, {"leader": text})

    assert time.monotonic() - begin < 1


def test_lines_are_found_in_a_file_made_to_make_that_slow(tmp_path):
    """An array that goes on for thousands of lines, and lines that almost are tables."""
    text = (
        PLAIN
        + "[endpoints.positions.unmapped]\nx = '''\n"
        + '"\\\\q" = 1\n'
        + ("[" + " " * 1_900 + "x\n") * 100
        + "'''\n"
    )
    text += "".join(f"k{number} = 'x'\n" for number in range(5_000))
    file = write_schema(tmp_path, text=text.replace("'''", '"""'))

    begin = time.monotonic()
    with pytest.raises(errors.SchemaError, match="control character"):
        load_file(file)
    file.write_text(PLAIN.replace("plain/v1", "acme/v1").replace("ok = [0]", "ok = [\n" + "1,\n" * 50_000 + "]"))
    load_file(file)

    assert time.monotonic() - begin < 10


def test_a_hostile_file_opens_nothing_and_runs_nothing(tmp_path):
    """What it could name (modules, files, hosts) is not touched while it is found, read, compiled and connected."""
    text = PLAIN.replace(ENTRY, '"__import__"').replace('"Plain"', '"{0.__class__} %s $(touch x) `id`"')
    file = write_schema(tmp_path, text=text)
    (file.parent / "hooks.py").write_text("raise SystemExit(1)")
    (file.parent / "__init__.py").write_text("raise SystemExit(1)")
    code = (
        "import sys; import unifiedcopy, unifiedcopy.registry, unifiedcopy.schema.diagnose\n"
        "seen = []\n"
        "sys.addaudithook(lambda event, args: seen.append((event, str(args[0]))) if event in ('open', 'import',"
        " 'socket.connect', 'socket.getaddrinfo', 'subprocess.Popen', 'os.system', 'os.exec') else None)\n"
        f"exchange = unifiedcopy.connect({str(file)!r}); exchange.api.compile_all()\n"
        f"print([entry for entry in seen if entry != ('open', {str(file)!r})])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout.strip() == "[]", done.stderr
