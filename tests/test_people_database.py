"""The database of people's units answers as the files would, whatever becomes of it.

The rules of who wins are written down a second time here, without a database.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from damage import damage_header, damage_pages, damage_tail
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sphinx_amts.formats.tmx import Entry, dump
from sphinx_amts.memory import loading, phrase_index, processes
from sphinx_amts.memory.files import MemoryFiles, units
from sphinx_amts.memory.people import People
from sphinx_amts.memory.phrases import find_places, make_places, phrase_numbers
from sphinx_amts.memory.rows import HUMAN, make_rows, rows_of
from sphinx_amts.memory.unit import Origin, TranslationUnit
from sphinx_amts.memory.units_database import INDEXES, SCHEMA, database_path
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment, text_key

pytestmark = pytest.mark.newest

PAIR = LanguagePair("en", "es")
OAK = "The old oak is in the garden behind the house."
PINE = "A pine is green all the year."


class Memory:
    """A folder with memory files and the database made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def database(self) -> Path:
        return database_path(self.folder / ".amts", PAIR)

    def write(self, name, *pairs, origin=""):
        """Write a table; or, with an origin, a TMX file in this order."""
        if not origin:
            lines = [f'"{source}","{target}"' for source, target in pairs]
            text = "\n".join(["en,es", *lines, ""])
            return (self.folder / name).write_text(text, encoding="utf-8")
        entries = [
            Entry({"en": each, "es": other}, properties={"origin": origin})
            for each, other in pairs
        ]
        return dump(entries, self.folder / name, source_language="en")

    def files(self, *names, reuse="sentence"):
        paths = [self.folder / name for name in names]
        return MemoryFiles(paths, PAIR, self.folder / ".amts", reuse)

    def people(self, *names, **options):
        return self.files(*names, **options).people

    def change(self, sql, *values):
        with sqlite3.connect(self.database) as connection:
            connection.execute(sql, values)
        connection.close()

    def ask(self, sql):
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


@pytest.fixture
def memory(tmp_path):
    return Memory(tmp_path)


def target(people, source):
    match = people.find(Segment(source))
    return match and match.target


def let_it_age(path):
    """Give a file a time at which nobody doubts that it is as it was."""
    past = time.time_ns() - 3600 * 10**9
    os.utime(path, ns=(past, past))


# Who wins

TEXTS = ["A", "B", "C.", "A b. C d.", "A b.", "C d.", "`C d.`"]


def row_wins(best, row):
    return best is None or row.rank >= best.rank


def winner(files, source, *, by_sentence):
    """Return the target that wins for a text, as `People` has it in words."""
    best = None
    for file in files:
        for unit in file:
            for row in rows_of(unit):
                is_part = row.rank in (0, HUMAN)
                if row.source == source and not (is_part and not by_sentence):
                    best = row if row_wins(best, row) else best
    return best and best.target


def write_in_order(path, pairs):
    """Write a memory file whose units are in this order, not in that of `dump`."""
    made = [
        f'<tu>{"" if is_human else MACHINE}<tuv xml:lang="en"><seg>{source}</seg></tuv>'
        f'<tuv xml:lang="es"><seg>{source}{number}</seg></tuv></tu>'
        for source, number, is_human in pairs
    ]
    head = '<tmx version="1.4"><header srclang="en"/><body>'
    path.write_text(f"{head}{''.join(made)}</body></tmx>", encoding="utf-8")


MACHINE = '<prop type="origin">machine</prop>'
pairs = st.tuples(st.sampled_from(TEXTS), st.integers(0, 3), st.booleans())


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    versions=st.lists(
        st.lists(st.lists(pairs, max_size=6), min_size=2, max_size=2), min_size=1
    ),
    is_reversed=st.booleans(),
    by_sentence=st.booleans(),
)
def test_who_wins_is_who_wins_in_the_files(memory, versions, is_reversed, by_sentence):
    """However the files change, one version after the other."""
    names = ["b.tmx", "a.tmx"] if is_reversed else ["a.tmx", "b.tmx"]
    for files in versions:
        for name, file in zip(names, files, strict=True):
            write_in_order(memory.folder / name, file)
        people = memory.people(*names, reuse="sentence" if by_sentence else "paragraph")
        read = [list(units(memory.folder / name, PAIR, [])) for name in names]
        for source in TEXTS:
            found = people.find_exactly(f"{text_key(source)}:")
            wanted = winner(read, source, by_sentence=by_sentence)
            assert (found and found.target) == wanted
        assert people.has_human == any(
            unit.origin.is_human for file in read for unit in file
        )


def test_the_order_of_the_setting_counts_not_that_of_reading(memory):
    memory.write("a.csv", (OAK, "uno"))
    memory.write("b.csv", (OAK, "dos"))
    assert target(memory.people("a.csv", "b.csv"), OAK) == "dos"
    before = memory.ask("SELECT id, file, place FROM row")
    assert target(memory.people("b.csv", "a.csv"), OAK) == "uno"
    assert target(memory.people("a.csv"), OAK) == "uno"
    assert memory.ask("SELECT id, file, place FROM row") == before, "nothing rewritten"


def test_what_is_read_ahead_is_what_is_found(memory):
    memory.write("a.csv", *((f"{OAK} {n}", f"roble {n}") for n in range(1500)))
    people = memory.people("a.csv")
    keys = [f"{text_key(f'{OAK} {n}')}:" for n in range(0, 3000, 2)]
    alone = [people.find_exactly(key) for key in keys]
    people.read_ahead(keys)
    assert [people.find_exactly(key) for key in keys] == alone
    assert sum(each is not None for each in alone) == 750


# What changes


def test_of_a_file_that_has_not_changed_nothing_is_read(memory):
    memory.write("a.csv", (OAK, "roble"), (PINE, "pino"))
    let_it_age(memory.folder / "a.csv")
    memory.people("a.csv")
    memory.change("UPDATE text SET target = 'de la base' WHERE target = 'roble'")
    assert target(memory.people("a.csv"), OAK) == "de la base"


def test_only_what_has_changed_in_a_file_is_made_again(memory):
    many = [(f"{OAK} {n}", f"roble {n}") for n in range(30)]
    memory.write("a.csv", *many)
    memory.people("a.csv")
    before = memory.ask("SELECT id FROM row")
    memory.write("a.csv", *many[:10], (PINE, "pino"), *many[11:])
    people = memory.people("a.csv")
    assert target(people, PINE) == "pino"
    assert target(people, f"{OAK} 10") is None
    assert target(people, f"{OAK} 29") == "roble 29"
    after = memory.ask("SELECT id FROM row")
    assert len(set(before) & set(after)) == 29 * 1
    assert len(after) == 30


def test_a_unit_that_moves_in_a_file_is_later_or_earlier(memory):
    memory.write("a.csv", (OAK, "uno"), (OAK, "dos"), (PINE, "pino"), (OAK, "uno"))
    assert target(memory.people("a.csv"), OAK) == "uno"
    memory.write("a.csv", (OAK, "uno"), (PINE, "pino"), (OAK, "dos"))
    assert target(memory.people("a.csv"), OAK) == "dos"
    memory.write("a.csv", (OAK, "dos"), (OAK, "uno"), (PINE, "pino"))
    assert target(memory.people("a.csv"), OAK) == "uno"


def test_a_change_within_the_same_tick_of_a_clock_is_seen(memory):
    path = memory.folder / "a.csv"
    for name in ("roble", "encino"[:5], "robla"):
        memory.write("a.csv", (OAK, name))
        now = time.time_ns()
        os.utime(path, ns=(now, 1_700_000_000 * 10**9))
        assert target(memory.people("a.csv"), OAK) == name


def test_a_file_that_was_only_touched_is_not_read(memory):
    memory.write("a.csv", (OAK, "roble"))
    memory.people("a.csv")
    memory.change("UPDATE text SET target = 'de la base'")
    let_it_age(memory.folder / "a.csv")
    assert target(memory.people("a.csv"), OAK) == "de la base"


def test_a_file_that_is_broken_now_has_no_units_and_is_told(memory):
    memory.write("a.tmx", (OAK, "roble"), origin="human")
    memory.write("b.csv", (PINE, "pino"))
    good = memory.files("a.tmx", "b.csv")
    text = (memory.folder / "a.tmx").read_text(encoding="utf-8")
    (memory.folder / "a.tmx").write_text(text.replace("</body>", "<"), encoding="utf-8")
    files = memory.files("a.tmx", "b.csv")
    (fault,) = files.faults
    assert fault.is_fatal
    assert "a.tmx" in fault.message
    assert target(files.people, OAK) is None
    assert target(files.people, PINE) == "pino"
    assert files.digest != good.digest
    (memory.folder / "a.tmx").write_text(text, encoding="utf-8")
    again = memory.files("a.tmx", "b.csv")
    assert again.digest == good.digest
    assert target(again.people, OAK) == "roble"


def test_what_is_wrong_with_units_is_told_in_every_build(memory):
    wrong = [(f'Oak <x id=""1""/> {n}', "roble") for n in range(5)]
    memory.write("a.csv", *wrong, (PINE, "pino"))
    first, later = (memory.files("a.csv").faults for _ in range(2))
    assert first == later
    assert [fault.message.partition("a.csv")[2][:3] for fault in first] == [
        *(":2:", ":3:", ":4:"),
        ": 2",
    ]


def test_a_file_that_is_gone_leaves_nothing(memory):
    memory.write("a.csv", (OAK, "roble"))
    memory.write("b.csv", (PINE, "pino"))
    memory.people("a.csv", "b.csv")
    (memory.folder / "a.csv").unlink()
    memory.write("b.csv", (PINE, "pinar"))
    assert memory.files("a.csv", "b.csv").faults[0].is_fatal
    assert memory.ask("SELECT target FROM text") == [("pinar",)]


# Other processes


def test_rows_made_in_other_processes_are_the_same(memory, monkeypatch):
    many = [(f"{OAK} {n}. {PINE} {n}.", f"Roble {n}. Pino {n}.") for n in range(1200)]
    memory.write("a.csv", *many)
    memory.people("a.csv")
    wanted = memory.ask("SELECT * FROM row JOIN text USING (id)")
    memory.database.unlink()
    monkeypatch.setattr(loading, "LARGE_BYTES", 1000)
    memory.people("a.csv")
    assert memory.ask("SELECT * FROM row JOIN text USING (id)") == wanted
    names = {name for (name,) in memory.ask("SELECT name FROM sqlite_master")}
    assert names >= {*SCHEMA, *INDEXES}


def test_a_process_that_dies_leaves_its_work_to_us(monkeypatch):
    def start():
        return subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.buffer.read(1)"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    raw = [loading.Raw(1, OAK, "roble", {}, Origin.HUMAN)]
    wanted = [make_rows(raw)] * 9
    monkeypatch.setattr(processes, "_start", start)
    assert list(processes.work_beside("rows", [raw] * 9)) == wanted


READER = """
    import sys
    from pathlib import Path
    from sphinx_amts.memory.files import MemoryFiles
    from sphinx_amts.text.languages import LanguagePair
    from sphinx_amts.text.segment import Segment
    folder = Path(sys.argv[1])
    print("begin", flush=True)
    files = MemoryFiles([folder / "a.csv"], LanguagePair("en", "es"), folder / ".amts")
    found = [files.people.find(Segment(f"An oak {n}.")) for n in range(0, 6000, 100)]
    similar = files.people.similar("An oak 77")
    print(sum(each is not None for each in found), len(similar), flush=True)
"""


def reader(folder):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(READER), folder],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def many(memory):
    memory.write("a.csv", *((f"An oak {n}.", f"Un roble {n}.") for n in range(6000)))


@pytest.mark.usefixtures("many")
def test_many_may_begin_at_once(memory):
    for process in [reader(memory.folder) for _ in range(4)]:
        output, _ = process.communicate(timeout=300)
        assert output.split() == ["begin", "60", "1"]
    assert memory.ask("SELECT COUNT(*) FROM row") == [(6000,)]
    assert memory.ask("SELECT SUM(units) FROM block") == [(6000,)]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("after_s", [0, 0.1, 0.3, 0.6])
def test_a_killed_build_leaves_all_or_nothing(memory, after_s):
    process = reader(memory.folder)
    assert process.stdout.readline() == "begin\n"
    time.sleep(after_s)
    os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.communicate()
    if memory.database.exists():
        assert memory.ask("SELECT COUNT(*) FROM row") in ([(0,)], [(6000,)])
    people = memory.people("a.csv")
    assert target(people, "An oak 5999.") == "Un roble 5999."
    assert people.similar("An oak 77")[0].target == "Un roble 77."


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.parametrize("is_own", [False, True])
def test_a_forked_process_opens_its_own(memory, is_own):
    memory.write("a.csv", (OAK, "roble"))
    if is_own:
        (memory.folder / ".amts").write_text("no folder")
    people = memory.people("a.csv")
    assert target(people, OAK) == "roble"
    pid = os.fork()
    if pid == 0:
        os._exit(0 if target(people, OAK) == "roble" else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert target(people, OAK) == "roble"


def test_threads_may_ask_at_once(memory):
    memory.write("a.csv", *((f"An oak {n}.", f"Un roble {n}.") for n in range(200)))
    people, found = memory.people("a.csv"), []

    def ask():
        found.extend(target(people, f"An oak {n}.") for n in range(200))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted([f"Un roble {n}." for n in range(200)] * 4)


# Damage, and what is not ours


def other_database(path):
    path.unlink()
    run(path, "CREATE TABLE wine (year INTEGER)")


def run(path, *statements):
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def other_version(path):
    run(path, "PRAGMA user_version = 77")


def trigger(path):
    run(
        path,
        "CREATE TRIGGER gift AFTER INSERT ON row BEGIN"
        " UPDATE text SET target = 'theirs'; END",
    )


def view(path):
    run(
        path,
        "ALTER TABLE text RENAME TO grapes",
        "CREATE VIEW text AS SELECT id, source, 'theirs' AS target, origin, kinds"
        " FROM grapes",
    )


def computed(path):
    run(path, "ALTER TABLE row ADD COLUMN wine AS (zeroblob(9))")


def journal(path):
    path.with_name(f"{path.name}-journal").write_bytes(
        b"\xd9\xd5\x05\xf9 \xa1c\xd7" * 99
    )


def types(path):
    run(path, "UPDATE text SET target = x'00ff', origin = 7")


def ranks(path):
    run(path, "UPDATE row SET rank = 'three', place = NULL")


def origins(path):
    run(path, "UPDATE text SET origin = 'an angel'")


def messages(path):
    run(path, "UPDATE file SET messages = '[[', human = 'yes'")


def places(path):
    run(path, "UPDATE phrase SET places = 7")


def blocks(path):
    run(path, "UPDATE block SET first = 'one'")


@pytest.mark.parametrize(
    "damage",
    [
        *(damage_header, damage_tail, damage_pages, other_database, other_version),
        *(trigger, view, computed, journal),
        *(types, ranks, origins, messages, places, blocks),
    ],
)
def test_what_is_damaged_is_made_anew(memory, damage):
    many = [(f"An oak {n}.", f"Un roble {n}.") for n in range(3000)]
    memory.write("a.csv", *many)
    memory.people("a.csv").similar(OAK)
    let_it_age(memory.folder / "a.csv")
    memory.people("a.csv")
    damage(memory.database)
    people = memory.people("a.csv")
    for source, wanted in many[::100]:
        assert target(people, source) == wanted
    assert people.similar("An oak 77")[0].target == "Un roble 77."
    found = dict(memory.ask("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL"))
    assert found == SCHEMA | INDEXES
    assert memory.ask("SELECT COUNT(*), MAX(origin) FROM text") == [(3000, "human")]
    assert target(memory.people("a.csv"), "An oak 5.") == "Un roble 5."


def forbid_writing(path):
    """Say in the header that only a later SQLite may write it; root may, else."""
    data = bytearray(path.read_bytes())
    data[18] = 3
    path.write_bytes(data)


def test_one_that_cannot_be_written_is_read(memory):
    memory.write("a.csv", (OAK, "roble"))
    let_it_age(memory.folder / "a.csv")
    memory.people("a.csv")
    memory.change("UPDATE text SET target = 'de la base'")
    forbid_writing(memory.database)
    before = memory.database.read_bytes()
    people = memory.people("a.csv")
    assert target(people, OAK) == "de la base"
    assert people.similar(OAK.replace("old", "young"))[0].source == OAK
    memory.write("a.csv", (OAK, "encina"))
    assert target(memory.people("a.csv"), OAK) == "encina"
    assert memory.database.read_bytes() == before


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_that_cannot_be_written_is_no_end(memory):
    memory.write("a.csv", (OAK, "roble"))
    (memory.folder / ".amts").mkdir(mode=0o500)
    assert target(memory.people("a.csv"), OAK) == "roble"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("name", ["", "-wal", "-journal", None])
def test_nothing_is_written_through_a_link(memory, name, is_there):
    memory.write("a.csv", (OAK, "roble"))
    path = memory.database
    link = path.parent if name is None else path.with_name(path.name + name)
    outside = memory.folder / "outside"
    if is_there and name is None:
        outside.mkdir()
    elif is_there:
        outside.write_bytes(b"")
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    assert target(memory.people("a.csv"), OAK) == "roble"
    assert outside.exists() == is_there
    if is_there:
        assert not (list(outside.iterdir()) if name is None else outside.read_bytes())


def test_where_nothing_can_be_kept_all_is_found(memory):
    memory.write("a.csv", (OAK, "roble"))
    (memory.folder / ".amts").write_text("no folder")
    files = memory.files("a.csv")
    assert files.faults == ()
    assert target(files.people, OAK) == "roble"
    assert (memory.folder / ".amts").read_text() == "no folder"


def test_what_was_damaged_meanwhile_is_made_anew(memory):
    memory.write("a.csv", *((f"An oak {n}.", f"Un roble {n}.") for n in range(3000)))
    people = memory.people("a.csv")
    assert target(people, "An oak 1.") == "Un roble 1."
    people._database.close()  # as before a fork
    damage_pages(memory.database)
    assert target(people, "An oak 2999.") == "Un roble 2999."


# What is alike


def test_phrases_are_found_where_they_are(monkeypatch):
    monkeypatch.setattr(phrase_index, "UNITS", 7)
    sources = [f"Tree {n} has leaves, tree {n} is green." for n in range(40)]
    people = People.of(TranslationUnit(each, "x") for each in sources)
    for number, source in enumerate(sources, 1):
        found = people.units_with(phrase_numbers(source))
        alone = [units for units in found.values() if len(units) == 1]
        assert alone
        assert all(units == [number] for units in alone)
        assert max(map(len, found.values())) == 40


def test_a_phrase_that_too_many_units_have_tells_nothing():
    count = 600
    block = 1, [(n, f"tree {n}") for n in range(1, count)]
    buckets = dict(make_places(block))
    (tree, *_) = phrase_numbers("tree")
    assert find_places(buckets[tree % (1 << 14)], tree) is None
    (number, *_) = phrase_numbers("77")
    assert find_places(buckets[number % (1 << 14)], number) == [76]


def test_similar_units_follow_the_file(memory):
    garden = ("The old oak is in the garden.", "El roble viejo.")
    memory.write("a.csv", garden, (PINE, "pino"))
    changed = garden[0].replace("old", "big")
    assert memory.people("a.csv").similar(changed, 3)[0].source == garden[0]
    memory.write("a.csv", (PINE, "pino"), (f"{changed[:-1]} now.", "El roble de hoy."))
    assert [each.target for each in memory.people("a.csv").similar(changed, 3)] == [
        "El roble de hoy."
    ]
    memory.write("a.csv", (PINE, "pino"))
    people = memory.people("a.csv")
    assert people.similar(changed, 3) == []
    assert people.similar(PINE.replace("green", "grey"))[0].target == "pino"


def test_only_people_s_units_and_those_of_the_book_are_alike(memory):
    memory.write("machine.tmx", (OAK, "de una máquina"), origin="machine")
    memory.write("a.csv", (f"{OAK[:-1]} too.", "roble"))
    memory.write("other.csv", (f"{OAK[:-1]} now.", "otro"))
    memory.people("machine.tmx", "a.csv", "other.csv")
    people = memory.people("machine.tmx", "a.csv")
    found = people.similar(OAK.replace("old", "big"), 9)
    assert [each.target for each in found] == ["roble"]
    assert not memory.people("machine.tmx").similar(OAK)


def test_a_sentence_of_a_paragraph_is_alike(memory):
    memory.write(
        "a.csv", (f"{OAK} {PINE}", "El roble viejo está aquí. El pino es verde.")
    )
    changed = PINE.replace("green", "grey")
    (found,) = memory.people("a.csv").similar(changed, 3)
    assert (found.source, found.target) == (PINE, "El pino es verde.")
    assert memory.people("a.csv", reuse="paragraph").similar(changed, 3) == []
