"""What is public in bot/ says what it is: shapes, units, errors, or what it is for."""

import ast
from collections.abc import Iterator
from pathlib import Path

BOT = Path(__file__).parents[2] / "bot"
LEAST = 0.9
"""The share that has a docstring. The rest is an override, or says it by its name and types."""

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(node: ast.Module | ast.ClassDef, name: str) -> Iterator[tuple[str, Documented]]:
    """The module, and each class, function and method of it whose path has no underscore in front."""
    yield name, node
    for child in node.body:
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if child.name.startswith("_"):
            continue
        path = f"{name}.{child.name}"
        if isinstance(child, ast.ClassDef):
            yield from public(child, path)
        else:
            yield path, child


def test_nine_of_ten_public_names_say_what_they_are() -> None:
    bare: list[str] = []
    count = 0
    for file in sorted(BOT.rglob("*.py")):
        module = str(file.relative_to(BOT.parent).with_suffix("")).replace("/", ".")
        for path, node in public(ast.parse(file.read_text()), module):
            count += 1
            if ast.get_docstring(node) is None:
                bare.append(path)
    assert count > 1000
    share = 1 - len(bare) / count
    assert share >= LEAST, f"{share:.1%} of {count}; without one: {', '.join(bare)}"
