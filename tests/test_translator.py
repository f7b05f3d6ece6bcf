"""The translator: memory before engine, the ladder, failures, requests."""

from __future__ import annotations

import pickle
import re
import time
from itertools import chain

import pytest

from sphinx_amts.engines.base import Engine, Limits, Untranslated
from sphinx_amts.engines.contract import Budget
from sphinx_amts.engines.offline import IdentityEngine, MemoryEngine, PseudoEngine
from sphinx_amts.errors import EngineUnavailable, SegmentError
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.memory.unit import Origin, TranslationUnit
from sphinx_amts.text.hollow import hollow
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment
from sphinx_amts.text.tagged import Context, TaggedText, byte_length, equivalents_of
from sphinx_amts.translation.asking import Order, Problems
from sphinx_amts.translation.translator import Translator

pytestmark = pytest.mark.newest

PAIR = LanguagePair("en", "es")


class Listening(PseudoEngine):
    """Pseudo text, and a list of what was asked for, request by request."""

    name = "listening"
    gathers = True
    repeats = False

    def __init__(self, limits=None):
        self.limits = limits or Limits()
        self.heard = []

    def translate(self, sources, pair):
        self.heard.append(list(sources))
        return self.answer(sources, pair)

    def answer(self, sources, pair):
        return super().translate(sources, pair)


@pytest.fixture
def make_translator(tmp_path):
    complaints = []

    def make(engine, people=(), *, timeout_s=None, max_characters=None):
        store = Store(tmp_path / "cache", complaints.append)
        order = Order(Problems(), Budget(max_characters), timeout_s=timeout_s)
        return Translator(PAIR, engine, store, lambda: People.of(people), order)

    yield make
    assert complaints == []


def missing(translator, segments):
    """Return what the engine would be asked for."""
    return translator.to_send(translator.known.look_all(segments).values())


def segment(source):
    tags = [
        Placeholder(int(number), "code")
        if name == "x"
        else InlineTag(int(number), "strong")
        for name, number in re.findall(r'<([xg]) id="(\d+)"', source)
    ]
    return Segment(source, tuple(tags))


def test_the_engine_is_asked_once_for_each_text(make_translator):
    engine = Listening()
    translator = make_translator(engine)
    first, again = segment("A tree."), segment("A tree.")
    translator.ask(missing(translator, [first, again, segment("A leaf.")]))
    assert engine.heard == [["A tree.", "A leaf."]]
    assert translator.known.find(again).target == "[Å ţřéé. ~~~]"
    assert missing(translator, [first]) == []


def test_another_process_finds_it_in_the_store(make_translator):
    make_translator(Listening()).ask([segment("A tree.")])
    engine = Listening()
    translator = make_translator(engine)
    assert missing(translator, [segment("A tree.")]) == []
    assert translator.known.find(segment("A tree.")).origin is Origin.MACHINE
    assert engine.heard == []


def test_the_kind_of_a_placeholder_belongs_to_a_machine_translation(make_translator):
    make_translator(Listening()).ask(
        [Segment('<x id="1"/> grows', (Placeholder(1, "code"),))]
    )
    other = Segment('<x id="1"/> grows', (Placeholder(1, "math"),))
    assert missing(make_translator(Listening()), [other]) == [other]


def test_a_new_signature_translates_again_and_people_stay(make_translator):
    class Newer(Listening):
        def signature(self, pair):
            return "listening 2"

    unit = TranslationUnit("A leaf.", "Una hoja.")
    make_translator(Listening(), [unit]).ask([segment("A tree.")])
    translator = make_translator(Newer(), [unit])
    texts = [segment("A tree."), segment("A leaf.")]
    assert missing(translator, texts) == texts[:1]
    assert translator.known.find(texts[1]).target == "Una hoja."


def test_people_come_before_the_store(make_translator):
    make_translator(Listening()).ask([segment("A tree.")])
    translator = make_translator(Listening(), [TranslationUnit("A tree.", "Un árbol.")])
    match = translator.known.find(segment("A tree."))
    assert (match.target, match.origin) == ("Un árbol.", Origin.HUMAN)


@pytest.mark.parametrize("engine", [IdentityEngine(), PseudoEngine()])
def test_offline_engines_keep_the_contract(make_translator, engine):
    translator = make_translator(engine)
    texts = [
        segment("Plain."),
        segment('See <g id="1">the <x id="2"/> here</g> &amp; there.'),
        segment("a &lt;b&gt; c"),
    ]
    translator.ask(texts)
    assert all(translator.known.find(text).target for text in texts)
    assert not len(translator.problems)


def test_the_memory_engine_is_never_asked(make_translator):
    translator = make_translator(MemoryEngine())
    assert missing(translator, [segment("A tree.")]) == []
    assert translator.known.find(segment("A tree.")) is None


class Rung(Listening):
    """Keeps tags only where ``keeps`` says so."""

    def answer(self, sources, pair):
        return [
            answer if self.keeps(source, sources) else re.sub("<[^>]*>", "", answer)
            for source, answer in zip(
                sources, super().answer(sources, pair), strict=True
            )
        ]


TAGGED = 'Open <g id="1">the door</g>. Then close <x id="2"/> and go.'


def test_second_rung_asks_alone(make_translator):
    class Alone(Rung):
        def keeps(self, source, sources):
            return len(sources) == 1

    engine = Alone()
    translator = make_translator(engine)
    translator.ask([segment(TAGGED), segment("Other.")])
    assert engine.heard == [[TAGGED, "Other."], [TAGGED]]
    assert "ţĥé ðööř</g>" in translator.known.find(segment(TAGGED)).target


def test_an_engine_that_repeats_itself_is_not_asked_alone(make_translator):
    class Same(Rung):
        repeats = True

        def keeps(self, source, sources):
            return "<g" not in source

    engine = Same()
    make_translator(engine).ask([segment(TAGGED)])
    assert engine.heard == [[TAGGED], list(hollow(TAGGED).sources())]


def test_third_rung_takes_the_words_out_of_inline_tags(make_translator):
    class NoSpans(Rung):
        def keeps(self, source, sources):
            return "<g" not in source

    engine = NoSpans()
    translator = make_translator(engine)
    translator.ask([segment(TAGGED)])
    assert engine.heard[2] == [
        'Open <x id="1"/>. Then close <x id="2"/> and go.',
        "the door",
    ]
    assert (
        '<g id="1">[ţĥé ðööř ~~~]</g>' in translator.known.find(segment(TAGGED)).target
    )


def test_words_in_the_tags_of_many_texts_are_asked_for_once(make_translator):
    class NoSpans(Rung):
        repeats = True

        def keeps(self, source, sources):
            return "<g" not in source

    engine = NoSpans(Limits(max_segments=3))
    translator = make_translator(engine)
    texts = [f'See <g id="1">the guide</g>, part {number}.' for number in range(9)]
    translator.ask([segment(text) for text in texts])
    asked = list(chain(*engine.heard))
    assert asked.count("the guide") == 1
    assert len(asked) == len(set(asked)) == 9 + 9 + 1
    for text in texts:
        assert "ţĥé ĝûîðé" in translator.known.find(segment(text)).target


def test_fourth_rung_goes_sentence_by_sentence(make_translator):
    class Short(Rung):
        def keeps(self, source, sources):
            return "<g" not in source and len(source) < 40

    engine = Short()
    translator = make_translator(engine)
    translator.ask([segment(TAGGED)])
    assert engine.heard[-1] == [
        'Open <x id="1"/>.',
        "the door",
        'Then close <x id="2"/> and go.',
    ]
    assert translator.known.find(segment(TAGGED)).target == (
        '[Öpéñ <g id="1">[ţĥé ðööř ~~~]</g>. ~~]'
        ' [Ţĥéñ çļöšé <x id="2"/> åñð ĝö. ~~~~~~~]'
    )


def test_a_refusal_is_remembered(make_translator):
    class Never(Rung):
        def keeps(self, source, sources):
            return False

    make_translator(Never()).ask([segment(TAGGED)])
    engine = Never()
    translator = make_translator(engine)
    assert missing(translator, [segment(TAGGED)]) == []
    assert "tags differ" in translator.known.find(segment(TAGGED)).refusal
    assert engine.heard == []


def test_a_failed_segment_is_asked_for_again_by_the_next_build(make_translator):
    class Partly(Listening):
        def answer(self, sources, pair):
            answers = super().answer(sources, pair)
            return [
                Untranslated("busy") if "leaf" in source else answer
                for source, answer in zip(sources, answers, strict=True)
            ]

    translator = make_translator(Partly())
    texts = [segment("A tree."), segment("A leaf.")]
    translator.ask(texts)
    assert [bool(translator.known.find(text)) for text in texts] == [True, False]
    assert missing(translator, texts) == [], "not twice in one build"
    assert missing(make_translator(Partly()), texts) == texts[1:]


def test_a_segment_error_of_one_does_not_lose_the_others(make_translator):
    class Strict(Listening):
        def answer(self, sources, pair):
            if any("leaf" in source for source in sources):
                raise SegmentError("no leaves")
            return super().answer(sources, pair)

    translator = make_translator(Strict())
    texts = [segment("A tree."), segment("A leaf."), segment("A root.")]
    translator.ask(texts)
    assert [bool(translator.known.find(text)) for text in texts] == [True, False, True]
    assert not translator.down


class Raising(Listening):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def answer(self, sources, pair):
        raise self.error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (EngineUnavailable("no key. Get one."), "engine 'listening': no key. Get one."),
        (KeyError("x"), "engine 'listening' failed: KeyError: 'x'"),
    ],
)
def test_an_engine_that_fails_is_asked_no_more(make_translator, error, message):
    engine = Raising(error)
    translator = make_translator(engine)
    translator.ask([segment("A tree.")])
    translator.ask([segment("A leaf.")])
    assert [problem.message for problem in translator.problems] == [message]
    assert len(engine.heard) == 1
    assert missing(translator, [segment("A root.")]) == []


def test_an_engine_that_hangs_is_left_behind(make_translator):
    class Slow(Listening):
        def answer(self, sources, pair):
            time.sleep(30)

    translator = make_translator(Slow(), timeout_s=0.1)
    began = time.monotonic()
    translator.ask([segment("A tree.")])
    assert time.monotonic() - began < 10
    assert "no answer in 0.1 s" in translator.down


@pytest.mark.parametrize("answer", [[], ["one", "two", "three"]])
def test_a_wrong_number_of_answers_is_used_for_nothing(make_translator, answer):
    class Counting(Listening):
        def answer(self, sources, pair):
            return answer

    translator = make_translator(Counting())
    texts = [segment("A tree."), segment("A leaf.")]
    translator.ask(texts)
    assert f"answered {len(answer)} segments for 2" in translator.down
    assert not any(map(translator.known.find, texts))


@pytest.mark.parametrize("answer", [None, 7, b"bytes", "", " ", "\x07", "x" * 100_000])
def test_nonsense_never_becomes_a_target(make_translator, answer):
    class Nonsense(Listening):
        def answer(self, sources, pair):
            return [answer] * len(sources)

    translator = make_translator(Nonsense())
    translator.ask([segment("A tree.")])
    match = translator.known.find(segment("A tree."))
    assert match is None or match.refusal


def test_requests_are_few_and_within_the_limits(make_translator):
    limits = Limits(max_bytes=10_000, max_segments=200)
    engine = Listening(limits)
    texts = [
        segment(f"Number {number} " + "word " * (number * 7 % 150))
        for number in range(900)
    ]
    make_translator(engine).ask(texts)
    sizes = [sum(map(byte_length, request)) for request in engine.heard]
    assert max(sizes) <= 10_000
    assert max(map(len, engine.heard)) <= 200
    assert sorted(chain(*engine.heard)) == sorted(text.source for text in texts)
    needed = -(-sum(sizes) // 10_000)
    assert len(sizes) <= 1.1 * needed


def test_a_text_over_the_limit_goes_sentence_by_sentence(make_translator):
    engine = Listening(Limits(max_bytes=50))
    text = segment("The first sentence is this. The second sentence is that one.")
    translator = make_translator(engine)
    translator.ask([text])
    assert engine.heard == [
        ["The first sentence is this."],
        ["The second sentence is that one."],
    ]
    assert translator.known.find(text).target.count("[") == 2


def test_the_request_rate_is_held(make_translator):
    engine = Listening(Limits(max_segments=1, max_requests_per_s=50))
    began = time.monotonic()
    make_translator(engine).ask([segment(f"Tree {number}.") for number in range(11)])
    assert time.monotonic() - began >= 10 / 50


def test_what_was_answered_is_kept_when_a_later_request_fails(make_translator):
    class Dying(Listening):
        def answer(self, sources, pair):
            if len(self.heard) > 2:
                raise EngineUnavailable("gone")
            return super().answer(sources, pair)

    engine = Dying(Limits(max_segments=1))
    texts = [segment(f"Tree {number}.") for number in range(5)]
    make_translator(engine).ask(texts)
    assert len(missing(make_translator(Listening()), texts)) == 3


class Abstract(Engine):
    """Only what the contract asks for."""

    name = "abstract"

    def translate(self, sources, pair):
        return [source.upper() for source in sources]


def test_the_least_engine_is_enough(make_translator):
    translator = make_translator(Abstract())
    translator.ask([segment("A tree.")])
    assert translator.known.find(segment("A tree.")).target == "A TREE."


# Many requests at once


class Shuffled(Listening):
    """Answers requests in another order than they were asked."""

    limits = Limits(max_segments=1)

    def __init__(self):
        super().__init__(self.limits)
        self.closed = []

    def translate_all(self, requests, pair):
        try:
            yield from self.shuffled(requests, pair)
        finally:
            self.closed.append(len(requests))

    def shuffled(self, requests, pair):
        for number in reversed(range(len(requests))):
            yield number, self.translate(requests[number], pair)


TREES = [segment(f"Tree {number}.") for number in range(5)]


def test_requests_may_be_answered_in_any_order(make_translator):
    engine = Shuffled()
    translator = make_translator(engine)
    translator.ask(TREES)
    assert engine.heard[0] == ["Tree 4."]
    assert [translator.known.find(tree).target[-7:] for tree in TREES] == [
        f"{number}. ~~~]" for number in range(5)
    ]
    assert translator.asker.meter.requests == 5


@pytest.mark.parametrize("error", [EngineUnavailable("gone"), KeyError("x")])
def test_what_was_yielded_is_kept_when_the_rest_fails(make_translator, error):
    class Dying(Shuffled):
        def shuffled(self, requests, pair):
            yield 3, ["[Ţřéé 3.]"]
            yield 1, ["[Ţřéé 1.]"]
            raise error

    translator = make_translator(Dying())
    translator.ask(TREES)
    assert translator.down
    again = make_translator(Shuffled())
    assert missing(again, TREES) == [TREES[0], TREES[2], TREES[4]]


def test_it_is_kept_before_the_next_answer_is_asked_for(make_translator):
    seen = []

    class Watched(Shuffled):
        def shuffled(self, requests, pair):
            for number, request in enumerate(requests):
                seen.append(len(missing(make_translator(Listening()), TREES)))
                yield number, self.translate(request, pair)

    make_translator(Watched()).ask(TREES)
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("yielded", "message"),
    [
        ([(0, ["Uno."])], "left 4 requests without an answer"),
        ([(0, ["Uno."]), (0, ["Uno."])], "answered a request 0 that does not wait"),
        ([(0, ["Uno."]), (7, ["Uno."])], "answered a request 7 that does not wait"),
        ([(0, ["Uno."]), (1, ["1", "2"])], "answered 2 segments for 1"),
        ([(0, ["Uno."]), 7], "failed: TypeError"),
    ],
)
def test_answers_against_the_contract_end_it(make_translator, yielded, message):
    class Wrong(Shuffled):
        def shuffled(self, requests, pair):
            yield from yielded

    engine = Wrong()
    translator = make_translator(engine)
    translator.ask(TREES)
    assert message in translator.down
    assert [bool(translator.known.find(tree)) for tree in TREES] == [True] + [False] * 4
    assert engine.closed == [5], "it can let go of what it holds"


def test_the_time_limit_is_for_one_answer_not_for_all(make_translator):
    class Steady(Shuffled):
        def shuffled(self, requests, pair):
            for answer in super().shuffled(requests, pair):
                time.sleep(0.15)
                yield answer

    translator = make_translator(Steady(), timeout_s=0.6)
    translator.ask(TREES)
    assert not translator.down
    assert all(map(translator.known.find, TREES))


def test_an_engine_that_stops_answering_is_left_behind(make_translator):
    class Stuck(Shuffled):
        def shuffled(self, requests, pair):
            yield 2, ["Dos."]
            time.sleep(30)

    translator = make_translator(Stuck(), timeout_s=0.2)
    began = time.monotonic()
    translator.ask(TREES)
    assert time.monotonic() - began < 10
    assert "no answer in 0.2 s" in translator.down
    assert translator.known.find(TREES[2]).target == "Dos."


def test_progress_is_told_answer_by_answer(make_translator):
    told = []
    make_translator(Shuffled()).ask(TREES, told.append)
    assert told[:5] == [1] * 5
    assert sum(told) == 5


def test_what_came_back_broken_goes_down_the_ladder(make_translator):
    class Broken(Listening):
        def answer(self, sources, pair):
            if "<g" in "".join(sources):
                return [Untranslated("cut off", is_broken=True)] * len(sources)
            return super().answer(sources, pair)

    engine = Broken()
    translator = make_translator(engine)
    translator.ask([segment(TAGGED)])
    assert len(engine.heard) == 3
    assert translator.known.find(segment(TAGGED)).target
    never = segment('<g id="1">Never</g> <g id="2">so</g>.')

    class Always(Listening):
        def answer(self, sources, pair):
            return [Untranslated("cut off", is_broken=True)] * len(sources)

    translator = make_translator(Always())
    translator.ask([never])
    assert translator.known.find(never).refusal == "cut off"


def test_the_size_of_requests_is_as_the_engine_counts(make_translator):
    class Wide(Listening):
        def size(self, source):
            return byte_length(source) + 20

    engine = Wide(Limits(max_bytes=100))
    make_translator(engine).ask([segment(f"Tree {number:03}.") for number in range(12)])
    assert list(map(len, engine.heard)) == [3] * 4  # 29 each


# What readers see


def test_equivalents_go_to_the_engine_on_every_rung(make_translator):
    known = {1: "the gate", 3: "make all", 5: "§"}
    source = (
        '<g id="2">Open <x id="1"/></g> with <x id="3"/>. Then <x id="4"/> <x id="5"/>.'
    )
    heard = []

    class Reading(Rung):
        def keeps(self, source, sources):
            return False

        def answer(self, sources, pair):
            heard.extend((str(text), equivalents_of(text)) for text in sources)
            return super().answer(sources, pair)

    make_translator(Reading()).ask([Segment(TaggedText(source, known))])
    assert heard == [
        (source, known),
        (source, known),
        (
            '<x id="2"/> with <x id="3"/>. Then <x id="4"/> <x id="5"/>.',
            {2: "Open the gate", 3: "make all", 5: "§"},
        ),
        ('Open <x id="1"/>', {1: "the gate"}),
        ('<x id="2"/> with <x id="3"/>.', {2: "Open the gate", 3: "make all"}),
        ('Open <x id="1"/>', {1: "the gate"}),
        ('Then <x id="4"/> <x id="5"/>.', {5: "§"}),
    ]


def test_a_text_with_equivalents_is_the_text():
    text = TaggedText('Run <x id="1"/>.', {1: "make"}, Context("Lamps", "Some text."))
    assert text == 'Run <x id="1"/>.'
    assert Segment(text) == Segment(str(text))
    assert Segment(text).key == Segment(str(text)).key
    again = pickle.loads(pickle.dumps(Segment(text)))
    assert again.source.equivalents == {1: "make"}
    assert again.source.context == text.context
    assert equivalents_of("Run.") == {}


def test_the_engine_memory_uses_what_all_engines_have_made(make_translator):
    class Named(Listening):
        def __init__(self, name):
            super().__init__()
            self.name = name

        def answer(self, sources, pair):
            return [f"{self.name} of {source}" for source in sources]

    one, two, three = (Segment(text) for text in ("Uno.", "Dos.", "Tres."))
    for name, texts in {
        "local": [one, two],
        "amazon": [one],
        "pseudo": [one, two, three],
    }.items():
        make_translator(Named(name)).ask(texts)
    memory = make_translator(MemoryEngine())
    found = [memory.known.find(each) for each in (one, two, three)]
    assert [each and each.target for each in found] == [
        "amazon of Uno.",
        "local of Dos.",
        None,
    ]
    assert memory.to_send(memory.known.look_all([three]).values()) == []
    before = memory.identity
    make_translator(Named("own")).ask([three])
    assert make_translator(MemoryEngine()).identity != before
