"""From a source to its mutants: each is the same text with one small change. Pure."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

_COMPARED: Final[dict[type[ast.cmpop], str]] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
_COMPUTED: Final[dict[type[ast.operator], str]] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.FloorDiv: "*",
}
_SPOKEN_TO_THE_LOG: Final = frozenset({"debug", "info", "warning", "error", "exception"})
_ONLY_TYPES: Final = frozenset({"cast", "TypeVar", "field", "Final", "frozenset"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file."""

    path: str
    """Of the file, from the root."""
    kind: str
    """condition, comparison, constant, argument or call."""
    start: int
    end: int
    """The bytes that are replaced."""
    text: str
    line: int
    """Where it begins, from 1."""
    last: int
    """The line where the statement or expression ends."""
    old: str
    """What stood there."""
    on: str = ""
    """The whole line where it begins."""
    imported: bool = False
    """Whether it is run when the module is imported: in no function."""

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.text.encode() + source[self.end :]

    @property
    def told(self) -> str:
        """The change in one line."""
        return f"{' '.join(self.old.split())} → {' '.join(self.text.split())}"


def mutants(path: str, source: bytes) -> list[Mutant]:
    """Every change of a file, in the order of its text."""
    tree = ast.parse(source)
    found = _Maker(path, source, tree).of(tree, None)
    return sorted(set(found), key=lambda one: (one.start, one.end, one.text))


class _Maker:
    def __init__(self, path: str, source: bytes, tree: ast.AST) -> None:
        self._path = path
        self._source = source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._bodies = [
            (self._span(one.body[0])[0], self._span(one.body[-1])[1])
            for one in ast.walk(tree)
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        ]

    def of(self, node: ast.AST, parent: ast.AST | None) -> Iterator[Mutant]:
        if _no_code(node):
            return
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARED:
                old = self._between(left, right).strip().decode()
                # brackets belong to the two sides, the word between them is the operator
                if old.strip("() \n") in {"<", "<=", ">", ">=", "==", "!=", "is", "is not", "in", "not in"}:
                    yield self._new(node, "comparison", self._compared(left, op, right))
            case ast.BoolOp(op=op, values=values):
                word = " or " if isinstance(op, ast.And) else " and "
                yield self._new(
                    node, "condition", "(" + word.join(f"({self._text(one)})" for one in values) + ")"
                )
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._new(node, "condition", f"bool({self._text(operand)})")
            case ast.If(test=test) | ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.UnaryOp):
                yield self._new(test, "condition", f"(not ({self._text(test)}))")
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _COMPUTED and not _words(
                left, right
            ):
                yield self._new(
                    node, "constant", f"({self._text(left)}) {_COMPUTED[type(op)]} ({self._text(right)})"
                )
            case ast.Constant(value=bool() as value):
                yield self._new(node, "constant", str(not value))
            case ast.Constant(value=int() | float() as value) if not isinstance(parent, ast.UnaryOp):
                yield self._new(node, "constant", f"{value + 1}")
            case ast.Call():
                yield from self._arguments(node)
            case ast.Expr(value=ast.Call() | ast.Await()):
                yield self._new(node, "call", "pass")
            case _:
                pass
        for child in _children(node):
            yield from self.of(child, node)

    def _arguments(self, call: ast.Call) -> Iterator[Mutant]:
        """A named argument left out; a plain one that is no value."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in _ONLY_TYPES or name in {"isinstance", "super", "len"}:
            return
        for keyword in call.keywords:
            if keyword.arg is not None and not _no_code(keyword):
                kept = [self._text(one) for one in (*call.args, *call.keywords) if one is not keyword]
                yield self._new(call, "argument", f"{self._text(call.func)}({', '.join(kept)})", at=keyword)
        for one in call.args:
            if not isinstance(one, ast.Constant | ast.Starred | ast.GeneratorExp) and not _type_name(one):
                yield self._new(one, "argument", "None")

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
        return f"({self._text(left)}) {_COMPARED[type(op)]} ({self._text(right)})"

    def _new(self, node: ast.AST, kind: str, text: str, *, at: ast.AST | None = None) -> Mutant:
        """at: the part that the change is about, if not all of the node."""
        start, end = self._span(node)
        shown = at or node
        old = self._text(node)
        if at is not None:
            old = f"{self._text(at)} in {' '.join(old.split())}"
        return Mutant(
            path=self._path,
            kind=kind,
            start=start,
            end=end,
            text=text,
            line=getattr(shown, "lineno", 1),
            last=getattr(shown, "end_lineno", 1),
            old=old,
            on=self._line(getattr(shown, "lineno", 1)),
            imported=not any(begin <= start < until for begin, until in self._bodies),
        )

    def _span(self, node: ast.AST) -> tuple[int, int]:
        begin = self._starts[getattr(node, "lineno", 1) - 1] + getattr(node, "col_offset", 0)
        end = self._starts[getattr(node, "end_lineno", 1) - 1] + getattr(node, "end_col_offset", 0)
        return begin, end

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._source[start:end].decode()

    def _line(self, number: int) -> str:
        return self._source[self._starts[number - 1] : self._starts[number]].decode().strip()

    def _between(self, left: ast.AST, right: ast.AST) -> bytes:
        return self._source[self._span(left)[1] : self._span(right)[0]]


def _type_name(node: ast.expr) -> bool:
    """`type(error).__name__`, with which errors and the log speak to whoever runs the bot."""
    return isinstance(node, ast.Attribute) and node.attr == "__name__"


def _words(*sides: ast.expr) -> bool:
    """Whether a sum is one of texts or of lists, of which there is no difference."""
    odd = (ast.JoinedStr, ast.List, ast.Tuple)
    return any(
        isinstance(one, odd) or (isinstance(one, ast.Constant) and isinstance(one.value, str))
        for one in sides
    )


def _no_code(node: ast.AST) -> bool:
    """What no test need notice: a word to the log, an error's text, an assertion, a type."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Assert() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=attr))):
            return attr in _SPOKEN_TO_THE_LOG
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Assign(targets=[ast.Name(id="log")]):
            return True
        case ast.keyword(arg="strict"):
            return True
        case ast.Delete():
            return True
        case _:
            return False


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What is run, and no types: neither annotations nor decorators that only declare."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "type_params", "type_comment", "bases"}:
            continue
        if name == "decorator_list" and isinstance(node, ast.ClassDef):
            continue
        if isinstance(node, ast.Raise) and name == "cause":
            continue
        for one in cast("list[object]", value) if isinstance(value, list) else [value]:
            if isinstance(one, ast.AST):
                yield one
