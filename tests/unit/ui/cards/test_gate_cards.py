"""The card of a run that waits for a person: what is seen, what may be pressed, what is said of the nodes."""

from typing import Any, cast

import pytest

from bot import discord_limits
from bot.generation.model import Fate, GateAnswer, Output
from bot.generation.progress import Progress
from bot.scenario.api.records import Node
from bot.ui.actions.details import details
from bot.ui.cards.buttons import view_of
from bot.ui.cards.render import NODES_SHOWN, CardMessage, Press, render
from bot.ui.exhibits.exhibit import Attachment, Exhibit, Shape
from bot.ui.speech.gates import answered
from bot.vocabulary import Medium
from bot.workflow_gates.gates import APPROVAL, SELECTION, Gate
from tests.support.builders import a_generation, alts_of, running


def seen(number: int, *, medium: Medium = Medium.IMAGE) -> Exhibit:
    wide = 8 if medium is Medium.IMAGE else None
    file = Attachment(filename=f"imagine-1001-{number}.png", size=1, data=b"x", width=wide, height=wide)
    return Exhibit(medium=medium, format="PNG", shape=Shape.WHOLE, attachments=(file,))


UNSEEN = Exhibit(medium=None, format="", shape=Shape.LEFT_OUT)


def card(type_: str, *exhibits: Exhibit, items: int | None = None, **changes: Any) -> CardMessage:
    count = len(exhibits) if items is None else items
    ask = Node(
        id="ask", type=type_, status="pending", asset_ids=tuple(f"asset_{one}" for one in range(count))
    )
    progress = Progress(phase="processing", nodes=(ask,))
    return render(running(model_id="wflow_1", command="workflow", **changes), progress, exhibits)


def description(message: CardMessage) -> str:
    return message.embeds[0].description or ""


def links(message: CardMessage) -> list[str | None]:
    return [embed.image.url for embed in message.embeds if embed.image.url]


def parts(message: CardMessage) -> list[dict[str, Any]]:
    view = view_of(running(), message.presses, message.gate)
    assert view is not None
    return [part for row in view.to_components() for part in cast("Any", row)["components"]]


async def test_a_choice_is_a_menu_of_every_item_and_a_no_and_nothing_else() -> None:
    menu, no = parts(card(SELECTION, seen(1), seen(2), seen(3)))
    assert [(one["label"], one["value"]) for one in menu["options"]] == [
        ("Number 1", "1"),
        ("Number 2", "2"),
        ("Number 3", "3"),
    ]
    assert (menu["placeholder"], menu["min_values"], menu["max_values"]) == (
        "Choose what to continue with",
        1,
        3,
    )
    assert menu["custom_id"] == "g1:pick:1001:0"
    assert (no["label"], no["custom_id"]) == ("Reject", "g1:reject:1001:0")


async def test_a_yes_or_no_is_two_buttons_and_nothing_else() -> None:
    yes, no = parts(card(APPROVAL, seen(1)))
    assert (yes["label"], yes["custom_id"]) == ("Approve", "g1:approve:1001:0")
    assert (no["label"], no["custom_id"]) == ("Reject", "g1:reject:1001:0")


def test_without_a_gate_a_run_is_canceled_with_its_button() -> None:
    drawing = Progress(phase="processing", nodes=(Node(id="draw", type="custom-model", status="processing"),))
    message = render(running(model_id="wflow_1"), drawing)
    assert (message.presses, message.gate) == ((Press.CANCEL,), None)


async def test_a_menu_never_has_more_than_discord_takes() -> None:
    gate = Gate(number=0, node_id="ask", choosing=True, asset_ids=("a",) * 40, least=30, most=40)
    view = view_of(running(), (), gate)
    assert view is not None
    (menu, _) = [part for row in view.to_components() for part in cast("Any", row)["components"]]
    assert (len(menu["options"]), menu["min_values"], menu["max_values"]) == (discord_limits.CHOICES,) * 3


async def test_a_menu_takes_as_many_as_the_gate() -> None:
    gate = Gate(number=3, node_id="ask", choosing=True, asset_ids=("a",) * 5, least=2, most=4)
    view = view_of(running(), (), gate)
    assert view is not None
    (menu, _) = [part for row in view.to_components() for part in cast("Any", row)["components"]]
    assert (menu["min_values"], menu["max_values"]) == (2, 4)
    assert menu["custom_id"] == "g1:pick:1001:3"


# -- what is seen -------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 4])
def test_what_is_all_seen_needs_no_words(count: int) -> None:
    message = card(SELECTION, *(seen(number) for number in range(1, count + 1)))
    assert links(message) == [f"attachment://imagine-1001-{number}.png" for number in range(1, count + 1)]
    assert "Shown here" not in description(message)
    assert "can't be shown" not in description(message)


def test_where_an_item_is_missing_the_card_says_which_numbers_are_seen() -> None:
    message = card(SELECTION, seen(1), UNSEEN, seen(3))
    assert "Shown here, in this order: numbers 1 and 3. The others can't be shown here." in description(
        message
    )
    assert [one.filename for one in message.attachments] == ["imagine-1001-1.png", "imagine-1001-3.png"]
    assert ["1 of 3" in alts_of(message)[0], "3 of 3" in alts_of(message)[1]] == [True, True]


def test_where_no_item_is_seen_the_card_says_so() -> None:
    for message in (card(SELECTION, UNSEEN, UNSEEN), card(SELECTION, items=2)):
        assert "The things to choose from can't be shown here." in description(message)
    assert "can't be shown" not in description(card(APPROVAL, items=1))


@pytest.mark.parametrize(
    "exhibits",
    [[seen(number) for number in range(1, 6)], [seen(1), seen(2, medium=Medium.VIDEO), seen(3)]],
)
def test_what_is_no_single_row_of_pictures_stands_in_one_list_in_order(exhibits: list[Exhibit]) -> None:
    # embeds stand below files, so that part of them in embeds would be seen out of order
    message = card(SELECTION, *exhibits)
    assert links(message) == []
    assert [one.filename for one in message.attachments] == [
        f"imagine-1001-{number}.png" for number in range(1, len(exhibits) + 1)
    ]


@pytest.mark.parametrize("type_", [SELECTION, APPROVAL])
@pytest.mark.parametrize("spoiler", [False, True])
def test_a_spoiler_is_one_at_a_gate_too(type_: str, *, spoiler: bool) -> None:
    message = card(type_, seen(1), seen(2), spoiler=spoiler)
    assert message.spoiler is spoiler
    assert len(message.attachments) == 2
    assert (links(message) == []) is spoiler


# -- the nodes ----------------------------------------------------------------------------------------


def test_a_nodes_name_mentions_nobody_and_formats_nothing() -> None:
    node = Node(
        id="a", type="custom-model", status="success", name="@everyone **bold** <@7> [x](http://e.vil)"
    )
    odd = Node(id="b", type="**odd** @here", status="pending")
    lines = description(render(running(), Progress(phase="processing", nodes=(node, odd)))).splitlines()
    assert lines[-3:] == [
        "",
        r"✓ \@everyone \*\*bold\*\* \<\@7\> \[x\](http\://e.vil)",
        r"· \*\*odd\*\* \@here",
    ]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        *[(one, "✓ Draw") for one in ("success", "succeeded", "completed")],
        *[(one, "▸ Draw") for one in ("processing", "in-progress")],
        *[(one, "✗ Draw") for one in ("failure", "failed", "rejected")],
        ("skipped", "– Draw, skipped"),
        *[(one, "· Draw") for one in ("pending", "odd")],
    ],
)
def test_a_node_is_told_with_its_state(status: str, told: str) -> None:
    nodes = (Node(id="a", type="custom-model", status=status, name="Draw"),)
    assert description(render(running(), Progress(phase="processing", nodes=nodes))).splitlines()[-1] == told


def test_more_nodes_than_a_card_holds_are_counted() -> None:
    def lines(count: int) -> list[str]:
        nodes = tuple(
            Node(id=str(one), type="custom-model", status="pending", name=f"N{one}") for one in range(count)
        )
        return description(render(running(), Progress(phase="processing", nodes=nodes))).splitlines()

    exact, more = lines(NODES_SHOWN), lines(NODES_SHOWN + 3)
    assert exact[-1].endswith(f"N{NODES_SHOWN - 1}")
    assert more[-2] == exact[-1]
    assert "3 more" in more[-1]


# -- what was answered -----------------------------------------------------------------------------------

ANSWERED = (
    GateAnswer(node_id="a", name="Best *draft*", choosing=True, picks=(2, 4), by=7),
    GateAnswer(node_id="b", by=8),
)


@pytest.mark.parametrize(
    ("locale", "lines"),
    [
        (
            "en-US",
            ["-# Best \\*draft\\*: numbers 2 and 4, chosen by <@7>", "-# Approval: approved by <@8>"],
        ),
        ("fr", ["-# Best \\*draft\\*\xa0: numéros 2 et 4, choisis par <@7>"]),
        ("de", ["-# Best \\*draft\\*: Nummern 2 und 4, ausgewählt von <@7>"]),
        ("es-ES", ["-# Best \\*draft\\*: números 2 y 4, elegidos por <@7>"]),
    ],
)
def test_a_finished_run_says_what_was_chosen_at_its_gates_and_by_whom(locale: str, lines: list[str]) -> None:
    over = a_generation(
        fate=Fate.SUCCEEDED,
        model_id="wflow_1",
        command="workflow",
        gate_answers=ANSWERED,
        outputs=(Output(asset_id="asset_1"),),
        locale=locale,
    )
    told = description(render(over, None, (seen(1),))).splitlines()
    assert [line for line in lines if line not in told] == []
    assert set(lines) <= set("\n".join(str(page.description) for page in details(over)).splitlines()) or (
        locale != "en-US"  # details speak the language of who asks
    )


def test_while_it_goes_on_and_where_it_ended_it_says_so_too() -> None:
    no = GateAnswer(node_id="b", name="Go?", yes=False, by=8)
    goes_on = running(model_id="wflow_1", command="workflow", gate_answers=ANSWERED[1:])
    assert "-# Approval: approved by <@8>" in description(render(goes_on, Progress(phase="processing")))
    ended = a_generation(fate=Fate.CANCELED, command="workflow", gate_answers=(no,))
    assert "-# Go?: rejected by <@8>" in description(render(ended))


def test_of_many_answers_the_last_ones_are_told_and_how_many_there_are_besides() -> None:
    many = tuple(GateAnswer(node_id=f"{one}", name=f"Gate {one}", by=8) for one in range(8))
    told = description(render(running(command="workflow", gate_answers=many), Progress())).splitlines()
    assert told[-6:] == ["-# 3 more", *(f"-# Gate {one}: approved by <@8>" for one in range(3, 8))]
    picks = GateAnswer(node_id="a", name="All", choosing=True, picks=tuple(range(1, 26)), by=8)
    (line,) = answered(running(gate_answers=(picks,)))
    assert line.endswith("15, 16, and 9 more, chosen by <@8>")
