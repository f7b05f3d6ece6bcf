"""The engine `amazon`, through an unmodified boto3, against a local server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
import sphinx
from books import environment, run
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("boto3", reason="needs boto3")

from amazon_server.languages import LANGUAGES
from amazon_server.translation import foreign

from sphinx_amts.engines.amazon.html import MAX_EQUIVALENT, Page, shown, size
from sphinx_amts.engines.amazon.languages import (
    CODES,
    FORMALITY_TARGETS,
    code_of,
    codes_of,
    near,
)
from sphinx_amts.engines.amazon.realtime import MAX_BYTES, AmazonEngine
from sphinx_amts.engines.contract import EngineSetup, Meter, Untranslated
from sphinx_amts.engines.registry import make_engine
from sphinx_amts.errors import EngineUnavailable, SettingError, UnsupportedPair
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.text.languages import LanguagePair, to_bcp47
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import Span, TaggedText, byte_length, parse, serialize
from sphinx_amts.translation.asking import no_order
from sphinx_amts.translation.translator import Translator

pytestmark = pytest.mark.aws

PAIR = LanguagePair("en", "es")
TAGGED = TaggedText(
    'Run <x id="1"/> in the <g id="2">main <x id="3"/></g> &amp; wait.',
    {1: "make all", 3: "<folder>"},
)
OPERATION = "TranslateText"


# Texts as HTML


def test_a_text_is_a_paragraph_and_readers_words_are_protected():
    assert Page.of([TAGGED, "Done."]).html == (
        '<p id="a">Run <span translate="no" id="b">make all</span> in the'
        ' <b id="c">main <span translate="no" id="d">&lt;folder&gt;</span></b>'
        ' &amp; wait.</p><p id="e">Done.</p>'
    )


@st.composite
def tagged_texts(draw):
    """Tagged texts of any form, with equivalents of some placeholders."""
    words = st.text(st.sampled_from("ab <>&;\"'é中#x"), max_size=6)
    numbers = iter(range(1, 100))
    equivalents = {}

    def pieces(depth):
        made = []
        for _ in range(draw(st.integers(0, 3))):
            kind = draw(st.integers(0, 3 if depth else 2))
            if kind < 2:
                made.append(draw(words))
            elif kind == 2:
                made.append(next(numbers))
                if draw(st.booleans()):
                    equivalents[made[-1]] = draw(st.text(max_size=80))
            else:
                made.append(Span(next(numbers), tuple(pieces(depth - 1))))
        return [piece for piece in made if piece != ""]

    source = " ".join(serialize(pieces(2)).split())
    return TaggedText(source, equivalents)


@given(st.lists(tagged_texts(), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_what_comes_back_unchanged_is_the_source(sources):
    page = Page.of(sources)
    # Neighbouring pieces of text become one.
    assert page.read(page.html) == [serialize(parse(source)) for source in sources]


@given(st.lists(tagged_texts(), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_the_size_is_never_too_small_and_nearly_right(sources):
    page = Page.of(sources)
    counted = sum(map(size, sources))
    assert byte_length(page.html) <= counted
    assert counted - byte_length(page.html) <= len(page.elements)


@given(st.text(st.sampled_from('<>/pbsan="id acx!-[]&;?'), max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_answer_whatever_is_an_error(answer):
    answers = Page.of([TAGGED, "Done."]).read(answer)
    assert len(answers) == 2


def test_what_readers_see_is_sent_in_one_short_line():
    assert shown(" a\n  b\x07c ") == "a b c"
    assert shown("x" * 500) == "x" * MAX_EQUIVALENT + "\u2026"


HTML = Page.of(["One.", TAGGED, "Three."]).html
FIRST, SECOND, THIRD = re.findall("<p.*?</p>", HTML)


@pytest.mark.parametrize(
    ("answer", "broken"),
    [
        (HTML.replace("make all", "make it all"), {1}),
        (HTML.replace("make all", "<i>make all</i>"), {1}),
        (HTML.replace("make all", ""), {1}),
        (HTML.replace(' id="c"', ""), {1}),
        (HTML.replace(' id="c"', ' id="zz"'), {1}),
        (HTML.replace(' id="e"', ' id="c"'), {1}),
        (HTML.replace("</b>", ""), {1}),
        (HTML.replace("</b>", "</i>"), {1}),
        (HTML.replace("wait", "<br>wait"), {1}),
        (HTML.replace("wait", "<!-- -->wait"), {1}),
        (HTML.replace("wait", "<?php ?>wait"), {1}),
        (HTML.replace("wait", '<script src="x"></script>wait'), {1}),
        (SECOND + THIRD, {0}),
        (FIRST + THIRD + SECOND + SECOND, {1}),
        (FIRST + "between" + SECOND + THIRD, {0, 1}),
        (HTML + "and more", {2}),
        ("before " + HTML, {0}),
        (HTML[:-9], {2}),
        (HTML[: HTML.index("wait")], {1, 2}),
        (HTML.replace("</p>", "", 1), {0}),
        (FIRST + SECOND.replace("wait", f"wait{THIRD}"), {1, 2}),
        (THIRD.replace("Three", 'Three <b id="d">main</b>') + FIRST + SECOND, {1, 2}),
        ("", {0, 1, 2}),
        ("no HTML at all", {0, 1, 2}),
        # Harmless.
        (HTML.replace("<b id", "<B ID").replace("</b>", "</B>"), set()),
        (HTML.replace('id="c"', "id=C"), set()),
        (HTML.replace('id="c"', "id=\u201cc\u201d"), set()),
        (HTML.replace("</p><p", "</p>\n<p"), set()),
        (f"<html><body>{HTML}</body></html>", set()),
        (THIRD + FIRST + SECOND, set()),
    ],
)
def test_only_what_came_back_whole_is_used(answer, broken):
    answers = Page.of(["One.", TAGGED, "Three."]).read(answer)
    found = {number for number in range(3) if isinstance(answers[number], Untranslated)}
    assert found == broken
    assert all(answers[number].is_broken and answers[number].reason for number in found)
    whole = ["One.", TAGGED, "Three."]
    assert [each for number, each in enumerate(answers) if number not in broken] == [
        each for number, each in enumerate(whole) if number not in broken
    ]


def test_protected_words_may_move():
    page = Page.of(['Run <x id="1"/> now.'])
    moved = '<p id="a"><span translate="no" id="b">X</span> ahora: Run.</p>'
    assert page.read(moved) == ['<x id="1"/> ahora: Run.']


def test_entities_are_decoded_once():
    page = Page.of(["a"])
    assert page.read('<p id="a">&eacute; &amp;lt; &#60;b&#62; &nbsp;</p>') == [
        "é &amp;lt; &lt;b&gt; \u00a0"
    ]


# Languages

OF_SPHINX = sorted(
    path.name
    for path in Path(sphinx.__file__).with_name("locale").iterdir()
    if (path / "LC_MESSAGES").is_dir()
)

CODES_OF_SPHINX = {
    "ca@valencia": "ca",
    "de_DE": "de",
    "es_CO": "es",
    "fr_FR": "fr",
    "en_DE": "en",
    "en_FR": "en",
    "en_GB": "en",
    "en_HK": "en",
    "hi_IN": "hi",
    "nb": "no",
    "nb_NO": "no",
    "nn": "no",
    "no": "no",
    "no_NO": "no",
    "pt_BR": "pt",
    "pt_PT": "pt-PT",
    "sr_RS": "sr",
    "uk_UA": "uk",
    "uk": "uk",
    "zh_CN": "zh",
    "zh_HK": "zh-TW",
    "zh_TW": "zh-TW",
    "zh_TW.Big5": "zh-TW",
}
"""Those that the two call by other names."""

UNSUPPORTED = {
    "cak": ("es", "es-MX"),
    "eo": (),
    "eu": ("es",),
    "gl": ("es",),
    "ne": ("hi",),
    "sr@latin": ("hr", "bs", "sr"),
    "yue": ("zh-TW", "zh"),
}
"""Those of Sphinx's that the service lacks, with what is near them."""


def test_the_codes_are_the_service_s():
    assert set(LANGUAGES) == CODES
    assert len(CODES) == 75
    assert FORMALITY_TARGETS < CODES


@pytest.mark.parametrize("language", OF_SPHINX)
def test_every_language_of_sphinx_has_a_code_or_a_neighbour(language):
    tag = to_bcp47(language)
    if language in UNSUPPORTED:
        assert code_of(tag) is None
        assert near(tag) == UNSUPPORTED[language]
        with pytest.raises(UnsupportedPair, match=re.escape(repr(tag))) as raised:
            codes_of(LanguagePair("en", tag))
        if near(tag):
            assert f"Near it are: {', '.join(near(tag))}." in str(raised.value)
    else:
        assert code_of(tag) == CODES_OF_SPHINX.get(language, language)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        *[("zh", "zh"), ("zh_SG", "zh"), ("zh_Hans", "zh"), ("zh_Hant", "zh-TW")],
        *[("pt", "pt"), ("pt_AO", "pt"), ("fr_CA", "fr-CA"), ("fr_CH", "fr")],
        *[("es_MX", "es-MX"), ("es_419", "es"), ("nn_NO", "no"), ("fil", "tl")],
        *[("fa_AF", "fa-AF"), ("prs", "fa-AF"), ("fa_IR", "fa"), ("iw", "he")],
        *[("sr_Cyrl", "sr"), ("sr_Latn", None), ("ru_Cyrl", "ru"), ("ru_Latn", None)],
        *[("az_Latn", "az"), ("az_Cyrl", None), ("lb", None), ("tlh", None)],
    ],
)
def test_codes_of_other_names(language, code):
    assert code_of(to_bcp47(language)) == code


def test_two_names_of_one_language_are_no_pair():
    with pytest.raises(UnsupportedPair, match="one language"):
        codes_of(LanguagePair("nb", "nn"))


# Settings


def make(setup_options=(), **values):
    return make_engine("amazon", EngineSetup(dict(setup_options), values))


def test_the_settings_reach_the_engine_and_options_come_first():
    engine = make(
        {"threads": "3", "region": "eu-west-3"},
        aws_region="us-west-2",
        aws_profile="docs",
        requests_per_second=7.5,
        formality=None,
        terminology="trees",
    )
    assert (engine.access.region, engine.access.profile) == ("eu-west-3", "docs")
    assert (engine.requests_per_second, engine.threads) == (7.5, 3)
    assert engine.terminology == "trees"


@pytest.mark.parametrize(
    "options", [{"threads": "many"}, {"patience_s": 0}, {"speed": 1}]
)
def test_wrong_options_are_named(options):
    with pytest.raises(SettingError, match="amts_engine_options"):
        make(options)


def test_the_signature_has_what_changes_a_translation_and_nothing_else():
    german, chinese = LanguagePair("en", "de"), LanguagePair("en", "zh-CN")
    plain = make().signature(german)
    assert make(aws_region="eu-west-1", aws_profile="a").signature(german) == plain
    assert make(requests_per_second=3).signature(german) == plain
    assert make(formality="formal").signature(german) != plain
    assert make(formality="informal").signature(german) not in (
        plain,
        make(formality="formal").signature(german),
    )
    assert make(terminology="trees").signature(german) != plain
    # The service has one register in Chinese: the setting changes nothing.
    assert make(formality="formal").signature(chinese) == make().signature(chinese)
    assert make().signature(LanguagePair("en", "tlh"))


# Calls


@pytest.fixture
def engine(amazon, aws_variables):
    """Give ``engine(**options)``: one whose service is the local server."""
    aws_variables(amazon)

    def ready(**options):
        made = AmazonEngine(**{"requests_per_second": 500, "threads": 8, **options})
        made.prepare(PAIR)
        return made

    return ready


@pytest.fixture
def translator(tmp_path):
    """Give ``translator(engine)``: the engine with a memory."""

    def made(engine, pair=PAIR):
        store = Store(tmp_path / "store", pytest.fail)
        return Translator(pair, engine, store, lambda: People.of([]), no_order())

    return made


def trees(count):
    return [[f"Tree {number} grows."] for number in range(count)]


def collect(engine, requests, pair=PAIR):
    return dict(engine.answers(requests, pair, Meter()))


def test_texts_come_back_translated(amazon, engine):
    answers = engine().translate(["A tree.", TAGGED], PAIR)
    assert answers[0] == foreign("A tree.", "es")
    assert [piece for piece in parse(answers[1]) if isinstance(piece, int)] == [1]
    (request,) = amazon.ledger.of()
    assert (request.source, request.target) == ("en", "es")
    assert '<span translate="no" id="c">make all</span>' in request.text


def test_settings_go_out_where_the_target_knows_them(engine):
    sent = []
    made = engine(formality="informal")
    made._client.meta.events.register(
        "provide-client-params.translate.TranslateText",
        lambda params, **kwargs: sent.append(params.get("Settings")),
    )
    for target in ("de", "zh-CN", "pt-BR", "pt-PT"):
        made.translate(["A tree."], LanguagePair("en", target))
    informal = {"Formality": "INFORMAL"}
    assert sent == [informal, None, None, informal]


def test_every_answer_goes_to_its_request(engine):
    requests = trees(40)
    answers = collect(engine(), requests)
    assert answers == {
        number: [foreign(text, "es")] for number, (text,) in enumerate(requests)
    }


def test_threads_end_with_the_last_answer(engine):
    collect(engine(), trees(20))
    assert not [each for each in threading.enumerate() if each.name.startswith("amts-")]


def test_who_stops_asking_ends_the_threads(amazon, engine):
    amazon.change(latency_s=0.05)
    answers = engine().answers(trees(200), PAIR, Meter())
    next(answers)
    answers.close()
    assert not [each for each in threading.enumerate() if each.name.startswith("amts-")]
    assert len(amazon.ledger.of()) < 100


def test_too_long_a_text_is_not_sent(amazon, engine):
    (answer,) = engine().translate(["tree " * 2_001], PAIR)
    assert "bytes are too many" in answer.reason
    assert not answer.is_broken
    assert amazon.ledger.of() == []


FAULTS = [
    {"kind": "error", "error": "InternalServerException", "every": 4},
    {"kind": "error", "error": "ServiceUnavailableException", "every": 4},
    {"kind": "error", "error": "ThrottlingException", "times": 2},
    {"kind": "error", "error": "TooManyRequestsException", "times": 2},
    {"kind": "garbage", "every": 4},
    {"kind": "reset", "every": 4},
    {"kind": "hang up", "every": 4},
    {"kind": "hang up later", "every": 4},
    {"kind": "partial", "every": 4},
    {"kind": "no body", "every": 4},
    {"kind": "slow", "seconds": 0.5, "every": 10},
    {"kind": "stall", "seconds": 30, "times": 2},
]


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: fault.get("error", fault["kind"])
)
def test_nothing_is_lost_by_faults_that_pass(amazon, engine, fault):
    amazon.inject(**{"times": None, **fault})
    answers = collect(engine(read_timeout_s=1), trees(40))
    assert len(answers) == 40
    assert all(isinstance(answer, str) for (answer,) in answers.values())


def test_an_outage_is_waited_out(amazon, engine):
    amazon.inject(error="InternalServerException", times=None, for_s=3)
    assert len(collect(engine(), trees(40))) == 40
    assert len(amazon.ledger.of()) < 40 * 2, "while it lasts, one call tries"


def test_a_throttled_service_is_waited_for(amazon, engine):
    amazon.inject(error="ThrottlingException", times=None, for_s=3)
    assert len(collect(engine(), trees(40))) == 40
    refused = [each for each in amazon.ledger.of() if each.error]
    assert len(refused) <= 8 + 6  # threads, then a call after each pause


def test_patience_ends(amazon, engine):
    amazon.inject(error="ThrottlingException", times=None)
    began = time.monotonic()
    with pytest.raises(EngineUnavailable, match="amts_requests_per_second"):
        collect(engine(patience_s=1), trees(40))
    assert time.monotonic() - began < 20


def test_a_text_that_always_fails_does_not_hold_up_the_others(amazon, engine):
    amazon.inject(error="InternalServerException", times=None, containing="Tree 7 ")
    answers = collect(engine(), trees(40))
    (failed,) = answers.pop(7)
    assert "fault of its own" in failed.reason
    assert not failed.is_broken, "the next build asks again"
    assert all(isinstance(answer, str) for (answer,) in answers.values())


def test_an_answer_that_never_comes_is_waited_for_twice(amazon, engine):
    amazon.inject("stall", seconds=30, times=None, containing="Tree 7 ")
    answers = collect(engine(read_timeout_s=0.5), trees(40))
    assert "does not answer in time" in answers[7][0].reason
    asked = [each for each in amazon.ledger.of() if "Tree 7 " in each.text]
    assert len(asked) <= 2, "each may be paid for"


def test_a_refused_request_is_asked_for_text_by_text(amazon, engine, translator):
    amazon.inject(error="InvalidRequestException", times=None, containing="Tree 7 ")
    filled = translator(engine())
    segments = [Segment(text) for (text,) in trees(20)]
    filled.ask(segments)
    missing = [each.source for each in segments if not filled.known.find(each)]
    assert missing == ["Tree 7 grows."]
    assert not filled.down


def test_where_every_request_is_refused_it_ends(amazon, engine):
    amazon.inject(error="InvalidRequestException", times=None)
    with pytest.raises(EngineUnavailable, match="so with every request"):
        collect(engine(), trees(200))
    assert len(amazon.ledger.of()) <= 8 + 8


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("ExpiredTokenException", "have expired"),
        ("UnrecognizedClientException", "does not accept the credentials"),
        ("InvalidSignatureException", "clock"),
        ("AccessDeniedException", "allow the action translate:TranslateText"),
        ("NotAuthorizedException", "Set amts_aws_region"),
        ("ResourceNotFoundException", "amts_terminology"),
        ("UnsupportedLanguagePairException", "does not translate between"),
    ],
)
def test_what_no_repeating_helps_ends_it_and_what_was_answered_is_kept(
    amazon, engine, error, says
):
    amazon.inject(error=error, times=None, after=15)
    answers = []
    found = engine(requests_per_second=100).answers(trees(60), PAIR, Meter())
    with pytest.raises(EngineUnavailable, match=says):
        answers.extend(found)
    assert len(answers) == 15 == len(amazon.ledger.answered())
    assert len(amazon.ledger.of()) <= 15 + 8


def test_nothing_that_listens_is_told_soon(amazon, engine, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_TRANSLATE", "http://127.0.0.1:9")
    began = time.monotonic()
    with pytest.raises(EngineUnavailable, match=r"cannot be reached .*'us-east-1'"):
        collect(engine(), trees(40))
    assert time.monotonic() - began < 15


def test_a_terminology_that_is_missing_is_named(engine):
    with pytest.raises(EngineUnavailable, match="amts_terminology"):
        engine(terminology="trees").translate(["A tree."], PAIR)


def test_a_forked_process_opens_a_client_of_its_own(amazon, aws_variables, tmp_path):
    if not hasattr(os, "fork"):
        pytest.skip("no fork on this system")
    code = """
import os
from sphinx_amts.engines.amazon.realtime import AmazonEngine
from sphinx_amts.engines.contract import Meter
from sphinx_amts.text.languages import LanguagePair

engine, pair = AmazonEngine(requests_per_second=100), LanguagePair("en", "es")
requests = [["A tree."]] * 8
first = dict(engine.answers(requests, pair, Meter()))
client = engine._client
pid = os.fork()
again = dict(engine.answers(requests, pair, Meter()))
assert again == first
assert (engine._client is client) == bool(pid)
if pid:
    print(os.waitpid(pid, 0)[1])
else:
    os._exit(0)
"""
    done = run(["-c", code], tmp_path, cwd=tmp_path, **amazon.environment())
    assert done.stdout == "0\n"
    assert len(amazon.ledger.answered()) == 3 * 8


def test_forked_processes_share_the_rate(tmp_path):
    if not hasattr(os, "fork"):
        pytest.skip("no fork on this system")
    code = """
import os
from sphinx_amts.engines.contract import EngineSetup
from sphinx_amts.engines.registry import make_engine

setup = EngineSetup(settings={"requests_per_second": 8}, processes=4)
engine = make_engine("amazon", setup)
child = os.fork()
print(f"{bool(child)}: {1 / engine.pace()._call_s:g} a second", flush=True)
if child:
    os.waitpid(child, 0)
else:
    os._exit(0)
"""
    done = run(["-c", code], tmp_path, cwd=tmp_path)
    lines = sorted(done.stdout.splitlines())
    assert lines == ["False: 2 a second", "True: 8 a second"]


# How fast


def test_the_allowed_rate_is_used_and_hardly_a_call_wasted(
    amazon_process, aws_variables
):
    server = amazon_process()
    aws_variables(server)
    server.change(latency_s=0.1, requests_per_s=40, burst_s=0.5)
    engine = AmazonEngine(requests_per_second=39)
    engine.prepare(PAIR)
    answers = collect(engine, trees(200))
    assert all(isinstance(answer, str) for (answer,) in answers.values())
    report = server.report()
    assert report["rate"] >= 0.9 * 40
    assert len(report["requests"]) <= 1.05 * 200


def test_a_rate_above_the_allowed_one_adapts(amazon_process, aws_variables):
    server = amazon_process()
    aws_variables(server)
    server.change(latency_s=0.1, requests_per_s=40, burst_s=0.5)
    engine = AmazonEngine(requests_per_second=160)
    engine.prepare(PAIR)
    assert len(collect(engine, trees(200))) == 200
    report = server.report()
    assert report["rate"] >= 0.6 * 40
    assert len(report["requests"]) <= 1.25 * 200


# Books

WORDS = "root stem leaf bark seed moss fern twig branch bloom petal pollen".split()


def paragraphs(count):
    """Segments as books have them: most short, some long, many with tags."""
    for number in range(count):
        length = 3 + number * number % 90
        words = [WORDS[(number * 7 + each) % 12] for each in range(length)]
        text = f"Paragraph {number} has {' '.join(words)}."
        if number % 3 == 0:
            text = f'{text} Run <x id="1"/> and <g id="2">see <x id="3"/></g>.'
        yield Segment(TaggedText(text, {1: "make html", 3: "the guide"}))


def test_a_book_takes_few_requests_and_none_is_too_large(amazon, engine, translator):
    segments = list(paragraphs(700))
    filled = translator(engine())
    filled.ask(segments)
    assert all(filled.known.find(segment).target for segment in segments)
    sizes = [request.bytes for request in amazon.ledger.answered()]
    assert max(sizes) <= MAX_BYTES
    assert sum(sizes) > 200_000
    assert len(sizes) <= 1.1 * -(-sum(sizes) // MAX_BYTES)


def test_a_long_segment_goes_sentence_by_sentence(amazon, engine, translator):
    sentence = 'The tree {} has <x id="{}"/> and a leaf of more than one color.'
    source = " ".join(sentence.format(n, n) for n in range(1, 300))
    segment = Segment(TaggedText(source, {n: f"name_{n}" for n in range(1, 300)}))
    assert size(segment.source) > MAX_BYTES
    filled = translator(engine())
    filled.ask([segment])
    target = filled.known.find(segment).target
    assert re.findall(r'<x id="(\d+)"/>', target) == [str(n) for n in range(1, 300)]
    requests = amazon.ledger.answered()
    assert max(request.bytes for request in requests) <= MAX_BYTES
    assert any(">name_299</span>" in request.text for request in requests)


DAMAGES = ["drop", "double", "insert", "translate protected", "lift", "never close"]
DAMAGES += ["tags as entities", "blanks in tags", "halve", "empty", "lose", "open"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_in_company_is_asked_for_alone(
    amazon, engine, translator, damage
):
    amazon.change(tags=damage, one_in=4, spares_alone=True)
    segments = list(paragraphs(60))
    filled = translator(engine())
    filled.ask(segments)
    found = [filled.known.find(segment) for segment in segments]
    assert all(match is not None and match.target for match in found)
    assert not filled.down


def test_what_is_always_damaged_is_refused_once(amazon, engine, translator):
    amazon.change(tags="translate protected")
    segment = Segment(TAGGED)
    filled = translator(engine())
    filled.ask([segment])
    assert "came back changed" in filled.known.find(segment).refusal
    asked = len(amazon.ledger.of())
    again = translator(engine())
    assert again.to_send([again.known.look(segment)]) == []
    assert len(amazon.ledger.of()) == asked


FILES = {
    "index.rst": "Trees\n=====\n\n.. toctree::\n\n   oak\n   elm\n",
    "oak.rst": (
        "Oaks\n====\n\nRun ``make oak`` and see :doc:`the elm <elm>`, *not* |this|.\n\n"
        "It is :math:`x^2` tall [#]_.\n\n.. [#] Or less.\n\n.. |this| replace:: that\n"
    ),
    "elm.rst": "Elms\n====\n\nRun ``make oak`` first.\n\nElms and oaks & ashes.\n",
}


@pytest.fixture
def build(write_book):
    """Give ``build(server, **settings)`` of one small book."""
    book = write_book(FILES)

    def run_build(server, *arguments, expected=0, variables=(), **settings):
        return book.build(
            *arguments,
            language="es",
            engine="amazon",
            expected=expected,
            variables={**server.environment(), **dict(variables)},
            **settings,
        )

    run_build.book = book
    return run_build


def test_a_book_is_built(amazon, build):
    built = build(amazon)
    assert built.warnings == []
    assert "9 of 9 segments translated" in built.stdout
    page = built.read("oak.html")
    assert foreign("Oaks", "es") in page
    assert ">make oak<" in page.replace('</span> <span class="pre">', " ")
    (request,) = amazon.ledger.of()
    assert '<span translate="no" id="' in request.text
    assert ">make oak</span>" in request.text
    assert ">x^2</span>" in request.text
    again = build(amazon)
    assert again.warnings == []
    assert len(amazon.ledger.of()) == 1


def test_an_edit_sends_one_text(amazon, build):
    build(amazon)
    changed = FILES["elm.rst"].replace("first", "last")
    build.book.write({"elm.rst": changed})
    build(amazon)
    _first, second = amazon.ledger.of()
    assert second.text.count("<p ") == 1
    assert "last" in second.text


def test_documents_read_in_processes(amazon, build):
    built = build(amazon, "-j2")
    assert built.warnings == []
    assert "9 of 9 segments translated" in built.stdout


def test_without_credentials_the_book_is_built_with_what_is_known(amazon, build):
    secret = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    built = build(amazon, variables=secret)
    (warning,) = built.warnings
    assert "there are no AWS credentials" in warning
    assert "Without a translation: 9 segments" in warning
    assert "Traceback" not in built.stderr
    assert amazon.ledger.of() == []
    assert "Oaks" in built.read("oak.html")
    failed = build(amazon, "-E", expected=1, variables=secret, amts_on_missing="error")
    assert "there are no AWS credentials" in failed.stderr


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("ExpiredTokenException", "have expired"),
        ("NotAuthorizedException", "Set amts_aws_region"),
        ("AccessDeniedException", "translate:TranslateText"),
    ],
)
def test_failure_is_one_calm_message_without_a_secret(amazon, build, error, says):
    message = "key AKIAIOSFODNN7EXAMPLE, token FwoGZXIvYXdzE"
    amazon.inject(error=error, times=None, message=message)
    token = {"AWS_SESSION_TOKEN": "FwoGZXIvYXdzE0"}
    built = build(amazon, variables=token)
    (warning,) = built.warnings
    assert says in warning
    written = [built.stdout, built.stderr] + [
        path.read_bytes().decode(errors="replace")
        for folder in (build.book.source, build.book.work)
        for path in folder.rglob("*")
        if path.is_file()
    ]
    secrets = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", "FwoGZXIvYXdzE"]
    assert not [text for text in written if any(each in text for each in secrets)]


def test_what_was_paid_for_before_a_failure_is_not_paid_for_again(amazon, write_book):
    pages = {
        f"page{number}.rst": "Page\n====\n\n"
        + "\n\n".join(f"Tree {number}.{line} " + "leaf " * 60 for line in range(60))
        for number in range(4)
    }
    toctree = "Trees\n=====\n\n.. toctree::\n   :glob:\n\n   *\n"
    book = write_book({"index.rst": toctree, **pages})
    options = {"language": "es", "engine": "amazon"}
    amazon.inject(error="ExpiredTokenException", times=None, after=4)
    broken = book.build(**options, variables=amazon.environment())
    assert "have expired" in broken.stderr
    amazon.calm()
    built = book.build(**options, variables=amazon.environment())
    assert built.warnings == []
    sent = [
        text
        for request in amazon.ledger.answered()
        for text in re.findall("<p .*?</p>", request.text)
    ]
    words = [re.sub("<.*?>", "", text) for text in sent]
    assert len(words) == len(set(words)) == 4 * 60 + 2


def test_a_build_that_is_killed_loses_what_was_under_way(amazon, write_book):
    lines = "\n\n".join(f"Tree {line} " + "leaf " * 180 for line in range(120))
    book = write_book({"index.rst": f"Trees\n=====\n\n{lines}\n", "b.rst": ":orphan:"})
    amazon.change(latency_s=0.3)
    command = [sys.executable, "-m", "sphinx", "-q", "-Dlanguage=es"]
    command += ["-Damts_engine=amazon", "-Damts_engine_options.threads=2"]
    with subprocess.Popen(
        [*command, str(book.source), str(book.work)],
        env=environment(**amazon.environment()),
    ) as process:
        end = time.monotonic() + 60
        while len(amazon.ledger.answered()) < 5 and time.monotonic() < end:
            time.sleep(0.01)
        process.kill()
    time.sleep(0.5)  # what was under way is answered to nobody
    before = len(amazon.ledger.answered())
    assert 5 <= before < 12
    amazon.change(latency_s=0)
    again = book.build(language="es", engine="amazon", variables=amazon.environment())
    assert "121 of 121 segments translated" in again.stdout
    # Two were under way, and one may have been answered but not kept yet.
    assert len(amazon.ledger.answered()) <= 12 + 3


def test_an_unsupported_language_is_told_with_its_neighbours(amazon, build):
    built = build.book.build(
        language="gl", engine="amazon", variables=amazon.environment()
    )
    assert "does not know the language 'gl'. Near it are: es." in built.stderr
    assert amazon.ledger.of() == []


def test_equivalents_are_what_a_reader_sees(amazon, write_book):
    book = write_book(
        {
            "index.rst": (
                "Trees\n=====\n\n.. |logo| image:: logo.png\n   :alt: our logo\n\n"
                "See |logo| and :ref:`a place <place>`, `Knuth`_ or [Knu97]_,"
                " :pep:`8`, :kbd:`Ctrl+C`, https://example.org and"
                " :abbr:`HTML (markup)` [#]_.\n\n.. [#] A note.\n\n"
                ".. _place:\n\nPlace\n-----\n\n"
                ".. _Knuth: https://example.org\n\n.. [Knu97] Knuth.\n"
            ),
            "logo.png": "",
        }
    )
    book.build(language="es", engine="amazon", variables=amazon.environment())
    text = "".join(request.text for request in amazon.ledger.of())
    protected = re.findall(r'<span translate="no" id="\w+">(.*?)</span>', text)
    seen = {"[Knu97]", "[1]", "PEP 8", "Ctrl", "https://example.org", "HTML"}
    assert seen <= set(protected)


def test_order_of_requests_is_the_book_s(amazon, engine):
    collect(engine(threads=1), trees(10))
    numbers = [
        int(re.search(r"Tree (\d+)", each.text)[1]) for each in amazon.ledger.of()
    ]
    assert all(first < second for first, second in pairwise(numbers))
