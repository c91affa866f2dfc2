"""The environment: every problem at once, no secret echoed, 0 for no limit."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import settings as module
from bot.settings import DATABASE_URL, DISCORD_URL, LOG_LEVELS, SCENARIO_URL, Settings, SettingsError, load

SECRETS = {
    "DISCORD_TOKEN": "discord-hush",
    "SCENARIO_API_KEY": "key-hush",
    "SCENARIO_API_SECRET": "secret-hush",
}


def loaded(**environment: str) -> Settings:
    return load({**SECRETS, **environment})


def problems(**environment: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        loaded(**environment)
    return caught.value.problems


def test_three_secrets_are_enough() -> None:
    settings = loaded()
    assert settings.discord_token == "discord-hush"
    assert (settings.discord_base_url, settings.scenario_base_url) == (DISCORD_URL, SCENARIO_URL)
    assert settings.database_url == DATABASE_URL
    assert settings.real_discord
    assert settings.default_model is None
    assert settings.member_in_flight == 4
    assert settings.member_cu_per_day is None
    assert settings.guild_ids == frozenset()


def test_every_missing_secret_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load({})
    assert len(caught.value.problems) == 3
    for name in SECRETS:
        assert any(name in problem for problem in caught.value.problems)
        assert name in str(caught.value)


@pytest.mark.parametrize("empty", ["", " ", "\t\n"])
def test_an_empty_secret_is_a_missing_one(empty: str) -> None:
    assert problems(SCENARIO_API_KEY=empty) == ("SCENARIO_API_KEY is missing.",)


BAD = {
    "DISCORD_BASE_URL": "ftp://discord.test",
    "SCENARIO_BASE_URL": "not an address",
    "DATABASE_URL": "imagine.db",
    "MEMBER_IN_FLIGHT": "many",
    "MEMBER_WAITING": "-1",
    "MEMBER_CU_PER_DAY": "-1",
    "GUILD_IDS": "1,two",
    "QUEUE_LIMIT": "1.5",
    "RECONCILE_SECONDS": "0",
    "SHUTDOWN_GRACE": "3601",
    "LOG_LEVEL": "loud",
}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load(BAD)
    named = {problem.split()[0] for problem in caught.value.problems}
    assert named >= {*BAD, *SECRETS}


@pytest.mark.parametrize(("name", "value"), BAD.items())
def test_a_malformed_setting_is_named_and_says_what_a_good_one_looks_like(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name} must be ")
    assert problem.endswith(".")


def test_no_problem_echoes_what_was_given() -> None:
    hush = "hush-hush"
    given_ = dict.fromkeys(BAD, f"::{hush}::")
    told = " ".join(problems(**given_))
    assert hush not in told
    for secret in SECRETS.values():
        assert secret not in told


def test_no_secret_stands_in_the_repr() -> None:
    for name in ("DATABASE_URL", "DATABASE_DIRECT_URL"):
        assert "hush" not in repr(loaded(**{name: "postgresql://me:hush@db/imagine"}))


@pytest.mark.parametrize(
    "value",
    ["http://me:hush@h/v1", "https://", "https:///v1", "http://h:port/v1", "//h/v1", "javascript:alert(1)"],
)
def test_an_address_that_cannot_be_one_is_refused(value: str) -> None:
    (problem,) = problems(SCENARIO_BASE_URL=value)
    assert "hush" not in problem


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("https://api.test/v1/", "https://api.test/v1"),
        ("  https://api.test/v1  ", "https://api.test/v1"),
        ("http://[::1]:80/v1", "http://[::1]:80/v1"),
    ],
)
def test_an_address_is_read_without_its_last_slash(value: str, read: str) -> None:
    assert loaded(SCENARIO_BASE_URL=value).scenario_base_url == read


def test_the_real_discord_is_known_by_its_address() -> None:
    assert loaded(DISCORD_BASE_URL=f"{DISCORD_URL}/").real_discord
    assert not loaded(DISCORD_BASE_URL="http://127.0.0.1:1/api/v10").real_discord


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("MEMBER_IN_FLIGHT", "member_in_flight"),
        ("MEMBER_CU_PER_DAY", "member_cu_per_day"),
        ("GUILD_CU_PER_DAY", "guild_cu_per_day"),
        ("CU_PER_DAY", "cu_per_day"),
        ("QUEUE_LIMIT", "queue_limit"),
    ],
)
def test_nought_is_no_limit(name: str, field: str) -> None:
    assert getattr(loaded(**{name: "0"}), field) is None
    assert getattr(loaded(**{name: "7"}), field) == 7


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-0.5", "1e999"])
def test_an_amount_is_a_finite_number(value: str) -> None:
    assert problems(MEMBER_CU_PER_DAY=value)


def test_without_a_word_only_the_threshold_holds_spending_back() -> None:
    settings = loaded()
    assert (settings.member_cu_per_day, settings.guild_cu_per_day, settings.cu_per_day) == (None, None, None)
    assert settings.confirm_above_cu == 50


def test_an_amount_may_have_decimals() -> None:
    assert loaded(MEMBER_CU_PER_DAY="12.5").member_cu_per_day == 12.5


@pytest.mark.parametrize("name", ["RECONCILE_SECONDS", "SHUTDOWN_GRACE", "LEASE_SECONDS"])
@pytest.mark.parametrize(
    ("value", "good"), [("0.99", False), ("1", True), ("3600", True), ("3600.1", False), ("nan", False)]
)
def test_seconds_are_good_up_to_their_edges(name: str, value: str, good: bool) -> None:
    if good:
        assert getattr(loaded(**{name: value}), name.lower()) == float(value)
    else:
        assert problems(**{name: value})


@pytest.mark.parametrize(
    ("value", "ids"),
    [("1", {1}), ("1,2", {1, 2}), (" 1, 2 ,3,", {1, 2, 3}), ("1 2", {1, 2}), ("", set[int]())],
)
def test_server_ids_are_separated_by_commas_or_spaces(value: str, ids: set[int]) -> None:
    assert loaded(GUILD_IDS=value).guild_ids == ids


@pytest.mark.parametrize("value", ["0", "-1", "1;2"])
def test_an_id_that_is_none_is_refused(value: str) -> None:
    assert problems(GUILD_IDS=value)


@pytest.mark.parametrize("level", [*LOG_LEVELS, "debug", "Info"])
def test_a_log_level_is_read_whatever_its_case(level: str) -> None:
    assert loaded(LOG_LEVEL=level).log_level == level.upper()


@given(st.dictionaries(st.sampled_from([*BAD, *SECRETS, "DEFAULT_MODEL"]), st.text(max_size=30)))
def test_whatever_the_environment_holds_only_a_settings_error_is_raised(environment: dict[str, str]) -> None:
    with suppress(SettingsError):
        load(environment)


def test_the_example_file_names_every_setting_and_no_other() -> None:
    root = Path(module.__file__).parents[1]
    named = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", (root / ".env.example").read_text(), re.MULTILINE))
    read: set[Any] = {name.upper() for name in Settings.__dataclass_fields__}
    assert named == read


@pytest.mark.parametrize(
    ("value", "allowed"), [("true", True), ("ON", True), ("0", False), ("no", False), ("", False)]
)
def test_direct_messages_beside_a_list_are_a_yes_or_a_no(value: str, allowed: bool) -> None:
    assert loaded(ALLOW_DMS=value).allow_dms is allowed
    assert problems(ALLOW_DMS="perhaps") == ("ALLOW_DMS must be true or false.",)


@pytest.mark.parametrize(
    "password", ["hush@hush", "hu#hush", "hu/hush", "hu[hush", "hu?hush", "hu:hush", "hush%40hush"]
)
def test_a_password_is_a_secret_however_it_is_written(password: str) -> None:
    for name in ("DATABASE_URL", "DATABASE_DIRECT_URL"):
        secrets = loaded(**{name: f"postgresql://me:{password}@db.test/imagine"}).secrets
        assert password in secrets
        assert password.replace("%40", "@") in secrets
        assert "db.test" not in "".join(secrets)


def test_an_address_without_a_password_hides_nothing() -> None:
    assert [secret for secret in loaded(DATABASE_URL="postgresql://me@db/x").secrets if secret] == [
        *SECRETS.values()
    ]


@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", "“{}”", "„{}“", "«{}»"])
@pytest.mark.parametrize("name", ["SCENARIO_API_KEY", "MEMBER_IN_FLIGHT", "DATABASE_URL"])
def test_a_value_in_quotation_marks_is_named_and_not_taken(quoted: str, name: str) -> None:
    value = quoted.format("sqlite:///hush")
    assert problems(**{name: value}) == (f"{name} is in quotation marks: remove them.",)


def test_one_quotation_mark_is_a_value() -> None:
    assert loaded(SCENARIO_API_KEY='"').scenario_api_key == '"'


@pytest.mark.parametrize(
    ("wrong", "right", "environment"),
    [
        ("MEMBER_CU_PERDAY", "MEMBER_CU_PER_DAY", True),
        ("SCENARIO_APIKEY", "SCENARIO_API_KEY", True),
        ("GUILDS_IDS", "GUILD_IDS", True),
        ("member_cu_per_day", "MEMBER_CU_PER_DAY", True),
        ("LOGLEVEL", "LOG_LEVEL", False),
        ("DATABASE_URI", "DATABASE_URL", False),
        ("CU_PER_DAY_MEMBER", None, True),
        ("COMPOSE_PROJECT_NAME", None, False),
        ("HTTPS_PORT", None, True),
        ("DISCORD_TOKEN_FILE", None, True),
    ],
)
def test_a_misspelled_name_is_told_with_the_nearest_one(
    wrong: str, right: str | None, environment: bool
) -> None:
    """environment: whether other programs' names are around. A limit that is misspelled is no limit."""
    told: tuple[str, ...] = ()
    try:
        load({**SECRETS, wrong: "1"}, ours=() if environment else {wrong})
    except SettingsError as error:
        told = error.problems
    assert told == (() if right is None else (f"{wrong} is not a setting. Did you mean {right}?",))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("MEMBER_IN_FLIGHT", "a whole number, 0 for no limit"),
        ("MEMBER_WAITING", "a whole number, 0 for none"),
        ("QUEUE_LIMIT", "a whole number, 0 for no limit"),
        ("MEMBER_CU_PER_DAY", "a number, 0 for no limit"),
        ("GUILD_CU_PER_DAY", "a number, 0 for no limit"),
        ("CU_PER_DAY", "a number, 0 for no limit"),
        ("CONFIRM_ABOVE_CU", "a number, 0 for no limit"),
        ("GUILD_IDS", "server ids, separated by commas"),
        ("RECONCILE_SECONDS", "seconds, 1 to 3600"),
        ("SHUTDOWN_GRACE", "seconds, 1 to 3600"),
        ("LEASE_SECONDS", "seconds, 1 to 3600"),
        ("LOG_LEVEL", "one of DEBUG, INFO, WARNING, ERROR"),
        ("LOG_FORMAT", "text or json"),
        ("HTTP_PORT", "a port number, or 0 for none"),
        ("SOURCE_URL", "an http(s) address"),
        ("PUBLIC_URL", "an address like https://bot.example.com; http only on this machine"),
        ("DISCORD_BASE_URL", f"an address like {DISCORD_URL}"),
        ("SCENARIO_BASE_URL", f"an address like {SCENARIO_URL}"),
        ("DATABASE_URL", f"an address like {DATABASE_URL}"),
        ("DATABASE_DIRECT_URL", "an address like postgresql://…"),
    ],
)
def test_a_problem_says_what_a_good_value_looks_like(name: str, form: str) -> None:
    assert problems(**{name: "?"}) == (f"{name} must be {form}.",)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://bot.example.com/", "https://bot.example.com"),
        ("https://bot.example.com:8443/imagine", "https://bot.example.com:8443/imagine"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://bot.example.com", None),
        ("http://127.0.0.1.example.com", None),
        ("https://bot.example.com/?x=1", None),
        ("https://me:secret@bot.example.com", None),
        ("bot.example.com", None),
    ],
)
def test_what_is_pushed_comes_encrypted_unless_it_comes_from_this_machine(
    url: str, taken: str | None
) -> None:
    if taken is None:
        (problem,) = problems(PUBLIC_URL=url, HTTP_PORT="8080")
        assert problem.startswith("PUBLIC_URL must be an address like https://")
        assert "secret@" not in problem
    else:
        assert loaded(PUBLIC_URL=url, HTTP_PORT="8080").public_url == taken


@pytest.mark.parametrize("port", ["", "0"])
def test_a_public_address_needs_a_port_that_it_leads_to(port: str) -> None:
    (problem,) = problems(PUBLIC_URL="https://bot.example.com", HTTP_PORT=port)
    assert problem == "PUBLIC_URL needs HTTP_PORT: it is that port to which the address leads."
