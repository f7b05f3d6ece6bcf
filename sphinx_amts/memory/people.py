"""Finding a segment's translation among people's units, whole or by sentence.

A unit is looked for by its exact text, then by its `normal_form`; see `rows`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sphinx_amts.errors import TagError
from sphinx_amts.files import read_json
from sphinx_amts.memory import phrase_index
from sphinx_amts.memory.loading import load
from sphinx_amts.memory.normal import fit
from sphinx_amts.memory.rows import (
    HUMAN,
    WHOLE,
    normal_number,
    number_of,
    numbers_from,
)
from sphinx_amts.memory.unit import Origin, Similar, TranslationUnit
from sphinx_amts.memory.units_database import Damaged, UnitsDatabase
from sphinx_amts.text.segment import Segment, text_key

_ORIGINS = {origin.value: origin for origin in Origin}

MAX_SENTENCES = 12
"""Of a unit that may be part of a longer text. Most paragraphs have fewer; a unit of
more is known as a whole, and by each of its sentences."""
MAX_RECENT = 1000  # answers that are remembered: many units may have the same text
_MANY = 500  # keys in one query; SQLite takes 999 values
_FEW = 50  # texts in one query of several conditions for each


@dataclass(frozen=True)
class Match:
    """What is known of a segment: a target, or why there is none."""

    target: str = ""  # tagged text
    origin: Origin = Origin.MACHINE
    refusal: str = ""
    is_part: bool = False  # one sentence, taken from a unit of several

    @classmethod
    def from_json(cls, text: str) -> Match:
        """Read what matters of `TranslationUnit.to_json`, fast; raises `ValueError`."""
        values = read_json(text)
        if not isinstance(values, dict):
            raise ValueError("not a translation unit")
        target, refusal = values.get("target", ""), values.get("refusal", "")
        origin = values.get("origin", "human")
        if not all(isinstance(each, str) for each in (target, refusal, origin)):
            raise ValueError("not a translation unit")
        if not target and not refusal:
            raise ValueError("a translation unit of nothing")
        return cls(target, _ORIGINS.get(origin, Origin.HUMAN), refusal)

    @property
    def digest(self) -> str:
        """Short identity of what the match does to a page; never empty."""
        return "!" if self.refusal else text_key(self.target)[:8]


class Found(NamedTuple):
    """What the database has of a unit, or of one sentence of it."""

    source: str
    target: str
    origin: Origin
    rank: int
    kinds: str  # of the source's tags, comma separated

    def match(self, target: str) -> Match:
        """Return it as the match for a text."""
        return Match(target, self.origin, is_part=not self.rank & WHOLE)


class People:
    """Units of memory files, found by their texts.

    People's units win over a machine's, whole units over sentences taken from units,
    then later units over earlier ones, as in the files of Amazon Translate. ``digest``
    is the identity of all of it. Not ``by_sentence``, a text is known as a whole or not
    at all.
    """

    def __init__(
        self,
        database: UnitsDatabase | None = None,
        files: Callable[[], Mapping[int, int]] = dict,
        digest: str = "",
        *,
        by_sentence: bool = True,
    ) -> None:
        """Find units of a database in ``files``: numbers, each with its place.

        Those of later places win. None is a database without any unit.
        """
        self._database = database
        self._files = files
        self.digest = digest
        self.by_sentence = by_sentence
        self._ahead: dict[int, Found | None] = {}  # by the number of an exact text
        self._recent: dict[tuple[str, int], Any] = {}  # by what was asked

    @classmethod
    def of(
        cls,
        units: Iterable[TranslationUnit],
        digest: str = "",
        *,
        by_sentence: bool = True,
    ) -> People:
        """Index units, with the sentences of those of people's that have several."""
        every = list(units)
        database = UnitsDatabase(None, lambda connection: load(connection, every))
        database.open()
        return cls(database, lambda: {1: 0}, digest, by_sentence=by_sentence)

    def __len__(self) -> int:
        return len(self.ask("SELECT DISTINCT exact FROM row WHERE {among}"))

    def ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return what a query finds; ``{among}`` in it is for rows of these files."""
        if self._database is None:
            return []
        return self._database.use(
            lambda connection: self._run(connection, query, values)
        )

    def _run(
        self, connection: sqlite3.Connection, query: str, values: Sequence[object]
    ) -> list[tuple[Any, ...]]:
        numbers = ",".join(map(str, self._files()))  # as they are now
        parts = "" if self.by_sentence else f" AND rank & {WHOLE}"
        among = f"file IN ({numbers}){parts}"
        return connection.execute(query.format(among=among), values).fetchall()

    @cached_property
    def has_human(self) -> bool:
        """Whether there is any unit of people's."""
        if self._database is None:
            return False
        found = self._database.ask("SELECT id FROM file WHERE human")
        return any(number in self._files() for (number,) in found)

    def human_rows(self) -> Iterator[Found]:
        """Yield the units of people's, and their sentences."""
        query = (
            "SELECT id, rank, source, target, origin, kinds"
            f" FROM row JOIN text USING (id) WHERE {{among}} AND rank & {HUMAN}"
            f" AND id > ? ORDER BY id LIMIT {_MANY}"
        )
        last = 0
        while rows := self.ask(query, [last]):
            yield from (_found(row[1:]) for row in rows)
            last = rows[-1][0]

    # By key

    def read_ahead(self, keys: Iterable[str]) -> None:
        """Read what `find_exactly` is going to be asked for: many are found faster."""
        if self._database is not None:
            numbers = {each for key in keys if (each := _number(key)) is not None}
            found = self.best("exact", numbers)
            self._ahead = {number: found.get(number) for number in numbers}

    def find_exactly(self, key: str) -> Match | None:
        """Return the match for a segment's key, whatever its tags stand for."""
        found = self._exactly(key)
        return None if found is None else found.match(found.target)

    def source(self, key: str) -> str:
        """Return the source of the unit that a segment's key finds; empty if none."""
        found = self._exactly(key)
        return found.source if found else ""

    def _exactly(self, key: str) -> Found | None:
        number = _number(key)
        if number is None:
            return None
        if number in self._ahead:
            return self._ahead[number]
        return self._one("exact", number)

    def _one(self, column: str, number: int) -> Found | None:
        """Return what wins for a number; a text that stands everywhere is read once."""

        def ask() -> Found | None:
            return self.best(column, [number]).get(number)

        found: Found | None = self._remembered(column, number, ask)
        return found

    def _remembered(self, what: str, number: int, ask: Callable[[], Any]) -> Any:
        if (what, number) not in self._recent:
            if len(self._recent) >= MAX_RECENT:
                self._recent.clear()
            self._recent[what, number] = ask()
        return self._recent[what, number]

    def best(self, column: str, numbers: Collection[int]) -> dict[int, Found]:
        """Return what wins for each number that is found in a column of keys."""
        if self._database is None or not numbers:
            return {}
        return self._database.use(
            lambda connection: self._best(connection, column, [*numbers])
        )

    def _best(
        self, connection: sqlite3.Connection, column: str, numbers: Sequence[int]
    ) -> dict[int, Found]:
        query = f"SELECT {column}, rank, file, place, id FROM row"
        winners = self._winners(_with_any(connection, query, column, numbers))
        query = "SELECT id, source, target, origin, kinds FROM text"
        ids = [score[-1] for score in winners.values()]
        texts = {row[0]: row[1:] for row in _with_any(connection, query, "id", ids)}
        return {
            key: _found((rank, *texts[number]))
            for key, (rank, *_, number) in winners.items()
            if number in texts
        }

    def _winners(
        self, rows: Iterable[tuple[int, int, int, int, int]]
    ) -> dict[int, tuple[int, ...]]:
        """Return what each key's winner wins by, its id last.

        Of each row there is a key, the rank, the file, the place and the id.
        """
        files = self._files()
        winners: dict[int, tuple[int, ...]] = {}
        try:
            for key, rank, file, place, number in rows:
                if file in files and (self.by_sentence or rank & WHOLE):
                    score = (rank, files[file], place, number)
                    winners[key] = max(score, winners.get(key, score))
        except TypeError as error:
            raise Damaged(f"rows that are none: {error}") from error
        return winners

    # By text

    def find(self, segment: Segment) -> Match | None:
        """Return the match for a segment, exact if there is one."""
        match = self.find_exactly(segment.key)
        if match is not None or self._database is None:
            return match
        number = normal_number(segment.source)
        found = self._one("normal", number)
        if found is None:
            return None
        try:
            return found.match(fit(found.source, found.target, segment))
        except TagError:
            return None

    def knows_any(self, texts: Iterable[str]) -> bool:
        """Tell whether one of `text_keys` is a unit's, or its beginning."""
        known = "normal BETWEEN ? AND ?"
        begins = f"start BETWEEN ? AND ? AND rank & {HUMAN}"
        where = [known, begins] if self.by_sentence else [known]
        ranges = [numbers for text in texts if (numbers := _numbers_from(text))]
        for start in range(0, len(ranges), _FEW):
            part = ranges[start : start + _FEW]
            condition = " OR ".join(where * len(part))
            query = f"SELECT 1 FROM row WHERE {{among}} AND ({condition}) LIMIT 1"
            values = [number for each in part for number in each * len(where)]
            if self.ask(query, values):
                return True
        return False

    def lengths_from(self, sentence: str) -> list[int]:
        """Return how many sentences units of people's have that start with this.

        The most first, and none of more than `MAX_SENTENCES`.
        """
        query = (
            "SELECT DISTINCT sentences FROM row WHERE start = ? AND {among} AND"
            f" rank & {HUMAN} AND sentences <= {MAX_SENTENCES} ORDER BY 1 DESC"
        )
        number = normal_number(sentence)
        rows = self._remembered("start", number, lambda: self.ask(query, [number]))
        return [length for (length,) in rows]

    def similar(self, source: str, limit: int = 1) -> list[Similar]:
        """Return units of people's that are like a text, the most similar first."""
        from sphinx_amts.memory import similar  # only where something is missing

        units = similar.sharing_most(self.units_with(similar.phrases_of(source)))
        found = similar.most_similar(source, self.sources(units), limit)
        rows = self.best("normal", [number for number, _similarity in found])
        return [
            Similar(row.source, row.target, similarity, row.kinds)
            for number, similarity in found
            if (row := rows.get(number)) and row.origin.is_human
        ]

    def units_with(self, phrases: Collection[int]) -> dict[int, list[int]]:
        """Return the ids of units that have phrases, by the phrase; see `phrase_index`.

        Some of them may be of other files.
        """
        if self._database is None:
            return {}

        def find(connection: sqlite3.Connection) -> dict[int, list[int]]:
            phrase_index.bring_up(connection)
            return phrase_index.find(connection, phrases)

        return self._database.use(find)

    @cached_property
    def units(self) -> int:
        """How many units there are in all files."""
        if self._database is None:
            return 0
        found = self._database.ask("SELECT id, units FROM file")
        return sum(units for number, units in found if number in self._files())

    def numbers(self, column: str, units: Iterable[int]) -> dict[int, int]:
        """Return what units of these files have in a column, by the units' ids."""
        ids = [*units]
        found: dict[int, int] = {}
        for start in range(0, len(ids), _MANY):
            part = ids[start : start + _MANY]
            marks = ",".join("?" * len(part))
            query = f"SELECT id, {column} FROM row WHERE {{among}} AND id IN ({marks})"
            found.update(self.ask(query, part))
        return found

    def sources(self, units: Iterable[int]) -> list[tuple[int, str]]:
        """Return the sources of people's units and of their sentences.

        Each with the number of its normal form.
        """
        parts = self.numbers("parts", units)
        ranges = [(unit, unit + count) for unit, count in parts.items()]
        where = " OR ".join(["id BETWEEN ? AND ?"] * len(ranges))
        query = (
            "SELECT normal, source FROM row JOIN text USING (id) WHERE {among}"
            f" AND rank & {HUMAN}"
        )
        values = [number for each in ranges for number in each]
        return self.ask(f"{query} AND ({where})", values) if ranges else []


def _with_any(
    connection: sqlite3.Connection, query: str, column: str, numbers: Sequence[int]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows with one of the numbers in a column."""
    for start in range(0, len(numbers), _MANY):
        part = numbers[start : start + _MANY]
        marks = ",".join("?" * len(part))
        yield from connection.execute(f"{query} WHERE {column} IN ({marks})", part)


def _number(key: str) -> int | None:
    """Return the number of a segment's key; none for what is no key of ours."""
    try:
        return number_of(key.partition(":")[0])
    except ValueError:
        return None


def _numbers_from(text: str) -> tuple[int, int] | None:
    """Return what `numbers_from` does; none for what begins no key of ours."""
    try:
        return numbers_from(text)
    except ValueError:
        return None


def _found(values: Sequence[Any]) -> Found:
    """Read what the database has of a unit; raises `Damaged` for what is not ours."""
    rank, source, target, origin, kinds = values
    is_ours = all(isinstance(each, str) for each in (source, target, origin, kinds))
    if not (is_ours and isinstance(rank, int) and origin in _ORIGINS):
        raise Damaged("a unit that is none")
    return Found(source, target, _ORIGINS[origin], rank, kinds)
