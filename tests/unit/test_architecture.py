"""The diagram of docs/architecture.md is the code's own: every arrow an import, every import an arrow."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"
PARTS = {
    "bot.actions",
    "bot.app",
    "bot.cards",
    "bot.catalogue",
    "bot.client",
    "bot.forms",
    "bot.pricing",
    "bot.workflow_gates",
    "bot.generation",
    "bot.housekeeping",
    "bot.metrics",
    "bot.parts",
    "bot.pushes",
    "bot.refusals",
    "bot.renderer",
    "bot.request",
    "bot.scenario",
    "bot.schema",
    "bot.service",
    "bot.store",
    "bot.tree",
    "bot.ui",
    "cogs",
    "sandbox",
}
NODE = re.compile(r'(\w+)\["([\w.]+)"\]')
ARROW = re.compile(r"(\w+) --> (\w+)")
SCRIPTS = Path(__file__).parents[2] / "sandbox" / "page" / "static" / "js"
SCRIPT_IMPORT = re.compile(r"""\b(?:from|import)\b\s*\(?\s*["']\./([\w./-]+)["']""")

Arrows = set[tuple[str, str]]


def drawn(text: str) -> tuple[set[str], list[tuple[str, str]]]:
    """The parts and the arrows of the one diagram in a document. Every line of it must be understood."""
    (diagram,) = re.findall(r"^```mermaid\nflowchart TD\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    named: dict[str, str] = {}
    arrows: list[tuple[str, str]] = []
    for line in diagram.splitlines():
        if node := NODE.fullmatch(line.strip()):
            named[node[1]] = node[2]
        elif arrow := ARROW.fullmatch(line.strip()):
            arrows.append((named[arrow[1]], named[arrow[2]]))
        else:
            raise AssertionError(f"neither a part nor an arrow: {line!r}")
    return set(named.values()), arrows


def part_of(module: str) -> str | None:
    """The part that a module belongs to; None for what the diagram leaves out."""
    return next((part for part in PARTS if module == part or module.startswith(f"{part}.")), None)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("bot", "cogs", "sandbox", cache_dir=None)


def real(graph: grimp.ImportGraph) -> Arrows:
    pairs = {
        (part_of(importer), part_of(imported))
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }
    return {(one, other) for one, other in pairs if one is not None and other is not None and one != other}


def test_the_diagram_shows_the_parts_and_exactly_their_imports(graph: grimp.ImportGraph) -> None:
    parts, arrows = drawn(DOCUMENT.read_text())
    assert parts == PARTS
    assert len(arrows) == len(set(arrows))
    imports = real(graph)
    assert sorted(imports - set(arrows)) == [], "imports that docs/architecture.md does not draw"
    assert sorted(set(arrows) - imports) == [], "arrows that no import stands behind"


def test_every_part_is_there(graph: grimp.ImportGraph) -> None:
    assert graph.modules >= PARTS


def test_no_two_parts_know_each_other(graph: grimp.ImportGraph) -> None:
    imports = real(graph)
    assert [pair for pair in sorted(imports) if pair[::-1] in imports] == []


def python_of_the_bot() -> list[Path]:
    root = DOCUMENT.parents[1]
    return [path for top in ("bot", "cogs") for path in sorted((root / top).rglob("*.py"))]


def test_no_room_is_a_corridor_and_no_module_a_house() -> None:
    """At most 18 modules in a folder and 400 lines in a module: beyond, nobody finds his way by the names."""
    paths = [path for path in python_of_the_bot() if not path.name.startswith("__")]
    crowded = {folder for folder, many in Counter(path.parent for path in paths).items() if many > 18}
    long = {path for path in paths if len(path.read_text().splitlines()) > 400}
    assert (crowded, long) == (set(), set())


def test_every_path_that_the_document_names_exists() -> None:
    root = DOCUMENT.parents[1]
    named = set(re.findall(r"`((?:[\w-]+/)+(?:[\w-]+\.\w+)?)`", DOCUMENT.read_text()))
    here = {path for path in named if (root / path).exists() or (root / "bot" / path).exists()}
    assert len(named) > 10
    assert sorted(named - here) == []


def circle(imports: Mapping[str, Collection[str]]) -> list[str]:
    """One circle among modules, its first name again at its end; empty if there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def script_imports(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """By name, which scripts beside it a script imports, at its top or later."""
    return {name: set(SCRIPT_IMPORT.findall(source)) for name, source in sources.items()}


def test_no_modules_import_each_other_in_a_circle(graph: grimp.ImportGraph) -> None:
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert circle(imports) == []
    (one, other) = next((one, other) for one in sorted(imports) for other in sorted(imports[one]))
    assert circle({**imports, other: {*imports[other], one}}) != []


def test_no_scripts_of_the_page_import_each_other_in_a_circle() -> None:
    sources = {path.name: path.read_text() for path in SCRIPTS.glob("*.js")}
    imports = script_imports(sources)
    written = sum(
        len(re.findall(r"^import\b|\bimport\(", source, re.MULTILINE)) for source in sources.values()
    )
    assert sum(map(len, imports.values())) == written > 50, "an import that this test does not understand"
    assert {name for names in imports.values() for name in names} <= set(sources)
    assert circle(imports) == []


@pytest.mark.parametrize(
    "back",
    [
        'import { b } from "./b.js";',
        "import {\n  b,\n} from './b.js';",
        'import "./b.js";',
        'const { b } = await import("./b.js");',
        'export { b } from "./b.js";',
    ],
)
def test_a_circle_of_scripts_is_found_however_it_is_written(back: str) -> None:
    assert circle(script_imports({"a.js": back, "b.js": 'import { a } from "./a.js";'})) != []
    assert circle(script_imports({"a.js": back, "b.js": ""})) == []
