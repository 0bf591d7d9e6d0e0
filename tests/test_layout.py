"""The shape of the repository: what the folders promise."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import unifiedcopy
from tests.forbidden import forbidden
from unifiedcopy.schema import schema_ids
from unifiedcopy.schema.editor import rendered

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = [path for path in (ROOT / "unifiedcopy").rglob("*.py") if "/unifiedcopy/exchanges/" not in path.as_posix()]


def test_no_venue_is_named_in_the_library():
    """Whatever differs between venues is data, or stands in the venue's own folder."""
    venues = {schema_id.partition("/")[0] for schema_id in schema_ids()} | {"okx", "blofin", "cointr", "bybit"}
    named = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in LIBRARY
        for word in re.findall(rf"(?i)\b({'|'.join(sorted(venues))})\b", path.read_text())
    ]

    assert named == []


def test_nothing_imports_the_exchanges_folder_by_its_checkout_name():
    assert [path.name for path in LIBRARY if re.search(r"^\s*(import|from) exchanges\b", path.read_text(), re.M)] == []


def test_no_float_of_money_and_no_open_door_stands_in_the_library():
    """Outside of the ccxt view (which is asked for floats), of seconds, of the kit, which compares requests, and of
    the search for double keys, which looks at no value."""
    allowed = {("ccxt.py", "float()"), ("transport.py", "float()"), ("keys.py", "orjson.loads")}
    found = [
        (path.name, name)
        for path in LIBRARY
        if not {"sandbox", "testing"} & set(path.parts)
        for _, name in forbidden(path.read_text())
    ]

    assert set(found) == allowed
    assert len(found) == len(allowed)


@pytest.mark.parametrize(
    ("planted", "name"),
    {
        "price = float(text)": "float()",
        "answer = orjson.loads(body)": "orjson.loads",
        "answer = json.loads(body)": "json.loads",
        "session.request('GET', url, ssl=False, allow_redirects=False)": "ssl=False",
        "session.request('GET', url, allow_redirects=True)": "allow_redirects=True",
        "session.post(url)": "redirects are followed",
        "aiohttp.ClientSession(trust_env=True)": "trust_env=True",
        "requests.get(url, verify=False)": "verify=False",
        "url = f'https://{host}/path'": "an address made of parts",
        "url = URL(f'{origin}/path/{leader}')": "an address made of parts",
    }.items(),
)
def test_a_planted_one_is_found(planted, name):
    assert name in [found for _, found in forbidden(f"def work():\n    {planted}\n")]


def test_the_public_names_are_the_ones_listed():
    public = {name for name in vars(unifiedcopy) if not name.startswith("_")}
    modules = {name for name in public if type(getattr(unifiedcopy, name)).__name__ == "module"}

    assert len(unifiedcopy.__all__) == len(set(unifiedcopy.__all__))
    assert public - modules - {"annotations", "TYPE_CHECKING", "Any", "import_module"} <= set(unifiedcopy.__all__)
    assert all(hasattr(unifiedcopy, name) for name in unifiedcopy.__all__)


def test_importing_the_package_loads_no_http_library_and_no_venue():
    code = (
        "import sys, unifiedcopy; "
        "print([m for m in sys.modules if m.split('.')[0] in ('aiohttp', 'stamina', 'redis', 'typer', 'rich')"
        " or m.startswith('unifiedcopy.exchanges')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.strip() == "[]"


def test_the_editor_schema_is_in_step_with_the_language():
    """When this fails: python -m unifiedcopy.schema.editor > schemas/exchange.schema.json"""
    assert (ROOT / "schemas" / "exchange.schema.json").read_text() == rendered()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_only_top_level_name_of_the_wheel_is_the_package(wheel):
    tops = {name.partition("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"unifiedcopy"}


def test_the_wheel_holds_every_schema_and_plugin(wheel):
    names = set(wheel.namelist())

    assert {f"unifiedcopy/schemas/{schema_id}.toml" for schema_id in schema_ids()} <= names
    assert {f"unifiedcopy/{path.relative_to(ROOT)}" for path in ROOT.glob("schemas/*/catalogue/*.toml")} <= names
    assert {f"unifiedcopy/{path.relative_to(ROOT)}" for path in ROOT.glob("exchanges/**/*.py")} <= names


def test_the_wheel_works_without_the_checkout(wheel, tmp_path):
    """Installed, the schemas and the plugins are found inside of the package."""
    wheel.extractall(tmp_path)
    code = (
        "import unifiedcopy, unifiedcopy.exchanges, pkgutil; from unifiedcopy.schema import schema_ids; "
        "print(schema_ids(), sorted(m.name for m in pkgutil.iter_modules(unifiedcopy.exchanges.__path__)))"
    )
    env = {"PYTHONPATH": f"{tmp_path}:{':'.join(sys.path[1:])}"}
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=env,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert str(schema_ids()) in done.stdout
