"""The changes that `make mutants` makes, and the list of those that make no difference."""

import ast

import pytest

from tests.mutants.__main__ import FOLDERS, Tally, drawn, equivalents, files_of
from tests.mutants.changes import Mutant, mutants
from tests.mutants.cover import ROOT, mirrored, who_names, who_runs, whose


def changed(source: str) -> list[str]:
    """Every mutant of it, as text."""
    return [one.applied(source.encode()).decode() for one in mutants("x.py", source.encode())]


@pytest.mark.parametrize(
    ("source", "some"),
    [
        ("a < b", ["(a) <= (b)"]),
        ("a >= b", ["(a) > (b)"]),
        ("a is not b", ["(a) is (b)"]),
        ("a in b", ["(a) not in (b)"]),
        ("a and b", ["((a) or (b))"]),
        ("not a", ["bool(a)"]),
        ("if a:\n    b", ["if (not (a)):\n    b"]),
        ("x = 3", ["x = 4"]),
        ("x = True", ["x = False"]),
        ("x = a - b", ["x = (a) + (b)"]),
        ("f(a)", ["f(None)", "pass"]),
        ("x = f(a, b=c)", ["x = f(None, b=c)", "x = f(a)"]),
        ("async def g():\n    await f()", ["async def g():\n    pass"]),
    ],
)
def test_each_kind_of_change(source: str, some: list[str]) -> None:
    assert sorted(changed(source)) == sorted(some)


@pytest.mark.parametrize(
    "source",
    [
        '"""words"""',
        "assert a == 1",
        'log.info("%d", 3)',
        "log = getLogger(__name__)",
        "x: Literal[1]",
        "def f(a: Range[1, 2]) -> Box[3]: ...",
        "import a",
        "if TYPE_CHECKING:\n    x = 1",
        "x = a + 'words'",
        "x = cast(A, b)",
    ],
)
def test_what_no_test_need_notice_is_left_alone(source: str) -> None:
    assert changed(source) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_drawn_mutant_is_a_program_and_the_same_seed_draws_the_same(folder: str) -> None:
    found = drawn(folder, count=40, seed=1)
    assert len(found) == 40
    assert found == drawn(folder, count=40, seed=1) != drawn(folder, count=40, seed=2)
    wholes = {path: (ROOT / path).read_bytes() for path in {one.path for one in found}}
    dumps = {path: ast.dump(ast.parse(whole)) for path, whole in wholes.items()}
    for one in found:
        assert ast.dump(ast.parse(one.applied(wholes[one.path]))) != dumps[one.path], one.told


def test_every_equivalent_is_one_change_of_its_file_and_has_a_reason() -> None:
    for one in equivalents():
        found = [made for made in mutants(one.file, (ROOT / one.file).read_bytes()) if one.is_(made)]
        assert len(found) == 1, one
        assert len(one.because) > 20


def test_every_file_is_somebodys() -> None:
    found = {path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in files_of(folder)}
    every = {
        path.relative_to(ROOT).as_posix()
        for top in ("bot", "cogs")
        for path in (ROOT / top).rglob("*.py")
        if "migrations" not in path.parts
    }
    assert every - found == {"bot/__main__.py"}


def test_who_runs_a_line_are_those_that_run_it_else_those_of_its_file_and_its_place() -> None:
    near = "tests/unit/store/test_opening.py::test_tables"
    lines = {
        "bot/store/tables.py": {0: ["a", "b", "c"], 3: ["a"], 4: ["b"]},
        "bot/store/schema.py": {0: ["d", near]},
    }
    assert who_runs(lines, "bot/store/tables.py", 3, 4) == ["a", "b"]
    assert who_runs(lines, "bot/store/tables.py", 9, 9) == ["a", "b", "c", near]
    assert who_runs(lines, "bot/store/codec.py", 1, 1) == [near]
    assert who_runs(lines, "bot/store/tables.py", 3, 3, imported=True) == ["a", "b", "c", near]


def test_a_module_of_constants_alone_is_judged_by_those_who_name_it() -> None:
    ids = ["tests/unit/ui/cards/test_render.py::a", "tests/unit/test_mutants.py::b"]
    assert who_names({"all tests": {0: ids}}, "bot/discord_limits.py") == []
    assert who_names({"all tests": {0: ids}}, "bot/vocabulary.py") == ids[:1]


def test_what_a_fixture_of_a_module_runs_is_run_by_all_its_tests() -> None:
    every = ["tests/unit/test_a.py::one", "tests/unit/test_a.py::two", "tests/unit/test_b.py::three"]
    assert whose(["shared by tests/unit/test_a.py", every[2], ""], every) == every
    assert whose(["shared by tests/unit/test_a.py"], every) == every[:2]
    assert whose([every[0]], every) == every[:1]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("bot/ui/cards/render.py", "tests/unit/ui/cards/"),
        ("bot/settings.py", "tests/unit/test_settings"),
        ("cogs/show.py", "tests/unit/test_every_command"),
    ],
)
def test_the_mirrored_place_of_a_file(path: str, place: str) -> None:
    assert place in mirrored(path)
    assert all(list(ROOT.glob(f"{one}*.py")) for one in mirrored(path))


def test_what_is_run_at_import_is_told_from_what_waits_for_a_call() -> None:
    source = (
        "x = 1\n\n@f(2)\ndef g(y=3):\n    return 4\n\nclass A:\n    z = 5\n    async def h(self): return 6\n"
    )
    found = {one.old: one.imported for one in mutants("x.py", source.encode()) if one.kind == "constant"}
    assert found == {"1": True, "2": True, "3": True, "4": False, "5": True, "6": False}


def test_a_rate_counts_what_was_noticed_anywhere() -> None:
    one = Mutant("x.py", "call", 0, 1, "pass", 1, 1, "f()")
    assert Tally(unit=6, end_to_end=3, alive=[one], equal=5).rate == 90.0
    assert Tally().rate == 100.0
