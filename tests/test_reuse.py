"""People's translations outlive changes of the text around them and of its looks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sphinx_amts.engines.base import Engine
from sphinx_amts.engines.offline import MemoryEngine
from sphinx_amts.memory.compose import cut
from sphinx_amts.memory.normal import normal_form
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.memory.unit import Origin, TranslationUnit
from sphinx_amts.text.check import check
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment
from sphinx_amts.text.sentences import join_sentences
from sphinx_amts.text.tagged import TaggedText, give_ids, tag_ids
from sphinx_amts.translation.asking import no_order
from sphinx_amts.translation.translator import Translator

pytestmark = pytest.mark.newest

PAIR = LanguagePair("en", "es")


class Shouting(Engine):
    """Answers in capitals, and keeps what it was asked."""

    name = "shouting"
    repeats = True

    def __init__(self) -> None:
        self.heard: list[str] = []

    def translate(self, sources: Sequence[str], pair: LanguagePair) -> list[str]:
        self.heard += sources
        return [shout(source) for source in sources]


def shout(source: str) -> str:
    parts = re.split(r"(<[^>]*>)", source)
    return "".join(p if p.startswith("<") else p.upper() for p in parts)


def segment(source: str, span: str = "strong") -> Segment:
    kinds = {int(n): name for name, n in re.findall(r'<([xg]) id="(\d+)"', source)}
    return Segment(
        source,
        tuple(
            Placeholder(number, "code")
            if kinds[number] == "x"
            else InlineTag(number, span)
            for number in sorted(kinds)
        ),
    )


def unit(source: str, target: str, **more: object) -> TranslationUnit:
    kinds = ",".join(tag.kind for tag in segment(source).tags)
    return TranslationUnit(source, target, kinds=kinds, **more)


@pytest.fixture
def make_translator(tmp_path):
    def make(units, engine=None, digest="1", forbidden=""):
        people = People.of(units, digest)
        store = Store(tmp_path / "cache", pytest.fail)
        order = no_order()._replace(forbidden=forbidden)
        return Translator(PAIR, engine or Shouting(), store, lambda: people, order)

    return make


def translate(translator, *sources):
    """Have texts translated as a build does; return their targets."""
    segments = [
        source if isinstance(source, Segment) else segment(source) for source in sources
    ]
    looks = translator.known.look_all(segments)
    made = translator.ask(translator.to_send(looks.values()))
    looks = {key: translator.complete(look, made) for key, look in looks.items()}
    translator.known.keep(looks.values())
    matches = [looks[each.key].match for each in segments]
    return [match and match.target for match in matches]


# One text, written in another way


ONE = 'Run <x id="1"/> in the "old" town.'
UNO = 'Ejecute <x id="1"/> en el casco "antiguo".'


@pytest.mark.parametrize(
    "now",
    [
        'Run  <x id="1"/> in\u00a0the "old" town. ',
        'Run <x id="1"/> in the “old” town.',
        'Run <x id="1"/> in the "<g id="2">old</g>" town.',
        'Run <x id="1"/> in [<g id="2">the "old" town</g>].',
    ],
)
def test_the_looks_of_a_text_do_not_lose_its_translation(make_translator, now):
    translator = make_translator([unit(ONE, UNO)])
    (target,) = translate(translator, now)
    assert target == UNO
    assert translator.known.find(segment(now)).origin is Origin.HUMAN
    assert translator.engine.heard == []


@pytest.mark.parametrize(
    "now",
    [
        'Run <x id="1"/> in the "new" town.',
        'Run in the "old" town.',
        'Run <x id="1"/> <x id="2"/> in the "old" town.',
        'run <x id="1"/> in the "old" town.',
    ],
)
def test_another_text_is_another_text(make_translator, now):
    translator = make_translator([unit(ONE, UNO)])
    translate(translator, now)
    assert translator.engine.heard == [now]


def test_let_us_is_let_s(make_translator):
    translator = make_translator([unit("Now let us see.", "Veamos.")])
    assert translate(translator, "Now let’s see.") == ["Veamos."]


def test_an_emphasis_that_is_gone_leaves_the_target_too(make_translator):
    was = unit(
        'See <g id="1">the <x id="2"/></g> &amp; <x id="3"/>.',
        '<x id="3"/> &amp; <g id="1">la <x id="2"/></g>.',
    )
    now = 'See the <x id="1"/> &amp; <x id="2"/>.'
    assert translate(make_translator([was]), now) == [
        '<x id="2"/> &amp; la <x id="1"/>.'
    ]


def test_an_emphasis_of_the_same_words_is_kept_with_other_ids(make_translator):
    was = unit(
        '<g id="1">Now</g> see <g id="2">the map</g>, <x id="3"/>.',
        '<g id="1">Ahora</g> vea <g id="2">el mapa</g>, <x id="3"/>.',
    )
    now = 'Now see <g id="1">the map</g>, <x id="2"/>.'
    assert translate(make_translator([was]), now) == [
        'Ahora vea <g id="1">el mapa</g>, <x id="2"/>.'
    ]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("Usa NumPy aquí.", 'Usa <g id="1">NumPy</g> aquí.'),
        ("Usa numpy aquí.", "Usa numpy aquí."),
        ("NumPy, usa NumPy.", "NumPy, usa NumPy."),
    ],
)
def test_a_new_emphasis_is_put_where_its_words_are(make_translator, target, expected):
    translator = make_translator([unit("Use NumPy here.", target)])
    assert translate(translator, 'Use <g id="1">NumPy</g> here.') == [expected]


def test_a_new_link_is_no_emphasis(make_translator):
    translator = make_translator([unit("Use the map here.", "Usa el mapa aquí.")])
    now = segment('Use <g id="1">the map</g> here.', "reference")
    translate(translator, now)
    assert translator.engine.heard == [now.source]


# Some of its sentences


def test_only_the_sentences_that_nobody_knows_are_sent(make_translator):
    translator = make_translator(
        [unit("One is.", "Uno es."), unit("Three is.", "Tres es.")]
    )
    assert translate(translator, "One is. Two is. Three is.") == [
        "Uno es. TWO IS. Tres es."
    ]
    assert translator.engine.heard == ["Two is."]
    assert (
        translator.known.find(segment("One is. Two is. Three is.")).origin
        is Origin.MIXED
    )
    # The new sentence is known in any paragraph now, also to a later build.
    later = make_translator([unit("One is.", "Uno es.")])
    assert translate(later, "Two is. One is.") == ["TWO IS. Uno es."]
    assert later.engine.heard == []


def test_a_paragraph_gives_its_sentences(make_translator):
    known = unit('One is. See <x id="1"/>. Two is.', 'Uno es. Ve <x id="1"/>. Dos es.')
    translator = make_translator([known])
    now = 'Use <x id="1"/>. See <x id="2"/>. New is. One is.'
    assert translate(translator, now) == [
        'USE <x id="1"/>. Ve <x id="2"/>. NEW IS. Uno es.'
    ]
    assert translator.engine.heard == ['Use <x id="1"/>.', "New is."]


def test_all_sentences_known_is_a_persons_work(make_translator):
    translator = make_translator([unit("One is. Two is.", "Uno es. Dos es.")])
    assert translate(translator, "Two is. One is.") == ["Dos es. Uno es."]
    assert translator.known.find(segment("Two is. One is.")).origin is Origin.HUMAN


def test_the_longest_unit_comes_first(make_translator):
    translator = make_translator(
        [
            unit("One is.", "Uno es."),
            unit("Two is.", "Dos es."),
            unit("One is. Two is.", "Uno y dos son."),
        ]
    )
    assert translate(translator, "New is. One is. Two is. One is.") == [
        "NEW IS. Uno y dos son. Uno es."
    ]


@pytest.mark.parametrize(
    "target",
    [
        "Uno y dos son.",  # which half would be whose?
        'Uno <x id="1"/>. Dos es.',  # the sentences have changed places
        "Uno. Dos es, y esto no se dice en el primero pero aquí conviene decirlo todo.",
    ],
)
def test_a_paragraph_in_doubt_gives_no_sentences(make_translator, target):
    source = 'One is. Two <x id="1"/>.' if "<x" in target else "One is. Two is."
    translator = make_translator([unit(source, target)])
    translate(translator, "One is. New is.")
    assert translator.engine.heard == ["One is. New is."]


def test_a_machines_paragraph_gives_no_sentences(make_translator):
    machine = unit("One is. Two is.", "Uno es. Dos es.", origin=Origin.MACHINE)
    translator = make_translator([machine])
    assert translate(translator, "One is. Two is.") == ["Uno es. Dos es."]
    translate(translator, "One is. New is.")
    assert translator.engine.heard == ["One is. New is."]


def test_people_come_before_what_a_machine_made_of_the_whole(make_translator):
    paragraph = "One is. Two is."
    assert translate(make_translator([]), paragraph) == ["ONE IS. TWO IS."]
    translator = make_translator([unit("One is.", "Uno es.")])
    assert translate(translator, paragraph) == ["Uno es. TWO IS."]
    # Who cannot ask has the machine's paragraph still.
    alone = make_translator(
        [unit("Two is.", "Dos es.")], digest="2", forbidden="no network"
    )
    assert translate(alone, paragraph) == ["ONE IS. TWO IS."]


def test_a_mixed_paragraph_of_the_committed_memory_is_not_paid_for(make_translator):
    known = [
        unit("One is.", "Uno es."),
        unit("One is. Two is.", "Uno es. DOS ES.", origin=Origin.MIXED),
    ]
    translator = make_translator(known)
    assert translate(translator, "One is. Two is.") == ["Uno es. DOS ES."]
    assert translator.engine.heard == []
    # A better sentence of people's takes the place of the older one.
    known[0] = unit("One is.", "Uno está.")
    translator = make_translator(known, digest="2")
    assert translate(translator, "One is. Two is.") == ["Uno está. TWO IS."]


def test_a_committed_memory_is_enough_whatever_its_units_share(make_translator):
    known = [
        unit("One is. Three is.", "Uno está. Tres está."),
        unit("One is. Two is.", "UNO ES. DOS ES.", origin=Origin.MACHINE),
    ]
    translator = make_translator(known)
    assert translate(translator, "One is. Two is.") == ["UNO ES. DOS ES."]
    assert translator.engine.heard == []


def test_what_was_composed_is_found_by_its_key(make_translator):
    units = [unit("One is.", "Uno es.")]
    paragraph = segment("One is. Two is.")
    translate(make_translator(units), paragraph)
    later = make_translator(units)
    assert later.known.find_key(paragraph.key).target == "Uno es. TWO IS."
    assert make_translator(units, digest="2").known.find_key(paragraph.key) is None


def test_without_an_engine_a_paragraph_known_in_part_is_missing(make_translator):
    translator = make_translator([unit("One is.", "Uno es.")], MemoryEngine())
    assert translate(translator, "One is. Two is.") == [None]


def test_a_refused_sentence_leaves_the_paragraph_to_the_engine(make_translator):
    class Losing(Shouting):
        def translate(self, sources, pair):
            lost = super().translate(sources, pair)
            return [
                "lost" if source == 'Two <x id="1"/>.' else answer
                for source, answer in zip(sources, lost, strict=True)
            ]

    paragraph = 'One is. Two <x id="1"/>.'
    translator = make_translator([unit("One is.", "Uno es.")], Losing())
    assert translate(translator, paragraph) == [None]
    assert translate(translator, paragraph) == ['ONE IS. TWO <x id="1"/>.']


def test_paragraphs_only(make_translator):
    units = [unit("One is. Two is.", "Uno es. Dos es."), unit("Three.", "Tres.")]
    people = People.of(units, by_sentence=False)
    assert people.find(segment("One is. Two is.")).target == "Uno es. Dos es."
    assert people.find(segment("One is.")) is None
    assert cut(segment("Three. Four."), People.of(units), "en")
    assert not cut(segment("Three. Four."), people, "en")


def test_what_readers_see_goes_with_the_sentence(make_translator):
    translator = make_translator([unit("One is.", "Uno es.")])
    text = TaggedText('Use <x id="1"/>. One is. Run <x id="2"/>.', {1: "a", 2: "b"})
    whole = Segment(text, segment(text).tags)
    first, second = translator.to_send(translator.known.look_all([whole]).values())
    assert first.source.equivalents == {1: "a"}
    assert (second.source, second.source.equivalents) == ('Run <x id="1"/>.', {1: "b"})


# Whatever happens to a book


@dataclass(frozen=True)
class Sentence:
    """A sentence of a book, with what a person made of it."""

    number: int
    source: str
    target: str  # "" where nobody has translated it

    @property
    def expected(self) -> str:
        return self.target or shout(self.source)


FORMS = [
    ("Tree {} grows near “the river”.", "El árbol {} crece junto al río."),
    ('Run <x id="1"/> for tree {}.', 'Ejecute <x id="1"/> con el árbol {}.'),
    (
        'See <g id="1">leaf {}</g> and <x id="2"/>.',
        'Vea <x id="2"/> y <g id="1">la hoja {}</g>.',
    ),
]


def sentence(number: int, is_known: bool = True) -> Sentence:
    source, target = FORMS[number % len(FORMS)]
    return Sentence(
        number, source.format(number), target.format(number) if is_known else ""
    )


def paragraph(texts: Sequence[str]) -> str:
    """Put sentences together, each with its own ids, under ids that count on."""
    out, last = [], 0
    for text in texts:
        numbers = {number: last + number for number in tag_ids(text)}
        out.append(give_ids(text, numbers))
        last += len(numbers)
    return join_sentences(out, "es")


Book = list[list[Sentence]]
EDITS = ["edit", "insert", "delete", "move", "split", "merge", "rename", "swap"]


def apply(book: Book, edit: str, a: int, b: int, number: int) -> None:
    """Do what authors do to the paragraph ``a``, with its sentence ``b``."""
    if not book:
        book.append([sentence(number, False)])
    place = a % len(book)
    chosen = book[place]
    spot = b % len(chosen)
    if edit == "edit":
        chosen[spot] = sentence(number, False)
    elif edit == "insert":
        chosen.insert(spot, sentence(number, False))
    elif edit == "delete":
        del chosen[spot]
    elif edit == "move":
        book.insert(b % len(book), book.pop(place))
    elif edit == "split":
        book[place : place + 1] = [chosen[:spot], chosen[spot:]]
    elif edit == "merge":
        book[place : place + 2] = [
            [each for part in book[place : place + 2] for each in part]
        ]
    elif edit == "rename":  # another form of the same words
        old = chosen[spot]
        source = old.source.translate({0x201C: '"', 0x201D: '"'})
        source = source.replace(" and ", "\u00a0and ").replace(" for ", "\u00a0for ")
        chosen[spot] = Sentence(old.number, source, old.target)
    else:
        other = book[b % len(book)]
        spots = spot, a % len(other)
        chosen[spots[0]], other[spots[1]] = other[spots[1]], chosen[spots[0]]
    book[:] = [each for each in book if each]


@settings(max_examples=80, deadline=None)
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    edits=st.lists(
        st.tuples(st.sampled_from(EDITS), st.integers(0, 9), st.integers(0, 9)),
        max_size=12,
    ),
    by_sentence=st.booleans(),
)
def test_no_sequence_of_edits_loses_or_misplaces_a_translation(
    shape, edits, by_sentence
):
    numbers = iter(range(1, 1000))
    book = [[sentence(next(numbers)) for _each in range(size)] for size in shape]
    units = [
        unit(
            paragraph([each.source for each in group]),
            paragraph([each.target for each in group]),
        )
        for whole in book
        for group in ([[each] for each in whole] if by_sentence else [whole])
    ]
    for edit, a, b in edits:
        apply(book, edit, a, b, next(numbers))
    sources = [paragraph([each.source for each in whole]) for whole in book]
    with TemporaryDirectory() as folder:
        store = Store(Path(folder), pytest.fail)
        translator = Translator(
            PAIR, Shouting(), store, lambda: People.of(units), no_order()
        )
        targets = translate(translator, *sources)
        translator.store.close()
    expected = [paragraph([each.expected for each in whole]) for whole in book]
    assert targets == [
        check(source, text) for source, text in zip(sources, expected, strict=True)
    ]
    known = [each.source for whole in book for each in whole if each.target]
    assert not {normal_form(text) for text in known} & set(
        map(normal_form, translator.engine.heard)
    )
