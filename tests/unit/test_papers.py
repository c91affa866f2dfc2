"""The papers tell the truth: links lead somewhere, and every setting, target and command they name exists."""

import ast
import dataclasses
import importlib
import json
import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import discord
import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.cli import main
from bot.operator.check import NEEDED
from bot.settings import Settings, load
from bot.store.address import parse_address

ROOT = Path(__file__).parents[2]


def tracked() -> list[Path]:
    """The project's files: what git knows, and what it would take."""
    if not (ROOT / ".git").exists():
        skipped = {".venv", "artefacts", "build", "dist"}
        found = [path for path in ROOT.rglob("*") if not skipped & set(path.relative_to(ROOT).parts)]
        return [path for path in found if path.is_file() and "cache" not in str(path)]
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return sorted(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


FILES = tracked()
PAPERS = [path for path in FILES if path.suffix == ".md"]
OPERATORS = [ROOT / "README.md", ROOT / "docs" / "setup.md", ROOT / "docs" / "operations.md"]
TEXT = {path: path.read_text() for path in PAPERS}
SETTINGS = {field.name.upper() for field in dataclasses.fields(Settings)}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
MINIMAL = {"DISCORD_TOKEN": "a", "SCENARIO_API_KEY": "b", "SCENARIO_API_SECRET": "c"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(text: str) -> set[str]:
    """The names under which headings can be linked to."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def example() -> dict[str, str]:
    """The settings of .env.example and their values."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_nothing_big_is_kept_in_the_repository() -> None:
    """A clone is for ever as big as its biggest mistake: builds and downloads stay out (256 KiB at most)."""
    assert [name(path) for path in FILES if path.stat().st_size > 256 * 1024] == []


# -- links --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", PAPERS, ids=name)
def test_every_relative_link_leads_somewhere(paper: Path) -> None:
    broken: list[str] = []
    for link in LINK.findall(TEXT[paper]):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (paper.parent / path).resolve() if path else paper
        there = target.exists() and target.is_relative_to(ROOT)
        if there and anchor and target.suffix == ".md":
            there = anchor in anchors(target.read_text())
        if not there:
            broken.append(link)
    assert broken == []


def test_the_readme_leads_to_every_paper_that_people_need() -> None:
    linked = {link.partition("#")[0] for link in LINK.findall(TEXT[ROOT / "README.md"])}
    needed = {f"docs/{paper}.md" for paper in ("setup", "operations", "architecture")}
    assert needed | {"CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "sandbox/README.md"} <= linked


def test_every_picture_has_words_for_those_who_cannot_see_it() -> None:
    for text in TEXT.values():
        assert re.findall(r"!\[\s*\]\(", text) == []


# -- settings -----------------------------------------------------------------------------------------


def test_the_example_lists_every_setting_and_no_other() -> None:
    assert set(example()) == SETTINGS


def test_the_example_holds_no_secret_and_is_valid_once_the_three_are_filled_in() -> None:
    values = example()
    assert all(values[key] == "" for key in MINIMAL)
    assert load({**values, **MINIMAL}) == load(MINIMAL)


def test_every_setting_of_the_example_is_explained_above_it() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    bare = [
        lines[number]
        for number in range(len(lines))
        if re.match(r"[A-Z_]+=", lines[number]) and not (number and lines[number - 1])
    ]
    assert bare == []


def test_the_papers_for_operators_send_them_to_every_setting() -> None:
    operations = TEXT[ROOT / "docs" / "operations.md"]
    assert ".env.example" in operations
    told = "\n".join([*(TEXT[paper] for paper in OPERATORS), (ROOT / ".env.example").read_text()])
    assert [each for each in sorted(SETTINGS) if each not in told] == []


@pytest.mark.parametrize("paper", OPERATORS, ids=name)
def test_every_setting_that_a_paper_names_exists(paper: Path) -> None:
    shape = re.compile(r"\b(?:DISCORD|SCENARIO|DATABASE|MEMBER|GUILD|QUEUE|LOG|HTTP|SHUTDOWN)_[A-Z_]+\b")
    assert sorted(set(shape.findall(TEXT[paper])) - SETTINGS) == []


# -- commands -----------------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("paper", PAPERS, ids=name)
def test_every_make_target_that_is_named_exists(paper: Path) -> None:
    in_code = re.findall(r"`([^`\n]+)`|^ *((?:make) .+)$", TEXT[paper], re.MULTILINE)
    named: set[str] = set()
    for parts in in_code:
        for words in re.findall(r"\bmake((?: [a-z]+)+)(?=$|[ ,;`])", "".join(parts)):
            named |= set(words.split())
    assert sorted(named - targets()) == []


def test_every_make_target_is_listed_by_help() -> None:
    text = (ROOT / "Makefile").read_text()
    listed = set(re.findall(r"^([a-z]+):.*## \S", text, re.MULTILINE))
    assert listed == targets()
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == targets()


@pytest.mark.parametrize("paper", PAPERS, ids=name)
def test_every_command_of_the_bot_that_is_named_exists(paper: Path) -> None:
    named = set(re.findall(r"python -m bot ([a-z]+)", TEXT[paper]))
    assert sorted(named - set(main.commands)) == []


def test_operations_lists_every_command_of_the_bot() -> None:
    table = TEXT[ROOT / "docs" / "operations.md"]
    named = set(re.findall(r"^\| `python -m bot ([a-z]+)(?: [A-Z]+)?` \|", table, re.M))
    assert named == set(main.commands)


def test_every_module_that_is_run_exists() -> None:
    for text in TEXT.values():
        for module in set(re.findall(r"python -m ((?:bot|sandbox|tests)[\w.]*)", text)):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_every_test_that_is_named_exists() -> None:
    for text in TEXT.values():
        for path, test in re.findall(r"(tests/[\w/]+\.py)::(\w+)", text):
            assert f"def {test}(" in (ROOT / path).read_text()


# -- facts --------------------------------------------------------------------------------------------


def test_the_invitation_grants_exactly_what_is_needed() -> None:
    setup = TEXT[ROOT / "docs" / "setup.md"]
    needed = discord.Permissions(**dict.fromkeys(NEEDED, True))
    assert len(NEEDED) == 5
    (linked,) = re.findall(r"permissions=(\d+)", setup)
    assert int(linked) == needed.value
    assert f"\n   {needed.value} is exactly what Imagine needs" in setup
    sentence = setup[setup.index(f"{needed.value} is exactly") :].split("\n\n")[0].replace("\n   ", " ")
    names = [each.replace("_", " ").title() for each in NEEDED]
    assert [each for each in names if each.lower() not in sentence.lower()] == []


def test_the_changelog_has_a_place_for_what_comes() -> None:
    text = TEXT[ROOT / "CHANGELOG.md"]
    assert re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)[0] == "Unreleased"


def test_the_worked_example_is_code_and_imports_what_there_is() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", TEXT[ROOT / "CONTRIBUTING.md"], re.MULTILINE | re.DOTALL)
    modules = [ast.parse(block) for block in blocks if block.startswith('"""')]
    assert len(modules) == 3
    checked = 0
    for node in (node for module in modules for node in ast.walk(module)):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        there = importlib.import_module(node.module)
        for alias in node.names:
            found = hasattr(there, alias.name) or (ROOT / node.module / f"{alias.name}.py").exists()
            assert found, f"{node.module}.{alias.name}"
            checked += 1
    assert checked > 10


def test_the_container_gives_the_bot_the_time_it_takes_to_stop() -> None:
    compose = (ROOT / "compose.yaml").read_text()
    grace = re.search(r"^    stop_grace_period: (\d+)s$", compose, re.MULTILINE)
    assert grace is not None
    assert int(grace[1]) >= 2 * load(MINIMAL).shutdown_grace


def test_two_bots_in_containers_share_a_database_that_only_a_password_opens() -> None:
    compose = (ROOT / "compose.yaml").read_text()
    second = compose[compose.index("\n  second:\n") : compose.index("\n  database:\n")]
    assert "    <<: *bot\n" in second
    assert "    profiles: [several]\n" in second
    assert "condition: service_healthy" in second
    address = re.search(r"DATABASE_URL: \$\{POSTGRES_PASSWORD:\+(\S+)\}$", compose, re.MULTILINE)
    assert address is not None
    told = parse_address(address[1].replace("${POSTGRES_PASSWORD}", "hush")).url
    assert (told.host, told.database, told.password) == ("database", "imagine", "hush")
    assert f"POSTGRES_USER: {told.username}\n" in compose
    database = compose[compose.index("\n  database:\n") : compose.index("\nvolumes:\n")]
    assert "    profiles: [several]\n" in database
    assert "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-}\n" in database
    assert "ports:" not in compose
    kept = compose[compose.index("\nvolumes:\n") :]
    used = set(re.findall(r"^ +- ([a-z-]+):/", compose, re.MULTILINE))
    assert used == set(re.findall(r"^  ([a-z-]+):$", kept, re.MULTILINE))


def test_what_is_on_its_way_through_the_container_is_no_memory() -> None:
    compose = (ROOT / "compose.yaml").read_text()
    assert "- scratch:/tmp\n" in compose
    assert re.search(r"^ +tmpfs:", compose, re.MULTILINE) is None


def test_the_container_asks_for_the_health_that_is_served() -> None:
    text = (ROOT / "Dockerfile").read_text()
    found = re.search(r"^HEALTHCHECK .*?CMD (\[.+?\])$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    command: list[Any] = json.loads(found[1])
    assert command[:2] == ["python", "-c"]
    ast.parse(command[2])
    assert "/healthz" in command[2]
    assert re.search(r"^ +HTTP_PORT=\d+ ", text, re.MULTILINE)
    assert re.search(r"^USER (?!root)\w+$", text, re.MULTILINE)


EXTRAS = ("heif", "exr", "sound", "speed")


def test_the_container_and_the_newcomer_have_every_decoder_and_fonts() -> None:
    text = (ROOT / "Dockerfile").read_text()
    _, build, final = text.split("\nFROM ")
    assert f"'.[{','.join((*EXTRAS, 'postgres'))}]'" in build  # compose.yaml has a profile with a server
    # with DejaVu alone resvg finds no family for most words
    fonts = re.search(r"apt-get install [^&]*", final)
    assert fonts is not None
    assert {"fonts-liberation", "fonts-dejavu-core"} <= set(fonts[0].split())
    run, demo, everything = installed()
    assert run == set(EXTRAS)
    assert run < demo < everything


def installed() -> list[set[str]]:
    """The extras of the Makefile's three stages: run, demo, all."""
    text = (ROOT / "Makefile").read_text()
    decoders = re.search(r"^DECODERS := (.+)$", text, re.MULTILINE)
    assert decoders is not None
    stages = re.findall(r"\$\(pip\) -e '\.\[(.+?)\]'", text)
    return [set(stage.replace("$(DECODERS)", decoders[1]).split(",")) for stage in stages]


def test_everything_is_every_extra_and_the_tools_are_none() -> None:
    assert installed()[-1] == set(project()["optional-dependencies"])
    published = {canonicalize_name(each.name) for each in wanted(tools=False)}
    assert published.isdisjoint({"pytest", "ruff", "basedpyright", "playwright", "coverage"})


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def project() -> dict[str, Any]:
    return pyproject()["project"]


def wanted(*, tools: bool) -> list[Requirement]:
    """What runs, with every extra; and the development tools."""
    found = [*project()["dependencies"], *chain(*project()["optional-dependencies"].values())]
    if tools:
        found += chain(*pyproject()["dependency-groups"].values())
    return [Requirement(each) for each in found]


@pytest.mark.parametrize(
    ("package", "hole", "mended"),
    [
        ("pillow-heif", "1.8.0", "1.8.1"),
        ("openexr", "3.4.13", "3.4.14"),
        ("pillow", "14.0.0", "13.0.0"),
    ],
)
def test_no_version_with_a_known_hole_is_taken(package: str, hole: str, mended: str) -> None:
    found = [each.specifier for each in wanted(tools=True) if canonicalize_name(each.name) == package]
    assert found
    assert all(hole not in specifier and mended in specifier for specifier in found)


def test_what_is_pinned_is_what_is_wanted() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {
        canonicalize_name(name): version
        for name, _, version in (line.partition("==") for line in lines if not line.startswith("#"))
    }
    for each in wanted(tools=True):
        if each.name != "imagine-bot":
            assert pinned[canonicalize_name(each.name)] in each.specifier, each


def test_decoders_are_guests_and_none_is_needed_to_run() -> None:
    names = {canonicalize_name(Requirement(each).name) for each in project()["dependencies"]}
    assert names.isdisjoint({"pillow-heif", "openexr", "numpy", "soundfile", "soxr"})
    assert not any(Requirement(each).extras for each in project()["dependencies"])


def test_the_container_gets_nothing_but_what_is_named() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in ignore if line and not line.startswith("#")]
    assert patterns[0] == "*"
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    allowed = {line.removeprefix("!") for line in patterns if line.startswith("!")}
    assert {part for line in copied for part in line.split()} == allowed


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def jobs_of(workflow: str) -> dict[str, str]:
    """The text of each job."""
    pieces = re.split(r"^  ([a-z-]+):$", workflow[workflow.index("\njobs:") :], flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def needs_of(job: str) -> set[str]:
    found = re.search(r"^    needs: \[(.+)\]$", job, re.MULTILINE)
    return set(found[1].split(", ")) if found is not None else set()


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_the_workflow_grants_nothing_and_pins_what_it_runs(path: Path) -> None:
    text = path.read_text()
    assert "\npermissions: {}\n" in text
    assert "cancel-in-progress: " in text
    used = re.findall(r"uses: (.+)$", text, re.MULTILINE)
    assert used
    for each in used:
        own = ROOT / each if each.startswith("./") else None
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", each) if own is None else own.exists(), each
    # what a shell reads comes in by the environment, where it is never code
    scripts = re.findall(r"^( +)(?:- )?run: ?(.*(?:\n\1 +.*)*)", text, re.MULTILINE)
    assert scripts
    assert [script for _, script in scripts if "${{" in script] == []


def test_one_job_stands_for_all_that_is_checked() -> None:
    jobs = jobs_of((ROOT / ".github" / "workflows" / "checks.yml").read_text())
    assert needs_of(jobs.pop("all-green")) == set(jobs)


def test_the_suite_runs_on_every_python_that_is_promised() -> None:
    tests = jobs_of((ROOT / ".github" / "workflows" / "checks.yml").read_text())["tests"]
    matrix = re.search(r"python: \[(.+)\]", tests)
    assert matrix is not None
    promised = [each.rpartition(" ")[2] for each in project()["classifiers"] if "Python :: 3." in each]
    assert json.loads(f"[{matrix[1]}]") == promised
    assert project()["requires-python"] == f">={promised[0]}"


def test_a_release_publishes_what_was_checked_and_each_job_has_its_one_right() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    jobs = jobs_of(text)
    assert "on:\n  push:\n    tags:" in text
    assert "cancel-in-progress: false" in text  # half a release is worse than a late one
    needs = {job: needs_of(words) for job, words in jobs.items()}
    assert needs == {
        "checks": set(),
        "wheel": {"checks"},
        "image": {"checks"},
        "index": {"wheel"},
        "page": {"wheel"},
    }
    assert jobs["checks"].rstrip().endswith("uses: ./.github/workflows/checks.yml")
    rights = {job: set(re.findall(r"^      ([a-z-]+): write$", words, re.M)) for job, words in jobs.items()}
    assert {job: right for job, right in rights.items() if right} == {
        "index": {"id-token"},
        "page": {"contents"},
        "image": {"packages"},
    }
    assert "secrets." not in text


# -- what must not stand in any file ------------------------------------------------------------------

# written in pieces, because this file is one of them
FOREIGN = [
    re.compile(pattern)
    for pattern in (
        r"(?<![\w.:/-])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me|Us" + r"ers)/[\w.]",
        r"[A-Z]:\\" + r"Users\\",
        r"--(?:extra-)?index" + r"-url",
        r"\bfind" + r"-links\b",
        r"\btrusted" + r"-host\b",
        r"(?:pypi\.org|test\.pypi\.org)/" + r"simple",
        r"files\.python" + r"hosted\.org",
        r"registry\." + r"(?:npmjs\.org|yarnpkg\.com)",
    )
]


def test_no_file_names_a_machine_or_an_index() -> None:
    found: list[str] = []
    for path in FILES:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{name(path)}: {match[0]}" for pattern in FOREIGN for match in pattern.finditer(text)]
    assert len(FILES) > 100
    assert found == []


def test_every_paper_ends_its_lines_without_blanks() -> None:
    wrong = [name(path) for path, text in TEXT.items() if re.search(r"[ \t]+$", text, re.MULTILINE)]
    assert wrong == []


def test_the_unit_for_systemd_runs_what_is_there_and_may_write_where_the_rows_are() -> None:
    lines = (ROOT / "ops" / "imagine.service").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    folder = told["WorkingDirectory"]
    python, module, package, command = told["ExecStart"].split()
    assert (python, module, package) == (f"{folder}/.venv/bin/python", "-m", "bot")
    assert command in main.commands
    name, _, address = told["Environment"].partition("=")
    assert f"\n{name}=" in (ROOT / ".env.example").read_text().replace("# ", "").replace("#", "")
    path = Path(parse_address(address).url.database or "")
    assert path.parent == Path("/var/lib", told["StateDirectory"])
    assert (ROOT / told["Documentation"].removeprefix(f"file:{folder}/")).exists()
    assert float(told["TimeoutStopSec"]) >= 2 * load(MINIMAL).shutdown_grace
    wrong = CliRunner().invoke(main, [command], env={"DISCORD_TOKEN": "", "SCENARIO_API_KEY": ""})
    assert told["RestartPreventExitStatus"] == str(wrong.exit_code)
