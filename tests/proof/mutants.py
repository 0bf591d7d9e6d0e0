"""What the mutation proof changes: one small thing of a source file at a time.

The changes are cosmic-ray's, thinned out: an operator is replaced by its neighbours only (``<`` by ``<=`` and ``>=``),
since the others mostly end in a TypeError that any test notices. Two are our own: a statement left out, because guards
are calls, and an exception let through.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.operators.provider import OperatorProvider

_NEIGHBOURS = {
    "Binary": "Add_Sub Sub_Add Mul_FloorDiv Div_Mul FloorDiv_Mul Mod_Mul BitOr_BitAnd BitAnd_BitOr BitXor_BitOr",
    "Comparison": "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt Is_IsNot IsNot_Is",
    "Unary": "USub_UAdd Delete_Not Delete_Invert",
}
_REPLACING = re.compile(r"Replace(Binary|Comparison|Unary)Operator_(\w+)")


class LeaveOutStatement(Operator):
    """Leaves out a call, a ``raise``, or an assignment to an attribute, an entry, or in place."""

    def mutation_positions(self, node):
        if node.type == "simple_stmt" and _acts(node.children[0]):
            yield node.children[0].start_pos, node.children[0].end_pos

    def mutate(self, node, index):
        left_out = node.children[0]
        node.children[0] = parso.python.tree.Keyword("pass", left_out.start_pos, left_out.get_first_leaf().prefix)
        return node

    @classmethod
    def examples(cls):
        return Example("guard(x)\n", "pass\n"), Example("x[1] = 2\n", "pass\n"), Example("raise x\n", "pass\n")


class CatchAnother(Operator):
    """Lets an exception through that was caught (cosmic-ray's own stumbles over one with a dot in its name)."""

    def mutation_positions(self, node):
        if node.type == "except_clause":
            for caught in _caught(node):
                yield caught.start_pos, caught.end_pos

    def mutate(self, node, index):
        caught = _caught(node)[index]
        siblings = caught.parent.children
        other = parso.python.tree.Name("StopAsyncIteration", caught.start_pos, caught.get_first_leaf().prefix)
        siblings[siblings.index(caught)] = other
        return node

    @classmethod
    def examples(cls):
        return (Example("try: x\nexcept a.B: y\n", "try: x\nexcept StopAsyncIteration: y\n"),)


def _caught(clause) -> list:
    one = clause.children[1]
    if one.type != "atom":
        return [one]
    listed = one.children[1]
    return listed.children[::2] if listed.type == "testlist_comp" else [listed]


def _acts(statement) -> bool:
    if statement.type == "expr_stmt":
        target, sign = statement.children[:2]
        return sign.type != "annassign" and (
            target.type == "atom_expr" or (sign.type == "operator" and sign.value != "=")
        )
    return statement.type in ("atom_expr", "raise_stmt", "del_stmt")


class Place(NamedTuple):
    """Where an operator can change a file."""

    file: str
    line: int
    operator: str
    occurrence: int


class Mutant(NamedTuple):
    """A changed file, and what is changed."""

    file: str
    line: int
    before: str
    after: str
    source: str

    @property
    def name(self) -> tuple[str, str, str]:
        """What stays the same when lines are added above."""
        return self.file, self.before, self.after

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.before}  ->  {self.after}"


@cache
def _operators() -> dict[str, type[Operator]]:
    known = OperatorProvider()
    found = {name: known[name] for name in known if not known[name].arguments() and _wanted(name)}
    return found | {"LeaveOutStatement": LeaveOutStatement, "CatchAnother": CatchAnother}


def _wanted(name: str) -> bool:
    replacing = _REPLACING.fullmatch(name)
    if name == "ExceptionReplacer":
        return False
    return replacing is None or replacing[2] in _NEIGHBOURS[replacing[1]].split()


def places(root: Path, source: str) -> list[Place]:
    """All places of a source: a file, or ``file::function``."""
    file, _, function = source.partition("::")
    text = (root / file).read_text(encoding="utf-8")
    first, last = _span(text, function) if function else (1, text.count("\n") + 1)
    nodes = list(ast_nodes(parso.parse(text)))
    return [
        Place(file, line, name, occurrence)
        for name, operator in _operators().items()
        for occurrence, line in enumerate(_lines(operator(), nodes))
        if first <= line <= last
    ]


def _lines(operator: Operator, nodes: list) -> Iterator[int]:
    return (start[0] for node in nodes for start, _ in operator.mutation_positions(node))


def _span(text: str, function: str) -> tuple[int, int]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            return node.lineno, node.end_lineno or node.lineno
    raise LookupError(f"there is no function {function}")


def mutant(root: Path, place: Place) -> Mutant | None:
    """The change at a place; None where nothing that runs is changed (an annotation) or no Python is left."""
    text = (root / place.file).read_text(encoding="utf-8")
    changed = mutate_code(text, _operators()[place.operator](), place.occurrence)
    try:
        if changed is None or _running(changed) == _running(text):
            return None
    except SyntaxError:
        return None
    before, after = _difference(text, changed)
    return Mutant(place.file, place.line, before, after, changed)


def _difference(text: str, changed: str) -> tuple[str, str]:
    lines = [(line[0], " ".join(line[2:].split())) for line in difflib.ndiff(text.splitlines(), changed.splitlines())]
    before, after = (" / ".join(line for sign, line in lines if sign == wanted and line) for wanted in "-+")
    return before, after


@cache
def _running(text: str) -> str:
    """A module without the annotations: those are the type checker's."""
    return ast.dump(_Unannotated().visit(ast.parse(text)))


class _Unannotated(ast.NodeTransformer):
    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)
