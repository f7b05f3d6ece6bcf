"""The work saved, by the log of corrections."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from books import run

from sphinx_amts.evaluation.effort import MAX_LENGTH, edited, effort
from sphinx_amts.memory.corrections import Correction, append, log_of

pytestmark = pytest.mark.newest

FIRST = Correction(
    key="a",
    source="The lamp burns in the hall.",
    action="corrected",
    machine="Das Licht brennt im Saal.",
    target="Die Lampe brennt im Saal.",  # 2 of 5 words are others
    engine="local",
    document="one",
    words=6,
    seconds=20,
)
SECOND = Correction(
    key="b",
    source="It is <x id='1'/> dark.",
    action="accepted",
    machine='Es ist <x id="1"/> dunkel.',
    target='Es ist <x id="1"/> dunkel.',  # 3 words: what is code is none
    engine="amazon",
    document="two",
    words=3,
    seconds=10,
)


def again(correction, target, **changes):
    """Return a later correction: there is a person's text by then."""
    return replace(correction, machine="", engine="", target=target, **changes)


def test_the_figures_are_what_the_definition_says():
    found = effort([FIRST, SECOND], "de").to_json()
    assert found["pages"]["one"] == {
        "segments": 1,
        "accepted_segments": 0,
        "words": 6,
        "accepted": 0,
        "hter": 0.4,  # 2 edits of 5 words
        "seconds": 20,
        "words_per_hour": 1080,  # 6 * 3600 / 20
        "share": 0.6,
    }
    assert found["pages"]["two"] == {
        "segments": 1,
        "accepted_segments": 1,
        "words": 3,
        "accepted": 3,
        "hter": None,
        "seconds": 10,
        "words_per_hour": 1080,
        "share": 1,
    }
    assert found["total"] == {
        "segments": 2,
        "accepted_segments": 1,
        "words": 9,
        "accepted": 3,
        "hter": 0.4,  # of what was changed alone
        "seconds": 30,
        "words_per_hour": 1080,
        "share": 0.75,  # 2 edits of 8 words
    }
    assert found["engines"] == {
        "local": found["pages"]["one"],
        "amazon": found["pages"]["two"],
    }
    assert found["definition"].keys() == {"accepted", "hter", "words_per_hour", "share"}
    assert "case:lc" in found["signature"]


@pytest.mark.parametrize(
    ("language", "machine", "target", "hter"),
    [
        # Four signs and a stop, one of them another.
        ("zh-CN", "灯在厅里。", "灯在房里。", 1 / 5),
        ("ja", "ランプがつく。", "ランプをつく。", 1 / 7),
        ("th", "ไฟดับ", "ไฟลับ", 1 / 5),
        ("de", "灯在厅里。", "灯在房里。", 1 / 5),
        ("de", "Das Licht.", "Die Lampe.", 2 / 2),
    ],
)
def test_a_sign_of_a_script_without_blanks_is_a_word(language, machine, target, hter):
    one = replace(FIRST, machine=machine, target=target)
    found = effort([one], language).to_json()
    assert found["total"]["hter"] == round(hter, 3)


def test_the_first_of_a_machine_counts_against_the_last_of_people():
    last = again(FIRST, "Das Licht brennt im Saal.", seconds=5, document="three")
    (found,), unaided = edited([FIRST, SECOND, last][::2])
    assert (found.machine, found.target) == (FIRST.machine, last.target)
    assert found.is_accepted  # in the end it stayed as the machine had it
    assert (found.seconds, found.engine, found.document) == (25, "local", "three")
    assert unaided == 0


def test_what_was_undone_does_not_count():
    undone = Correction("a", FIRST.source, "undone")
    assert edited([FIRST, undone]) == ([], 0)
    second = again(FIRST, "Eine Lampe brennt im Saal.")
    (found,), _ = edited([FIRST, second, undone])
    assert found.target == FIRST.target
    (found,), _ = edited([FIRST, undone, replace(FIRST, target="Nun anders.")])
    assert (found.target, found.seconds) == ("Nun anders.", 40)
    assert edited([undone, undone]) == ([], 0)


def test_a_comment_is_no_translation():
    comment = replace(FIRST, action="commented", target=FIRST.machine, seconds=4)
    assert edited([comment]) == ([], 0)
    (found,), _ = edited([comment, FIRST])
    assert (found.target, found.seconds) == (FIRST.target, 24)
    (found,), _ = edited([FIRST, comment])
    assert found.target == FIRST.target


def test_what_people_wrote_alone_is_no_machines():
    alone = again(FIRST, FIRST.target)
    assert edited([alone]) == ([], 1)
    found = effort([alone, SECOND], "de")
    assert (found.unaided, found.total.segments) == (1, 1)


def test_languages_are_told_apart():
    chinese = replace(FIRST, language="zh-CN")
    found = effort([chinese, replace(SECOND, language="de-AT")], "de")
    assert found.total.segments == found.total.accepted_segments == 1
    assert effort([chinese], "zh-TW").total.segments == 0


def test_a_text_that_is_too_long_is_edited_as_a_whole():
    long = "Wort " * MAX_LENGTH
    one = replace(FIRST, machine=long, target=f"{long} Ende")
    work = effort([one], "de").total
    assert work.edits == work.length == MAX_LENGTH + 1
    assert effort([replace(one, target=long)], "de").total.share == 1


def test_what_is_no_tagged_text_is_compared_as_it_is():
    one = replace(FIRST, machine="a <b> c", target="a <b> d")
    assert effort([one], "de").total.edits == 1


def test_more_edits_than_words_are_no_saved_work():
    one = replace(FIRST, machine="a b c d e", target="x")
    found = effort([one], "de").to_json()["total"]
    assert (found["share"], found["hter"]) == (0, 5)


def test_what_is_known_is_not_counted_again():
    known = {}
    first = effort([FIRST, SECOND], "de", known)
    assert len(known) == 2
    known.update(dict.fromkeys(known, (1.0, 4.0)))
    assert effort([FIRST, SECOND], "de", known).total.edits == 2.0
    assert first.total.edits == 2.0
    assert effort([FIRST], "de", known).total.edits == 1.0
    assert effort([FIRST], "fr", known).total.edits == 2.0


def test_no_name_does_anything_to_a_terminal():
    one = replace(FIRST, document="\x1b[2J", engine="\x07")
    assert all(
        line.isprintable()
        for line in effort([one, replace(one, key="c", engine="e")], "de").lines()
    )


# The command

FILES = {
    "conf.py": 'extensions = ["sphinx_amts"]\namts_memory_files = ["de.tmx"]\n',
    "index.rst": "Lamps\n=====\n\nThe lamp burns in the hall.\n",
    "de.tmx": '<?xml version="1.0"?>\n<tmx version="1.4"><header srclang="en"'
    ' adminlang="en" datatype="plaintext" segtype="sentence" o-tmf="" creationtool=""'
    ' creationtoolversion=""/><body/></tmx>\n',
}
MAIN = "import sys; from sphinx_amts.cli import main; sys.exit(main())"


def status(book, *options, code=MAIN, expected=0):
    words = ["status", str(book.source), "-l", "de", "--engine", "memory", *options]
    return run(["-c", code, *words], book.work, cwd=book.source, expected=expected)


def test_status_says_what_was_saved(write_book):
    book = write_book(FILES)
    assert "has been accepted or corrected yet" in status(book, "--effort").stdout
    log = log_of(book.source / "de.tmx")
    append(log, FIRST, SECOND)
    log.write_bytes(b"{}\n" + log.read_bytes())
    done = status(book, "--effort")
    lines = done.stdout.splitlines()
    assert "1 lines of" in done.stderr
    assert "the first is line 1" in done.stderr
    (head,) = [each for each in lines if "edit rate" in each and "share" in each][:1]
    rows = {
        each.split()[0]: each.split()[1:] for each in lines[lines.index(head) :] if each
    }
    assert rows["one"] == ["1", "6", "0", "%", "40", "%", "1080", "60", "%"]
    assert rows["two"] == ["1", "3", "100", "%", "-", "1080", "100", "%"]
    assert rows["total"] == ["2", "9", "33", "%", "40", "%", "1080", "75", "%"]
    assert any(each.startswith("share: 1 - HTER") for each in lines)
    found = json.loads(status(book, "--effort", "--json").stdout)
    assert found["effort"] == effort([FIRST, SECOND], "de").to_json()
    assert "effort" not in json.loads(status(book, "--json").stdout)


def test_without_sacrebleu_status_says_what_to_install(write_book):
    book = write_book(FILES)
    missing = f"import sys; sys.modules['sacrebleu'] = None; {MAIN}"
    assert "yet" in status(book, "--effort", code=missing).stdout
    append(log_of(book.source / "de.tmx"), FIRST)
    done = status(book, "--effort", code=missing, expected=2)
    assert "python -m pip install 'sphinx_amts[evaluation]'" in done.stderr
    assert "Traceback" not in done.stderr
    status(book, code=missing)
