"""Options that several commands share, written once.

A command takes a *group* (a dataclass whose fields are options) as one parameter; ``command`` spreads the groups into
single options for typer, runs the command, and turns whatever it raises into words and an exit code.
"""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ClassVar, Literal, get_type_hints

import typer

from .exits import Exit
from .output import Output, error_document

Ending = Literal["close", "keep", "with_leader"]
ENDING_HELP = "What becomes of open copies when the following ends, where the venue lets one choose."


@dataclasses.dataclass
class Talk:
    """How a command speaks."""

    panel: ClassVar = "Output"

    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False
    debug: Annotated[bool, typer.Option("--debug", help="Show where an internal error happened.")] = False


@dataclasses.dataclass
class Accounts:
    """Which account, or which ones."""

    panel: ClassVar = "Account"

    profile: Annotated[
        list[str] | None, typer.Option(help="A profile of the profiles file; several for commands that read.")
    ] = None
    every: Annotated[bool, typer.Option("--all", help="Every profile.")] = False
    venue: Annotated[
        str | None,
        typer.Option(
            help="A venue or a schema file, with credentials from UNIFIEDCOPY_<VENUE>_API_KEY, …_SECRET, …_PASSPHRASE."
        ),
    ] = None
    base_url: Annotated[str | None, typer.Option(help="With --venue: another address, such as a sandbox's.")] = None
    allow_hooks: Annotated[
        bool, typer.Option("--allow-hooks", help="Run the Python that a schema which is not built in brings along.")
    ] = False


@dataclasses.dataclass
class Stored:
    """Where the stored history is."""

    panel: ClassVar = "History"

    history: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The stored history: a SQLite file, or a postgresql:// URL. Default: $UNIFIEDCOPY_HISTORY, else "
            "history/history.db in your data folder.",
        ),
    ] = None


@dataclasses.dataclass
class Consent:
    """What a command that changes something needs."""

    panel: ClassVar = "Sending"

    write: Annotated[
        bool,
        typer.Option(
            "--write",
            help="With --venue: allow the change, where no real money is. (A profile says it itself.)",
        ),
    ] = False
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the exact request, secret parts masked, and send no change.")
    ] = False
    read_lag: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="When the answer is lost: how long the venue's reads may lag behind. Default: the schema's.",
        ),
    ] = None
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A parameter under the venue's own name; repeatable."),
    ] = None


Convert = Annotated[
    bool, typer.Option("--convert", help="Compute a price from a percentage, or back, where the venue needs it.")
]


@dataclasses.dataclass
class Triggers:
    """When a position closes by itself."""

    panel: ClassVar = "Triggers"

    take_profit: Annotated[str | None, typer.Option(help="A price, +20% of the margin, or 'off'.")] = None
    stop_loss: Annotated[str | None, typer.Option(help="A price, -10% of the margin, or 'off'.")] = None


@dataclasses.dataclass
class Settings:
    """How a leader is copied: one sizing, and what else the venue can express."""

    panel: ClassVar = "Settings"

    fixed_amount: Annotated[str | None, typer.Option(help="Sizing: the same money for every order.")] = None
    multiple: Annotated[str | None, typer.Option(help="Sizing: a multiple of the leader's order; 1 is the same.")] = (
        None
    )
    fixed_quantity: Annotated[str | None, typer.Option(help="Sizing: the same size for every order, base coins.")] = (
        None
    )
    share_of_equity: Annotated[
        bool, typer.Option("--share-of-equity", help="Sizing: the share of the equity that the leader uses of his.")
    ] = False
    budget: Annotated[str | None, typer.Option(help="Sizing: one sum for the leader, quote currency.")] = None
    symbols: Annotated[str | None, typer.Option(help="Only these: BTC/USDT:USDT,ETH/USDT:USDT.")] = None
    leverage: Annotated[str | None, typer.Option(help="Own leverage; default: the leader's.")] = None
    short_leverage: Annotated[str | None, typer.Option(help="When it differs from --leverage.")] = None
    margin_mode: Annotated[Literal["leader", "own", "cross", "isolated"] | None, typer.Option()] = None
    copied_margin_modes: Annotated[
        Literal["all", "cross", "isolated"] | None, typer.Option(help="Which of the leader's orders are copied.")
    ] = None
    take_profit: Annotated[str | None, typer.Option(help="Of every copy, as a gain on its margin: 20%.")] = None
    stop_loss: Annotated[str | None, typer.Option(help="Of every copy, as a loss of its margin: 10%.")] = None
    stop_loss_delay: Annotated[int | None, typer.Option(help="Seconds.", min=0)] = None
    ceiling: Annotated[str | None, typer.Option(help="The most for this leader, quote currency.")] = None
    max_loss: Annotated[str | None, typer.Option(help="The loss that ends the following, quote currency.")] = None
    daily_ceiling: Annotated[str | None, typer.Option(help="The most per day, quote currency; 0 is none.")] = None
    max_position: Annotated[str | None, typer.Option(help="The most in one symbol, in the venue's unit.")] = None
    max_equity_share: Annotated[str | None, typer.Option(help="The most of the equity: 50%.")] = None
    isolated_reserve: Annotated[str | None, typer.Option(help="Margin kept back, quote currency.")] = None
    zero_slippage: Annotated[bool | None, typer.Option()] = None
    copy_open_positions: Annotated[bool | None, typer.Option(help="Take over what the leader holds already.")] = None
    copy_new_symbols: Annotated[bool | None, typer.Option()] = None
    open_copies: Annotated[Ending | None, typer.Option(help=ENDING_HELP)] = None


Command = Callable[..., Coroutine[Any, Any, Exit | None]]


def command(app: typer.Typer, name: str) -> Callable[[Command], Command]:
    """Registers an async function ``(out: Output, …groups and options…) -> Exit | None`` as a command."""

    def register(function: Command) -> Command:
        app.command(name, help=paragraphs(inspect.getdoc(function) or ""))(_spread(function))
        return function

    return register


def paragraphs(text: str) -> str:
    """A docstring for the help page, which breaks lines by itself."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _spread(function: Command) -> Callable[..., None]:
    """The function as typer sees it: ``out`` and every group replaced by their options."""
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, type[Any]] = {}
    plain: list[inspect.Parameter] = []
    for parameter in inspect.signature(function).parameters.values():
        hint = Talk if hints[parameter.name] is Output else hints[parameter.name]
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            groups[parameter.name] = hint
        else:
            plain.append(parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY))
    shared = [option for group in groups.values() for option in _options(group)]

    def run(**values: Any) -> None:
        for argument, group in groups.items():
            values[argument] = group(**{option.name: values.pop(option.name) for option in _options(group)})
        raise typer.Exit(_guarded(function, values))

    ordered = [*plain, *sorted(shared, key=lambda option: option.name in Talk.__dataclass_fields__)]
    run.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
    run.__annotations__ = {option.name: option.annotation for option in ordered}
    return run


def _options(group: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for field in dataclasses.fields(group):
        hints[field.name].__metadata__[0].rich_help_panel = group.panel
    word = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(field.name, word, default=field.default, annotation=hints[field.name])
        for field in dataclasses.fields(group)
    ]


def _guarded(function: Command, values: dict[str, Any]) -> int:
    """Runs a command; whatever goes wrong becomes words on stderr, a document with ``--json``, and an exit code."""
    [(argument, talk)] = [(name, value) for name, value in values.items() if isinstance(value, Talk)]
    values[argument] = out = Output(as_json=talk.json, quiet=talk.quiet, debug=talk.debug)
    try:
        return int(asyncio.run(function(**values)) or Exit.OK)
    except typer.Exit as ended:
        return ended.exit_code
    except KeyboardInterrupt:
        return int(_interrupted(out))
    except BrokenPipeError:
        raise  # `… | head`: typer ends quietly
    except Exception as error:  # the user never sees a traceback
        code = out.fail(error)
        if out.as_json:
            out.document("error", error=error_document(error, out.account))
        return int(code)


def _interrupted(out: Output) -> Exit:
    if out.in_flight is None:
        out.warn("interrupted; nothing is on its way")
    else:
        out.warn(f"interrupted while a change was on its way: NOT KNOWN whether the venue acted; look: {out.in_flight}")
    return Exit.INTERRUPTED
