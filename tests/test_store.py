"""The store: text only, one for all, and nothing is lost or run by reading it."""

from __future__ import annotations

import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import diskcache
import pytest
from damage import damage_header, damage_pages, damage_tail

from sphinx_amts.memory.store import DATABASE, FOLDER, Store

pytestmark = pytest.mark.newest


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def store(tmp_path, complaints):
    made = Store(tmp_path / "cache", complaints.append)
    yield made
    made.close()


def database(store):
    return store.folder / DATABASE


def reopened(store, complaints):
    store.close()
    return Store(store.folder.parent, complaints.append)


def test_what_was_put_is_there_in_another_process(store, complaints):
    store.put({"a": "tree", "b": "leaf " * 50_000})
    again = reopened(store, complaints)
    assert again.get("a") == "tree"
    assert again.get("b") == "leaf " * 50_000
    assert again.get("c") is None
    assert complaints == []


def test_reading_ahead_changes_nothing(store):
    store.put({str(number): f"leaf {number}" for number in range(1000)})
    keys = [str(number) for number in range(0, 2000, 2)]
    store.read_ahead(keys)
    store.put({"0": "tree"})
    assert store.get("0") == "tree", "what is put later counts"
    store.read_ahead(keys)
    found = [store.get(key) for key in keys]
    assert found == ["tree", *(f"leaf {n}" for n in range(2, 1000, 2)), *[None] * 500]


def test_git_does_not_see_it(store):
    store.put({"a": "tree"})
    assert (store.folder.parent / ".gitignore").read_text() == "*\n"


def test_nothing_is_ever_evicted(store, complaints):
    store.put({str(number): "x" * 1000 for number in range(5000)})
    cache = diskcache.Cache(str(store.folder))
    cache.close()
    settings = dict(
        sqlite3.connect(database(store)).execute("SELECT key, value FROM Settings")
    )
    assert settings["eviction_policy"] == "none"
    assert settings["cull_limit"] == 0
    again = reopened(store, complaints)
    assert all(again.get(str(number)) for number in range(5000))


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def poison(store, sql, *values):
    with sqlite3.connect(database(store)) as connection:
        connection.execute(sql, values)


def test_a_poisoned_value_is_not_unpickled(store, complaints, tmp_path):
    fired = tmp_path / "fired"
    store.put({"a": "tree"})
    store.close()
    bomb = pickle.dumps(Bomb(fired))
    poison(store, "UPDATE Cache SET mode = 4, value = ? WHERE key = 'a'", bomb)
    with diskcache.Cache(str(store.folder)) as naive:
        naive.get("a")
    assert fired.exists(), "the bomb works"
    fired.unlink()
    assert reopened(store, complaints).get("a") is None
    assert not fired.exists()


def test_a_poisoned_key_is_not_unpickled(store, complaints, tmp_path):
    fired = tmp_path / "fired"
    store.put({"a": "tree"})
    store.close()
    bomb = pickle.dumps(Bomb(fired))
    poison(store, "UPDATE Cache SET raw = 0, key = ? WHERE key = 'a'", bomb)
    again = reopened(store, complaints)
    assert again.get("a") is None
    again.put({"a": "tree"})
    assert again.get("a") == "tree"
    assert not fired.exists()


def test_a_poisoned_row_names_no_file(store, complaints, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    store.put({"a": "tree"})
    store.close()
    poison(
        store,
        "UPDATE Cache SET mode = 3, filename = ?, value = NULL WHERE key = 'a'",
        str(secret),
    )
    assert reopened(store, complaints).get("a") is None


def test_a_poisoned_row_deletes_no_file(store, complaints, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    store.put({"a": "tree"})
    store.close()
    poison(store, "UPDATE Cache SET filename = ? WHERE key = 'a'", str(precious))
    again = reopened(store, complaints)
    again.put({"a": "oak"})
    assert again.get("a") == "oak"
    assert precious.read_text() == "precious"


def test_triggers_and_settings_of_others_do_nothing(store, complaints):
    store.put({"a": "tree"})
    store.close()
    poison(
        store,
        "CREATE TRIGGER gift AFTER INSERT ON Cache BEGIN"
        " UPDATE Cache SET value = 'theirs' WHERE key = 'a'; END",
    )
    poison(store, "DROP TRIGGER Settings_count_insert")
    poison(
        store,
        "CREATE TRIGGER Settings_count_insert AFTER INSERT ON Cache BEGIN"
        " DELETE FROM Cache WHERE key = 'a'; END",
    )
    poison(store, "INSERT INTO Settings VALUES ('sqlite_user_version', 7)")
    poison(store, "UPDATE Settings SET value = 3 WHERE key = 'sqlite_cache_size'")
    poison(store, "INSERT INTO Settings VALUES ('disk_gift', 7)")
    again = reopened(store, complaints)
    again.put({"b": "leaf"})
    assert again.get("a") == "tree"
    assert again.get("b") == "leaf"
    with sqlite3.connect(database(store)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)
        query = "SELECT value FROM Settings WHERE key = 'sqlite_cache_size'"
        assert connection.execute(query).fetchone() != (3,)
        query = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger'"
        assert connection.execute(query).fetchone() == (5,), "diskcache's own"
    assert complaints == []


def test_what_diskcache_makes_is_left_as_it_is(store, complaints):
    store.put({"a": "tree"})
    store.close()
    before = sqlite3.connect(database(store)).execute("PRAGMA schema_version")
    (version,) = before.fetchone()
    again = reopened(store, complaints)
    again.put({"b": "leaf"})
    again.close()
    after = sqlite3.connect(database(store)).execute("PRAGMA schema_version")
    assert after.fetchone() == (version,)


@pytest.mark.parametrize("text", [b"\xff\xfe", b"\xed\xa0\x80"])
def test_text_that_is_none_spoils_nothing_else(store, complaints, text):
    store.put({"a": "tree", "b": "leaf"})
    store.close()
    poison(store, "UPDATE Cache SET value = CAST(? AS TEXT) WHERE key = 'a'", text)
    again = reopened(store, complaints)
    again.read_ahead(["a", "b"])
    assert "\ufffd" in again.get("a")
    assert again.get("b") == "leaf"
    assert complaints == []


def forbid_writing(path):
    """Say in the header that only a later SQLite may write it; root may, else."""
    data = bytearray(path.read_bytes())
    data[18] = 3
    path.write_bytes(data)


def test_a_store_that_cannot_be_written_is_read(store, complaints):
    store.put({"a": "tree"})
    store.close()
    forbid_writing(database(store))
    again = Store(store.folder.parent, complaints.append)
    again.read_ahead(["a", "b"])
    assert again.get("a") == "tree"
    again.put({"b": "leaf"})
    assert [again.get("a"), again.get("b"), again.get("c")] == ["tree", "leaf", None]
    again.close()
    assert again.get("a") == "tree", "as before a fork"
    assert len(complaints) == 1
    assert "can be read only" in complaints[0]
    assert "will not be kept" in complaints[0]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("name", [FOLDER, f"{FOLDER}/{DATABASE}", ".gitignore"])
def test_nothing_is_written_through_a_link(tmp_path, complaints, name, is_there):
    outside = tmp_path / "outside"
    if is_there and name == FOLDER:
        outside.mkdir()
    elif is_there:
        outside.write_bytes(b"")
    link = tmp_path / "cache" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    store = Store(tmp_path / "cache", complaints.append)
    store.put({"a": "tree"})
    assert store.get("a") == "tree"
    assert outside.exists() == is_there
    if is_there:
        assert not (list(outside.iterdir()) if name == FOLDER else outside.read_bytes())


def other_database(path):
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE wine (year INTEGER)")


def view(path):
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE Cache RENAME TO Grapes")
        connection.execute("CREATE VIEW Cache AS SELECT * FROM Grapes")


def computed(path):
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE Cache ADD COLUMN wine AS (zeroblob(9))")


def other_store(path):
    path.unlink()
    with diskcache.Cache(str(path.parent)) as cache:
        cache["theirs"] = {"not": "ours"}


@pytest.mark.parametrize(
    "damage",
    [
        *(damage_header, damage_tail, damage_pages),
        *(other_database, other_store, view, computed),
    ],
)
def test_a_store_that_cannot_be_read_is_set_aside(store, complaints, damage):
    store.put({str(number): "x" * 1000 for number in range(500)})
    store.close()
    for left in store.folder.glob(f"{DATABASE}-*"):
        left.unlink()
    damage(database(store))
    before = database(store).read_bytes()
    again = reopened(store, complaints)
    for number in range(500):
        again.get(str(number))
    again.put({"new": "leaf"})
    assert again.get("new") == "leaf"
    assert len(complaints) == 1
    assert "set aside as memory.damaged-1" in complaints[0]
    aside = store.folder.with_name(f"{FOLDER}.damaged-1")
    assert (aside / DATABASE).read_bytes()[:4096] == before[:4096]


def test_a_file_in_the_place_of_the_folder_is_set_aside(store, complaints):
    store.folder.parent.mkdir()
    store.folder.write_text("not a folder")
    store.put({"a": "tree"})
    assert store.get("a") == "tree"
    assert "a file is in the place" in complaints[0]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_that_cannot_be_written_is_no_end(tmp_path, complaints):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    store = Store(locked / "cache", complaints.append)
    store.put({"a": "tree"})
    assert store.get("a") == "tree"
    assert "will not be kept" in complaints[0]


def test_a_cache_folder_that_is_a_file_is_no_end(tmp_path, complaints):
    (tmp_path / "cache").write_text("a file")
    store = Store(tmp_path / "cache", complaints.append)
    store.put({"a": "tree"})
    assert store.get("a") == "tree"
    assert len(complaints) == 1
    assert "will not be kept" in complaints[0]


WRITER = """
    import sys
    from pathlib import Path
    from sphinx_amts.memory.store import Store
    store = Store(Path(sys.argv[1]), print)
    for number in range(int(sys.argv[3])):
        store.put({f"{sys.argv[2]}-{number}-{part}": "x" * 500 for part in range(20)})
        print(number, flush=True)
"""


def writer(tmp_path, name, count):
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(WRITER),
            tmp_path / "cache",
            name,
            str(count),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_writer_loses_at_most_the_request_in_flight(tmp_path, complaints):
    process = writer(tmp_path, "w", 10_000)
    for line in process.stdout:
        if int(line) >= 100:
            break
    os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    said = 100 + len(process.stdout.read().split())
    process.communicate()  # closes the pipe
    store = Store(tmp_path / "cache", complaints.append)
    for number in range(said + 1):
        parts = [store.get(f"w-{number}-{part}") for part in range(20)]
        assert all(parts), f"request {number} of {said} is not whole"
    rest = [store.get(f"w-{said + 2}-{part}") for part in range(20)]
    assert not any(rest)
    assert complaints == []


def test_many_may_write_at_once(tmp_path, complaints):
    writers = [writer(tmp_path, name, 50) for name in "abcd"]
    for process in writers:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert output.split() == [str(number) for number in range(50)]
    store = Store(tmp_path / "cache", complaints.append)
    for name in "abcd":
        assert all(store.get(f"{name}-{number}-19") for number in range(50))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_opens_its_own(store):
    store.put({"a": "tree"})
    pid = os.fork()
    if pid == 0:
        good = store.get("a") == "tree"
        store.put({"b": "leaf"})
        os._exit(0 if good else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert store.get("b") == "leaf"
