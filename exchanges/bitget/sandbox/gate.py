"""Keys, signature, clock, limits, envelope and error codes; the same for V1 and V2."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Literal
from urllib.parse import unquote

from unifiedcopy.sandbox import (
    Answer,
    Limit,
    Options,
    Refusal,
    Request,
    Route,
    SandboxAccount,
    Usage,
    VenueEmulator,
    World,
    hmac_base64,
    same,
)

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
except ImportError:  # then there is no account with an RSA key
    RSA = False
else:
    RSA = True

WINDOW_MS = 30_000
"""How far a timestamp may be from the venue's clock [seed]."""
IP = Limit("ip", 6000, 60, per="ip")
"""[docs]; that it is over after a minute and not after the five documented ones is a simplification."""
RETIRED_PATH = re.compile(r"/api/\w+/v1/.*")
COPYING = re.compile(r"/(copy|trace)/")
"""In V2 and V3, in V1."""
OLD, NEW, UNIFIED = "old-model", "new-model", "unified-account"
"""Kinds of accounts: which of the two ways to follow they have [docs], or none [live]."""

MESSAGES = {
    "22002": "No position to close",
    "30032": "The V1 API has been decommissioned. Please migrate to a newer version.",
    "31001": "The user is not a trader",
    "31004": "Take profit price must be > current price",
    "31005": "Stop loss price must be < current price",
    "31007": "Order does not exist",
    "31019": "Support trading currency pair does not exist",
    "31029": "User is not existed",
    "31030": "Chosen trading pair is empty",
    "31031": "You’re log in as trader,can not follow trade",
    "31032": "Can not follow trade with yourself",
    "31034": "This trader’s no. of follower has reached limit, please select other trader",
    "31035": "Follow order ratio can not less than{0}",
    "31036": "Follow order ratio can not greater than{0}",
    "31037": "Follow order count can not less than{0}",
    "31038": "Exceeds max. limit",
    "31040": "T/P ratio must between {0}%-{1}%",
    "31041": "S/L ratio must between {0}%-{1}%",
    "31042": "The status of your Elite Trader has been suspended, please contact online customer service to resume.",
    "31047": "No copying is allowed within {0} minutes after the copier has been removed. Please try again later.",
    "31051": "traderUserId error",
    "31052": "Cannot set trading symbol that have not been opened by traders.",
    "31057": "user has not follow order",
    "40001": "ACCESS_KEY cannot be empty",
    "40002": "ACCESS_SIGN cannot be empty",
    "40005": "Invalid ACCESS_TIMESTAMP",
    "40006": "Invalid ACCESS_KEY",
    "40007": "Invalid Content_Type",
    "40008": "Request timestamp expired",
    "40009": "sign signature error",
    "40010": "Request timed out",
    "40011": "ACCESS_PASSPHRASE cannot be empty",
    "40012": "apikey/password is incorrect",
    "40014": "Incorrect permissions, need {0} permissions",
    "40015": "System is abnormal, please try again later",
    "40017": "Parameter verification failed {0}",
    "400172": "Parameter verification failed",
    "40019": "Parameter {0} cannot be empty",
    "40020": "Parameter {0} error",
    "40029": "This account is not a Broker, please apply to become a Broker first",
    "40084": "You are in Classic Account mode, and the Unified Account API is not supported at this time",
    "40085": "You are in Unified Account mode, and the Classic Account API is not supported at this time",
    "40099": "exchange environment is incorrect",
    "40404": "Request URL NOT FOUND",
    "40725": "service return an error",
    "40731": "This product does not support copy trading",
    "40732": "Not currently a trader",
    "40849": "This user already has an ongoing copy",
    "40854": "This product does not support copy trading",
    "40860": "The trader does not exist and cannot be set to follow",
    "40861": "The trader has been disabled and cannot be set to follow",
    "40864": "Please close the current position with orders",
    "429": "Too many requests",
    "43012": "Insufficient balance",
    "43013": "Take profit price needs> current price",
    "43014": "Take profit price needs to be <current price",
    "43015": "Stop loss price needs to be <current price",
    "43016": "Stop loss price needs to be> current price",
    "43036": "Trader modify tpsl can only be operated once within 300ms",
    "43043": "There is no position",
    "43045": "The trader is ful",
    "43046": "User does not exist",
    "43047": "Followers are not allowed to follow again within xx minutes after being removed, please try again later!",
    "43050": "Leverage exceeds the effective range",
    "43051": "Maximum limit exceeded",
    "43052": "Follow order count can not less than {0}",
    "43054": "The copy ratio cannot be less than {0}",
    "43055": "The take loss ratio must be between {0}-{1}",
    "43056": "The take profit ratio must be between {0}-{1}",
    "43062": "not to follow",
    "43063": "Can not follow trade with yourself",
    "43065": "Tracking No does not exist",
    "43069": "A follower account can only be removed when its equity is lower than {0} USDT",
    "45001": "Unknown error",
}
"""Texts of the venue's error table, its misspellings included [seed]; placeholders are filled when answered."""
STATUS = {"429": 429, "40404": 404}
"""Of all other errors 400 [live]."""


@dataclass
class BitgetOptions(Options):
    """Switches where the documents disagree or are silent."""

    retired: bool = True
    """V1 as it is since 2025-11-28: every path answers 30032 [live]. False serves it as before."""
    error_status: int = 400
    """HTTP status of errors; 200 occurs too [live]."""
    signed_query: Literal["received", "decoded", "either"] = "received"
    """What a percent-encoded query signs: the bytes on the wire, or its decoded form as ccxt does."""
    current_orders: Literal["array", "object"] = "array"
    """Shape of V2's open copies: a bare array [docs], or ``trackingList`` and ``endId`` [code]."""
    entry_name: Literal["openAvgPrice", "openPriceAvg"] = "openAvgPrice"
    """Entry price of V2's open copies as in the page's example, or as in its table; then with ``openFee``."""
    large_page: Literal["refuse", "default"] = "refuse"
    """What a page size above the ceiling does; other pages of the venue fall back to the default [seed]."""
    already_following: Literal["update", "refuse"] = "update"
    """What new settings for a followed leader do: change them [guess], or 40849."""
    resent_settings: Literal["merge", "replace"] = "merge"
    """Whether symbols that an update does not name keep their settings [guess]."""
    unfollow_with_copies: Literal["close", "refuse", "keep"] = "close"
    """Open copies at unfollowing: closed [guess], a reason to refuse (40864), or left to the account."""
    nothing_to_close: Literal["22002", "43043"] = "22002"
    wrong_model: Literal["40017", "400172", "40014"] = "40017"
    """Answer to settings of the other copy model; not documented."""
    absent_spot_price: Literal["leave", "remove"] = "leave"
    """What a price that is not sent does in V1's TP/SL of spot; an empty one removes [seed]."""
    removable_below: Decimal = Decimal(100)
    """A leader may remove who has less money, in USDT: spot's example [seed], for futures a [guess]."""
    hedge_mode: bool = True
    """Accounts in hedge mode must name ``holdSide`` to close by symbol; in one-way mode it is ignored [docs]."""
    brokers_only: bool = False
    """Whether the leader directory wants a broker (40029); whether an ordinary key is enough is unknown."""


class Gate(VenueEmulator):
    """What a request meets before its handler, and what its answer is wrapped in."""

    venue = "bitget"
    options_type = BitgetOptions
    options: BitgetOptions
    ip_limits: ClassVar[tuple[Limit, ...]] = (IP,)

    def __init__(self, world: World) -> None:
        self.public_keys: dict[str, str] = {}
        """Of the accounts with an RSA key, by alias."""
        super().__init__(world)

    def open_rsa_account(self, alias: str, kind: str) -> None:
        """An account whose secret is an RSA private key; none where ``cryptography`` is not installed."""
        if not RSA:
            return
        account = self.world.open_account(alias, kind=kind, passphrase=True)
        private, public = rsa_pair()
        self.world.accounts[alias] = replace(account, secret=private)
        self.public_keys[alias] = public

    # Keys, signature, clock

    def answer(self, request: Request) -> Answer:
        """V1 is gone before anything else is looked at [live]."""
        if self.options.retired and RETIRED_PATH.fullmatch(request.path):
            return self.error("30032")
        return super().answer(request)

    def authenticate(self, request: Request, route: Route) -> SandboxAccount:
        """Headers, clock, key, passphrase, signature. The order in which the venue checks them is a [guess]."""
        if "ACCESS-KEY" not in request.headers:
            raise self.refuse("40006")  # and not 40001 [live]
        for name, code in (
            ("KEY", "40001"),
            ("SIGN", "40002"),
            ("TIMESTAMP", "40005"),
            ("PASSPHRASE", "40011"),
        ):
            if not request.headers.get(f"ACCESS-{name}"):
                raise self.refuse(code)
        self._check_clock(request)
        account = self.world.account_by_key(request.headers["ACCESS-KEY"])
        if account is None:
            raise self.refuse("40006")
        if not same(request.headers["ACCESS-PASSPHRASE"], account.passphrase or ""):
            raise self.refuse("40012")
        if not self._signed(account, request):
            raise self.refuse("40009")
        self._check_headers(request)
        return account

    def _check_clock(self, request: Request) -> None:
        stamp = request.headers["ACCESS-TIMESTAMP"]
        if not is_digits(stamp):
            raise self.refuse("40005")
        if abs(request.at - int(stamp)) > WINDOW_MS:
            raise self.refuse("40008")

    def _check_headers(self, request: Request) -> None:
        content = request.headers.get("Content-Type", "")
        if request.method == "POST" and not content.startswith("application/json"):
            raise self.refuse("40007")
        if request.headers.get("paptrading") == "1":  # these are live keys
            raise self.refuse("40099")

    def _signed(self, account: SandboxAccount, request: Request) -> bool:
        ways = {"received": (False,), "decoded": (True,), "either": (False, True)}[self.options.signed_query]
        texts = [signed_bytes(request, decoded=decoded) for decoded in ways]
        signature = request.headers["ACCESS-SIGN"]
        public = self.public_keys.get(account.alias)
        if public is None:
            return any(same(signature, hmac_base64(account.secret, text)) for text in texts)
        return any(rsa_verifies(public, signature, text) for text in texts)

    def authorize(self, account: SandboxAccount, route: Route) -> None:
        if (account.kind == UNIFIED) != route.path.startswith("/api/v3/"):
            raise self.refuse("40085" if account.kind == UNIFIED else "40084")
        if "read" not in account.permissions and COPYING.search(route.path):
            raise self.refuse("40014", fill("40014", "copy trading read"))
        if route.write and "write" not in account.permissions:
            raise self.refuse("40014", fill("40014", "copy trading write"))  # what fills it is a [guess]
        if self.options.brokers_only and "/mix-broker/" in route.path:
            raise self.refuse("40029")

    # Answers

    def envelope(self, result: object) -> Answer:
        """``code, msg, requestTime, data``: the order of most examples; some print ``data`` second."""
        return Answer.json(self.enveloped("00000", "success", result))

    def enveloped(self, code: str, message: str, data: object) -> dict[str, object]:
        return {"code": code, "msg": message, "requestTime": self.world.clock.now_ms(), "data": data}

    def error(self, code: int | str, message: str | None = None) -> Answer:
        text = MESSAGES.get(str(code), "") if message is None else message
        status = STATUS.get(str(code), self.options.error_status)
        return Answer.json(self.enveloped(str(code), text, None), status)

    def not_found(self, request: Request) -> Answer:
        return self.error("40404")

    def limit_exceeded(self, usage: Usage) -> Answer:
        return self.error("429")

    def limit_headers(self, usage: Usage) -> Mapping[str, str]:
        return {"x-mbx-used-remain-limit": str(max(0, usage.remaining))}  # [docs]

    # Parameters

    def invalid(self) -> Refusal:
        """A parameter out of its range: the catch-all. Which of 40017, 400172, 40020 comes is a [guess]."""
        return self.refuse("400172")

    def needed(self, given: Mapping[str, Any], name: str) -> str:
        """A parameter that must be there. A number instead of text is refused [guess]."""
        text = self.text(given, name)
        if not text:
            raise self.refuse("40019", fill("40019", name))
        return text

    def text(self, given: Mapping[str, Any], name: str, default: str = "") -> str:
        """A parameter that may be absent, null or empty: all the same."""
        value = given.get(name)
        if value is None or value == "":
            return default
        if not isinstance(value, str):
            raise self.invalid()
        return value

    def choice(self, given: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str = "") -> str:
        """One of some words, in any case, as it stands in ``allowed``; without a default it must be there."""
        text = self.text(given, name, default) if default else self.needed(given, name)
        for word in allowed:
            if word.lower() == text.lower():
                return word
        raise self.invalid()

    def whole(self, given: Mapping[str, Any], name: str, default: int, most: int | None = None) -> int:
        """A positive whole number, as text."""
        text = self.text(given, name, str(default))
        if not is_digits(text) or int(text) < 1:
            raise self.invalid()
        if most is not None and int(text) > most:
            if self.options.large_page == "refuse":
                raise self.invalid()
            return default
        return int(text)


def per_uid(path: str, count: int = 5) -> tuple[Limit, ...]:
    """So many calls of this endpoint in a second for each account [docs]."""
    return (Limit(path, count, 1),)


def per_ip(path: str, count: int) -> tuple[Limit, ...]:
    return (Limit(path, count, 1, per="ip"),)


def fill(code: str, *values: object) -> str:
    """The message of a code with its placeholders filled, as live answers have it."""
    return MESSAGES[code].format(*values)


def is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def signed_bytes(request: Request, *, decoded: bool = False) -> bytes:
    """Timestamp, method, path with query, body: as received [seed]."""
    path = unquote(request.raw_path) if decoded else request.raw_path
    head = request.headers.get("ACCESS-TIMESTAMP", "") + request.method + path
    return head.encode("utf-8", "surrogateescape") + request.body


def rsa_verifies(public_key: str, signature: str, text: bytes) -> bool:
    """Whether it is RSASSA-PKCS1-v1_5 with SHA-256 over the text, in base64 [seed]."""
    key = serialization.load_pem_public_key(public_key.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(b64decode(signature, validate=True), text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, NotBase64, ValueError):
        return False
    return True


@cache
def rsa_pair() -> tuple[str, str]:
    """A private key (PKCS#8) and its public key as PEM, fresh for each process: no key is worth committing."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
