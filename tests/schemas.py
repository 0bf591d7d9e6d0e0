"""Two small invented venues for tests of the language: no real venue's facts are in here."""

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


GUILD = """
schema = 1
id     = "guild/v1"
name   = "Guild"
source = "invented for tests: wraps objects in lists, counts contracts, has leaders on both sides"

[hosts]
rest = ["https://api.guild.example"]

[envelope]
code = "code"
ok = ["0"]
message = "msg"
rows = "data"
row_code = "sCode"
row_message = "sMsg"

[errors.rejected]
BadRequest = ["51000"]
NotFollowing = ["59280"]
[errors.unknown]
OperationFailed = ["1", "2"]

[signing.default]
prehash = "{timestamp_iso}{method}{path}{?query}{body}{nonce}"
encoding = "hex_base64"
[signing.default.headers]
G-KEY = "{api_key}"
G-TIME = "{timestamp_iso}"
G-NONCE = "{nonce}"
G-SIGN = "{signature}"

[[symbols]]
venue = "{base}-{quote}-SWAP"
symbol = "{base}/{quote}:{quote}"
quote = ["USDT"]
size_unit = "contract"
[[symbols]]
venue = "{base}-{quote}-SWAP"
symbol = "{base}/{quote}:{base}"
quote = ["USD"]
size_unit = "contract"

[contracts]
endpoint = "instruments"
rows = "data"
symbol = "instId"
value = "ctVal"
currency = "ctValCcy"

[enums]
side = { long = "long", short = "short" }
window = { "7" = "1", "90" = "3" }
open_copies = { close = "market_close", keep = "manual_close" }
isolated = { isolated = true, cross = false }
how = { add = "ADD", remove = "DELETE" }

[endpoints.list_leaders]
verb = "list_leaders"
method = "GET"
path = "/leaders"
source = "invented"
sign = "none"
items = "data[0].ranks"
[endpoints.list_leaders.paging]
style = "number"
param = "page"
size = "limit"
max_size = 2
pages = "data[0].totalPage"
version = "data[0].dataVer"
version_param = "dataVer"
[endpoints.list_leaders.params]
page = { type = "integer" }
limit = { type = "integer" }
dataVer = {}
[endpoints.list_leaders.fields]
id = "code"
roi = { from = "roi", unit = "ratio" }
window_days = { const = 90 }
symbols = { from = "insts", value = "id", where = "on" }

[endpoints.leader]
verb = "leader"
method = "GET"
path = "/stats"
source = "invented"
sign = "none"
item = "data[0]"
[endpoints.leader.params]
code = { from = "leader_id", required = true }
days = { from = "days", enum = "window", default = "3" }
[endpoints.leader.fields]
id = { request = "code" }
window_days = { request = "days", enum = "window" }
win_rate = { from = "win", unit = "ratio" }

[endpoints.positions]
verb = "positions"
method = "GET"
path = "/positions"
source = "invented"
items = "data"
paging = { style = "cursor", param = "after", next = "next", more = "hasNext" }
[endpoints.positions.params]
after = {}
[endpoints.positions.fields]
id = "id"
venue_symbol = "inst"
side = { from = "posSide", null_if = "net", sign = "pos" }
size = { from = "pos", unit = "contract", absolute = true }
mark_price = "mark"

[endpoints.lead_positions]
verb = "lead.positions"
method = "GET"
path = "/lead/positions"
source = "invented"
items = "data"
[endpoints.lead_positions.fields]
id = "id"
venue_symbol = "inst"
side = "posSide"
size = { from = "pos", unit = "contract" }

[endpoints.close_position]
verb = "close_position"
method = "POST"
path = "/close"
source = "invented"
[endpoints.close_position.params]
id = { from = "position.id", required = true }
size = { from = "position.size", unit = "contract", type = "decimal", required = true }

[endpoints.lead_close_position]
verb = "lead.close_position"
method = "POST"
path = "/lead/close"
source = "invented"
[endpoints.lead_close_position.params]
ids = { from = "position.id", type = "list", required = true }

[endpoints.copy_limits]
verb = "copy_limits"
method = "GET"
path = "/limits"
source = "invented"
sign = "none"
items = "data"
[endpoints.copy_limits.fields]
min_amount = "minAmt"
max_amount = "maxAmt"
max_stop_loss = { from = "maxSl", unit = "ratio" }

[endpoints.follow]
verb = "follow"
method = "POST"
path = "/follow"
source = "invented"
confirm = "data[0].result"
[endpoints.follow.params]
code = { from = "leader_id", required = true }
amt = { from = "sizing.fixed_amount", type = "decimal", required = true }
sl = { from = "settings.stop_loss", unit = "loss_ratio", type = "decimal" }

[endpoints.amend]
verb = "follow"
mode = "amend-only"
method = "POST"
path = "/amend"
source = "invented"
confirm = "data"
denied = ["fail"]
[endpoints.amend.params]
code = { from = "leader_id", required = true }
amt = { from = "sizing.fixed_amount", type = "decimal", required = true }

[endpoints.following]
verb = "following"
method = "GET"
path = "/following"
source = "invented"
items = "data"
[endpoints.following.fields]
leader_id = "code"

[endpoints.unfollow]
verb = "unfollow"
method = "POST"
path = "/unfollow"
source = "invented"
open_copies = "chosen"
[endpoints.unfollow.params]
code = { from = "leader_id", required = true }
how = { from = "open_copies", enum = "open_copies", required = true }

[endpoints.set_tpsl]
verb = "set_tpsl"
method = "POST"
path = "/tpsl"
source = "invented"
[endpoints.set_tpsl.params]
id = { from = "position.id", required = true }
tp = { from = "take_profit.price", type = "decimal" }

[endpoints.lead_closed_positions]
verb = "lead.closed_positions"
method = "GET"
path = "/lead/closed"
source = "invented"
items = "data"
window_days = 7
[endpoints.lead_closed_positions.params]
from = { from = "since", type = "integer", unit = "ms" }
to = { from = "until", type = "integer", unit = "ms" }
[endpoints.lead_closed_positions.fields]
venue_symbol = "inst"
side = "posSide"
size = { from = "pos", unit = "base" }
closed_at = { from = "at", unit = "ms" }

[endpoints.lead_followers]
verb = "lead.followers"
method = "GET"
path = "/lead/followers"
source = "invented"
items = "data"
paging = { style = "number", param = "page" }
[endpoints.lead_followers.params]
page = { type = "integer" }
[endpoints.lead_followers.fields]
id = "id"
name = "name"

[endpoints.lead_symbols]
verb = "lead.symbols"
method = "GET"
path = "/lead/symbols"
source = "invented"
items = "data.list"
row_key = "inst"
[endpoints.lead_symbols.fields]
venue_symbol = "inst"
enabled = { const = true }

[endpoints.lead_set_symbols]
verb = "lead.set_symbols"
method = "POST"
path = "/lead/symbols"
source = "invented"
rows = "list"
max_rows = 2
[endpoints.lead_set_symbols.params]
list = { type = "rows", required = true }
"list[].inst" = { from = "symbol", required = true }
"list[].op" = { from = "how", enum = "how", required = true }

[endpoints.lead_profit_share]
verb = "lead.profit_share"
method = "GET"
path = "/lead/shares"
source = "invented"
items = "data"
[endpoints.lead_profit_share.fields]
amount = "amt"
asset = "ccy"
at = { from = "ts", unit = "ms" }
status = { const = "settled" }

[endpoints.lead_profit_share_totals]
verb = "lead.profit_share_totals"
method = "GET"
path = "/lead/share-days"
source = "invented"
items = "data"
[endpoints.lead_profit_share_totals.fields]
amount = "amt"
at = { from = "day", unit = "date" }

[endpoints.lead_settings]
verb = "lead.settings"
method = "GET"
path = "/lead/settings"
source = "invented"
item = "data"
[endpoints.lead_settings.fields]
margin_mode = { from = "isolated", enum = "isolated" }

[endpoints.lead_set_settings]
verb = "lead.set_settings"
method = "POST"
path = "/lead/settings"
source = "invented"
[endpoints.lead_set_settings.params]
share = { from = "settings.profit_share", unit = "ratio", type = "decimal", max = "0.3" }

[endpoints.instruments]
method = "GET"
path = "/instruments"
source = "invented"
sign = "none"
"""
"""Another invented venue, with what the first one lacks."""


def write_schema(folder: Path, schema_id: str = "acme/v1", text: str = PLAIN) -> Path:
    """The file ``<folder>/<id>/<api>.toml`` of the invented venue under another name."""
    path = folder / f"{schema_id}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("plain/v1", schema_id))
    return path


def api_of(folder: Path, text: str = PLAIN, venue: str = "plain") -> Api:
    """The API of a schema's text."""
    path = folder / "schemas" / venue / "v1.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return load_file(path)
