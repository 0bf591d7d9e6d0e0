"""A small invented venue for tests of the language: no real venue's facts are in here."""

from pathlib import Path

from unifiedcopy.schema import Api, load_file

PLAIN = """
schema = 1
id     = "plain/v1"
name   = "Plain"
source = "invented for tests"

[hosts]
rest = ["https://api.plain.example"]

[envelope]
code = "code"
ok = [0]
message = "msg"

[errors.rejected]
BadRequest = ["7"]
InvalidNonce = ["9"]
[errors.unknown]
OperationFailed = ["8"]

[signing.default]
prehash = "{timestamp}{query}{body}"
encoding = "hex"
[signing.default.headers]
X-KEY = "{api_key}"
X-TIME = "{timestamp}"
X-SIGN = "{signature}"

[[symbols]]
venue = "{base}{quote}"
symbol = "{base}/{quote}:{quote}"
quote = ["USDT"]

[enums]
side = { long = ["buy", "BUY"], short = "sell" }
margin_mode = { cross = 0, isolated = 1 }

[missing]
list_leaders = "there are none"
follow = "not here"

[endpoints.positions]
verb = "positions"
method = "GET"
path = "/positions"
source = "invented"
items = ["data", "data.list"]
skip_zero = "size"
paging = { style = "cursor", param = "cursor", size = "limit", max_size = 3, next = "data.next", encoded = true }
[endpoints.positions.params]
cursor = {}
limit = { type = "integer" }
[endpoints.positions.fields]
id = "id"
venue_symbol = "symbol"
side = "side"
size = { from = "size", unit = "base" }
entry_price = ["entry", "entryOld"]
leverage = "lever"
margin_mode = "mode"
unrealized_roi = { from = "roi", unit = "percent" }
fee = { from = "fee", unit = "charged" }
take_profit = { from = "tp", unit = "price", null_if = 0 }
opened_at = { from = "at", unit = "ms", null_if = 0 }

[endpoints.set_tpsl]
verb = "set_tpsl"
method = "POST"
path = "/tpsl"
source = "invented"
ids = "data.id"
[endpoints.set_tpsl.params]
id = { from = "position.id", required = true }
tp = { from = "take_profit.price", type = "decimal", clear = "0" }
sl = { from = "stop_loss.price", type = "decimal" }

[endpoints.unfollow]
verb = "unfollow"
method = "DELETE"
path = "/leaders/{leader}"
source = "invented"
open_copies = "kept"
[endpoints.unfollow.params]
leader = { from = "leader_id", required = true, pattern = "[a-z0-9.]+" }
"""


def api_of(folder: Path, text: str = PLAIN) -> Api:
    """The API of a schema's text."""
    path = folder / "schemas" / "plain" / "v1.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return load_file(path)
