"""An invented venue of three endpoints with its cases, to be broken in one place each."""

SCHEMA = """
schema = 1
id     = "acme/v1"
name   = "Acme"
source = "invented for tests"

[hosts]
rest = ["https://api.acme.example"]

[envelope]
code = "code"
ok = [0]
message = "msg"

[errors.rejected]
BadRequest = ["7"]
NotFollowing = ["20"]
[errors.unknown]
OperationFailed = ["8"]

[limits]
read = { requests = 5, seconds = 1, scope = "uid" }

[signing.default]
prehash = "{timestamp}{query}{body}"
encoding = "hex"
[signing.default.headers]
X-KEY = "{api_key}"
X-TIME = "{timestamp}"
X-SIGN = "{signature}"

[clock]
endpoint = "time"
time = "data.now"
unit = "s"

[[symbols]]
venue = "{base}{quote}"
symbol = "{base}/{quote}:{quote}"
quote = ["USDT"]

[enums]
side = { long = "buy", short = "sell" }
margin_mode = { cross = 0, isolated = 1 }

[missing]
list_leaders = "there are none"
follow = "not here"

[endpoints.positions]
verb = "positions"
method = "GET"
path = "/positions"
source = "invented"
items = "data.list"
empty_codes = ["20"]
limits = ["read"]
paging = { style = "cursor", param = "cursor", size = "limit", max_size = 3, next = "data.next" }
[endpoints.positions.params]
cursor = { pattern = "[a-z0-9]+" }
limit = { type = "integer" }
[endpoints.positions.fields]
id = "id"
venue_symbol = "symbol"
side = "side"
size = { from = "size", unit = "base" }
entry_price = "entry"
margin_mode = "mode"
fee = { from = "fee", unit = "charged" }
leader_id = "leader"
opened_at = { from = "at", unit = "ms" }
[endpoints.positions.unmapped]
avatar = "a picture"

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

[endpoints.time]
method = "GET"
path = "/time"
source = "invented"
sign = "none"
"""

CASES = '''
[[answer]]
says = "both sides of a symbol"
endpoint = "positions"
file = "positions.json"
next = "abc"
[[answer.rows]]
id = "11"
symbol = "BTC/USDT:USDT"
venue_symbol = "BTCUSDT"
side = "long"
size = "0.5"
size_unit = "base"
entry_price = "60000.1"
margin_mode = "cross"
margin_asset = "USDT"
fee = "0.3"
leader_id = "77"
opened_at = 1700000000000
[[answer.rows]]
id = "12"
symbol = "BTC/USDT:USDT"
venue_symbol = "BTCUSDT"
side = "short"
size = "2"
size_unit = "base"
margin_asset = "USDT"
absent = ["entry_price", "fee"]

[[answer]]
says = "nobody is followed"
endpoint = "positions"
body = """{"code": 20, "msg": "you follow nobody"}"""

[[error]]
endpoint = "positions"
body = """{"code": 7, "msg": "no such symbol"}"""
status = 200
class = "BadRequest"
outcome = "rejected"

[codes.rejected]
BadRequest = ["7"]
NotFollowing = ["20"]

[[accepted]]
endpoint = "set_tpsl"
body = """{"code": 0, "data": {"id": "55"}}"""
ids = ["55"]
[[accepted]]
endpoint = "unfollow"
body = """{"code": 0}"""

[[time]]
body = """{"code": 0, "data": {"now": 1700000000}}"""
ms = 1700000000000

[[request]]
says = "the first page"
verb = "positions"
[request.expect]
method = "GET"
path = "/positions"
query = "limit=3"

[[request]]
says = "a take profit"
verb = "set_tpsl"
position = { id = "11", venue_symbol = "BTCUSDT", side = "long", size = "0.5" }
args = { take_profit = { price = "65000" } }
[request.expect]
method = "POST"
path = "/tpsl"
body = """{"id":"11","tp":"65000"}"""

[[request]]
says = "an end"
verb = "unfollow"
args = { leader = "77" }
[request.expect]
method = "DELETE"
path = "/leaders/77"

[[refused]]
says = "a leader's id with a slash"
verb = "unfollow"
args = { leader = "7/7" }
word = "leader"

[limits]
positions = ["5/1s uid"]

[[signature]]
says = "computed with openssl"
api_key = "the-key"
secret = "the-secret"
timestamp = "1700000000000"
method = "POST"
query = "a=1"
body = """{"b":2}"""
expect = "5094d245a439a02b47aec771e600a96b61062b389c0079ad3adcb9951c1139a4"
path = "/x"
target = "/x?a=1"
[signature.headers]
X-KEY = "the-key"
X-TIME = "1700000000000"
X-SIGN = "5094d245a439a02b47aec771e600a96b61062b389c0079ad3adcb9951c1139a4"
'''

POSITIONS = """{"code": 0, "msg": "ok", "data": {"next": "abc", "list": [
  {"id": "11", "symbol": "BTCUSDT", "side": "buy", "size": "0.5", "entry": "60000.1", "mode": 0, "fee": "-0.3",
   "leader": "77", "at": 1700000000000, "avatar": "https://pictures.example/1"},
  {"id": "12", "symbol": "BTCUSDT", "side": "sell", "size": "2", "entry": "", "fee": null}
]}}"""
