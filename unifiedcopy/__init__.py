"""unifiedcopy: one Python interface over exchanges' own copy-trading systems.

    import unifiedcopy as uc

    async with uc.connect("<venue>", api_key=…, secret=…, passphrase=…) as ex:
        for position in await ex.positions():
            print(position.symbol, position.side, position.size)

Importing this package loads neither an HTTP library nor a venue; ``connect`` does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import (
    AccountNotEnabled,
    AlreadyFollowing,
    ApiRetired,
    ArgumentsRequired,
    AuthenticationError,
    BadRequest,
    BadResponse,
    BadSymbol,
    ConfigError,
    DDoSProtection,
    ExchangeError,
    ExchangeNotAvailable,
    HistoryError,
    InsufficientFunds,
    InvalidNonce,
    InvalidTrigger,
    LeaderFull,
    LeaderUnavailable,
    NetworkError,
    NotApplied,
    NotFollowing,
    NotFound,
    NotSupported,
    NullResponse,
    OnMaintenance,
    OperationFailed,
    OperationRejected,
    OutcomeUnknown,
    PartialResult,
    PermissionDenied,
    PositionConflict,
    RateLimitExceeded,
    RequestTimeout,
    SafetyRefused,
    SchemaDrift,
    SchemaError,
    StaleResponse,
    UnifiedCopyError,
)
from .models import (
    CLEAR,
    Account,
    ClosedPosition,
    FixedAmount,
    FixedQuantity,
    FollowedLeader,
    Follower,
    FollowSettings,
    KeyPermissions,
    Leader,
    LeadSettings,
    LeadStatistics,
    Multiple,
    Position,
    Price,
    ProfitShare,
    Receipt,
    Roi,
    ShareOfEquity,
    SymbolRule,
    TotalBudget,
)
from .page import Page

if TYPE_CHECKING:
    from .exchange import CopyTradingExchange
    from .history import History
    from .portfolio import Portfolio
    from .registry import RetiredApiWarning, connect
    from .safety.caps import Caps
    from .safety.journal import WriteRecord

_LATER = {
    "connect": ".registry",
    "RetiredApiWarning": ".registry",
    "CopyTradingExchange": ".exchange",
    "Caps": ".safety.caps",
    "History": ".history",
    "Portfolio": ".portfolio",
    "WriteRecord": ".safety.journal",
}

__version__ = "0.1.0"
__all__ = [
    "CLEAR",
    "Account",
    "AccountNotEnabled",
    "AlreadyFollowing",
    "ApiRetired",
    "ArgumentsRequired",
    "AuthenticationError",
    "BadRequest",
    "BadResponse",
    "BadSymbol",
    "Caps",
    "ClosedPosition",
    "ConfigError",
    "CopyTradingExchange",
    "DDoSProtection",
    "ExchangeError",
    "ExchangeNotAvailable",
    "FixedAmount",
    "FixedQuantity",
    "FollowSettings",
    "FollowedLeader",
    "Follower",
    "History",
    "HistoryError",
    "InsufficientFunds",
    "InvalidNonce",
    "InvalidTrigger",
    "KeyPermissions",
    "LeadSettings",
    "LeadStatistics",
    "Leader",
    "LeaderFull",
    "LeaderUnavailable",
    "Multiple",
    "NetworkError",
    "NotApplied",
    "NotFollowing",
    "NotFound",
    "NotSupported",
    "NullResponse",
    "OnMaintenance",
    "OperationFailed",
    "OperationRejected",
    "OutcomeUnknown",
    "Page",
    "PartialResult",
    "PermissionDenied",
    "Portfolio",
    "Position",
    "PositionConflict",
    "Price",
    "ProfitShare",
    "RateLimitExceeded",
    "Receipt",
    "RequestTimeout",
    "RetiredApiWarning",
    "Roi",
    "SafetyRefused",
    "SchemaDrift",
    "SchemaError",
    "ShareOfEquity",
    "StaleResponse",
    "SymbolRule",
    "TotalBudget",
    "UnifiedCopyError",
    "WriteRecord",
    "connect",
]


def __getattr__(name: str) -> Any:
    if name in _LATER:
        value = globals()[name] = getattr(import_module(_LATER[name], __name__), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
