"""Which way a card takes after each of Discord's answers, as a table."""

import pytest

from bot.ui.cards.ladder import Form, Ladder, Verdict, Way, judge

TOKEN, RIGHT, POST, DIRECT = Way.TOKEN, Way.RIGHT, Way.POST, Way.DIRECT
ALL = (TOKEN, RIGHT, POST, DIRECT)


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (400, 20009, Verdict.REFUSED),  # explicit content
        (403, 20009, Verdict.REFUSED),
        (400, 200000, Verdict.REFUSED),  # AutoMod
        (400, 240000, Verdict.REFUSED),  # a link that is blocked
        (400, 50035, Verdict.REFUSED),
        (400, 0, Verdict.REFUSED),
        (403, 999999, Verdict.REFUSED),  # nobody knows yet
        (409, 0, Verdict.REFUSED),
        (413, 0, Verdict.TOO_LARGE),
        (400, 40005, Verdict.TOO_LARGE),
        (400, 50045, Verdict.TOO_LARGE),
        (400, 50083, Verdict.FROZEN),
        (404, 10008, Verdict.DELETED),
        (404, 10003, Verdict.CLOSED),
        (404, 10015, Verdict.CLOSED),
        (401, 50027, Verdict.CLOSED),
        (403, 50001, Verdict.CLOSED),
        (403, 50007, Verdict.CLOSED),
        (403, 50013, Verdict.CLOSED),
        (403, 50278, Verdict.CLOSED),
        (401, 0, Verdict.CLOSED),
        (404, 0, Verdict.CLOSED),
        (500, 0, Verdict.LATER),
        (503, 50035, Verdict.LATER),
        (408, 0, Verdict.LATER),
        (429, 0, Verdict.LATER),
        (400, 30046, Verdict.LATER),
        (400, 40003, Verdict.LATER),
        (403, 20016, Verdict.LATER),
    ],
)
def test_the_code_decides_where_it_is_known_and_else_the_status(
    status: int, code: int, verdict: Verdict
) -> None:
    assert judge(status, code) is verdict


def after(ladder: Ladder, verdict: Verdict, *, files: bool = False, smaller: bool = False) -> Ladder:
    return ladder.after(verdict, files=files, smaller=smaller)


def test_what_is_too_large_goes_smaller_and_then_without_files() -> None:
    ladder = after(Ladder(ALL), Verdict.TOO_LARGE, files=True, smaller=True)
    assert ladder == Ladder(ALL, Form.SMALLER)
    assert after(ladder, Verdict.TOO_LARGE, files=True, smaller=True) == Ladder(ALL, Form.SMALLER)
    assert after(ladder, Verdict.TOO_LARGE, files=True) == Ladder(ALL, Form.BARE)
    assert after(Ladder(ALL), Verdict.TOO_LARGE) == Ladder(ALL, Form.PLAIN)


def test_what_is_refused_goes_without_files_then_without_anybodys_words() -> None:
    ladder = after(Ladder(ALL), Verdict.REFUSED, files=True)
    assert ladder == Ladder(ALL, Form.BARE)
    assert after(ladder, Verdict.REFUSED) == Ladder(ALL, Form.PLAIN)
    assert after(Ladder(ALL), Verdict.REFUSED) == Ladder(ALL, Form.PLAIN)


def test_where_even_our_own_words_are_refused_it_was_the_way_so_the_next_begins_whole() -> None:
    assert after(Ladder(ALL, Form.PLAIN), Verdict.REFUSED) == Ladder((RIGHT, POST, DIRECT))
    assert after(Ladder((DIRECT,), Form.PLAIN), Verdict.REFUSED).way is None


def test_a_closed_way_costs_the_way_and_in_the_same_place_the_form_stays() -> None:
    assert after(Ladder(ALL, Form.BARE), Verdict.CLOSED) == Ladder((RIGHT, POST, DIRECT), Form.BARE)


def test_without_access_nothing_is_posted_either_and_a_direct_message_begins_whole() -> None:
    assert after(Ladder((RIGHT, POST, DIRECT), Form.BARE), Verdict.CLOSED) == Ladder((DIRECT,))
    assert after(Ladder((DIRECT,)), Verdict.CLOSED).way is None


def test_an_archived_thread_takes_no_edit_by_anybody_but_a_new_message() -> None:
    assert after(Ladder(ALL), Verdict.FROZEN) == Ladder((POST, DIRECT))
    assert after(Ladder((POST, DIRECT)), Verdict.FROZEN) == Ladder((DIRECT,))


@pytest.mark.parametrize("verdict", [Verdict.TOO_LARGE, Verdict.REFUSED, Verdict.FROZEN, Verdict.CLOSED])
@pytest.mark.parametrize("files", [True, False])
def test_whatever_is_answered_all_the_while_every_way_is_tried_and_it_ends(
    verdict: Verdict, files: bool
) -> None:
    ladder, tried = Ladder(ALL), list[tuple[Way, Form]]()
    while ladder.way is not None:
        tried.append((ladder.way, ladder.form))
        ladder = after(ladder, verdict, files=files and ladder.form in {Form.WHOLE, Form.SMALLER})
    assert len(tried) == len(set(tried)) <= len(ALL) * len(Form)
    assert {TOKEN, DIRECT} <= {way for way, _ in tried}
