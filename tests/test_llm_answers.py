"""What counts of a language model's answers, and what is said of a bad model."""

from __future__ import annotations

import json

import pytest
from chat_fixtures import (
    PAIR,
    TAGGED,
    TEXTS,
    is_broken,
    openai,
    translator,
)
from chat_server import foreign, shout

from sphinx_amts.engines.contract import Meter
from sphinx_amts.engines.dispatch import MAX_REFUSED
from sphinx_amts.engines.llm.doubts import doubts
from sphinx_amts.errors import EngineUnavailable
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment

pytestmark = pytest.mark.newest

# What does not count

BAD_ANSWERS = {
    "prose": "Here are the translations you asked for: ...",
    "too few in a list": '["uno", "dos"]',
    "a number too many": '{"1": "uno", "2": "dos", "3": "tres", "4": "cuatro"}',
    "numbers from 0": '[{"id": 0, "text": "uno"}, {"id": 1, "text": "dos"}]',
    "a number twice": '{"1": "uno", "1": "dos", "3": "tres"}',
    "a number twice in a list": '[{"1": "uno"}, {"1": "dos"}, {"2": "tres"}]',
    "two answers": '{"1": "uno"} or rather {"1": "dos"}',
    "no text": '{"1": 1, "2": ["dos"], "3": null}',
    "cut": '{"1": "un',
    "nothing": "",
    "deep": "[" * 100_000,
    "deeper": '{"a":' * 100_000,
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_wrong_form_counts_for_no_text(make, server, answer):
    server.model = lambda _values: answer
    assert all(map(is_broken, make().translate(TEXTS, PAIR)))


def test_a_refusal_in_the_right_form_counts_for_nothing(make, server):
    said = {"1": foreign(TAGGED), "2": "I'm sorry, but I can't do that.", "3": TEXTS[2]}
    server.model = lambda _values: json.dumps(said)
    first, *others = make().translate(TEXTS, PAIR)
    assert first == said["1"]
    assert all(map(is_broken, others))


def test_a_first_text_that_was_cut_counts_for_nothing(make, server):
    server.model, server.reason = lambda values: shout(values)[:20], "length"
    answers = make().translate(TEXTS, PAIR)
    assert all(map(is_broken, answers))
    assert "was cut" in answers[0].reason


def _object(texts: dict) -> str:
    return json.dumps(texts)


def _items(texts: dict, number: str = "id", text: str = "translation") -> list:
    return [{number: int(n), "source": "?", text: each} for n, each in texts.items()]


NEIGHBOURS = {
    "fenced": lambda t: f"```json\n{_object(t)}\n```",
    "in the middle": lambda t: f"Sure (see [1])! {_object(t)} Anything {{else}}?",
    "thoughts": lambda t: f'<think>{{"1": "hm"}}</think>\n{_object(t)}',
    "the request's form": lambda t: _object({"terms": {"a": "b"}, "segments": t}),
    "translations": lambda t: _object({"translations": t}),
    "both": lambda t: _object({"segments": {"1": "?", "2": "?"}, "translations": t}),
    "another name": lambda t: _object({"es": t}),
    "a list": lambda t: _object(list(t.values())),
    "a list inside": lambda t: _object({"translations": list(t.values())}),
    "numbers as integers": lambda t: _object(_items(t)),
    "items in any order": lambda t: _object(_items(t, "number", "text")[::-1]),
    "items inside": lambda t: _object({"translations": _items(t)}),
    "objects": lambda t: _object({n: {"text": each} for n, each in t.items()}),
    "a pair each": lambda t: _object([{n: each} for n, each in t.items()]),
    "lines": lambda t: "\n".join(_object({n: each}) for n, each in t.items()),
    "a comma": lambda t: _object(t)[:-1] + ",}",
    "line ends": lambda t: _object(t).replace("\\n", "\n").replace(", ", ",\n"),
}


@pytest.mark.parametrize("form", NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_a_form_that_says_which_text_is_whose_counts(server, form):
    server.model = lambda values: form(json.loads(shout(values)))
    found = openai(f"{server.url}/v1").translate(TEXTS, PAIR)
    assert found == [foreign(text) for text in TEXTS]


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_a_number_that_lacks_is_its_texts_only(make, server, number):
    def model(values: dict) -> str:
        texts = json.loads(shout(values))
        del texts[number]
        return json.dumps(texts)

    server.model = model
    found = make().translate(TEXTS, PAIR)
    expected = [foreign(text) for text in TEXTS]
    for place, answer in enumerate(found, 1):
        if str(place) == number:
            assert is_broken(answer)
        else:
            assert answer == expected[place - 1]


def merged(texts: list[str]) -> list[str]:
    return [f"{texts[0]} {texts[1]}", *texts[2:]]


SHIFTS = {
    "left out": lambda texts: texts[1:],
    "two in one": merged,
    "two in one and one invented": lambda texts: [*merged(texts), "Y así es."],
    "one in two": lambda texts: [texts[0][:20], texts[0][20:], *texts[1:-1]],
    "the last two in one": lambda texts: [*texts[:-2], " ".join(texts[-2:])],
}
ROW = [
    'Run <x id="1"/> in the main folder, then wait for some minutes until all is done.',
    "In 1985 there were 12 ships in the harbour.",
    "Fog.",
    "The lamp that stands on the left side of the old harbour is never lit in summer.",
    "Nobody knows why.",
]


@pytest.mark.parametrize("shift", SHIFTS.values(), ids=SHIFTS)
def test_texts_under_the_numbers_of_others_count_for_nothing(make, server, shift):
    def model(values: dict) -> str:
        texts = shift([foreign(text) for text in values["segments"].values()])
        return json.dumps(dict(enumerate(texts, 1)))

    server.model = model
    assert all(map(is_broken, make().translate(ROW, PAIR)))


def test_what_a_model_wrote_before_it_was_cut_counts(make, server):
    def model(values: dict) -> str:
        text = shout(values)
        return text[: text.index('"3"') + 10]

    server.model, server.reason = model, "length"
    *found, last = make().translate(TEXTS, PAIR)
    assert found == [foreign(text) for text in TEXTS[:2]]
    assert is_broken(last)


def test_what_came_before_the_connection_broke_counts(server):
    server.breaks_after = 24  # words: in the middle of the third text
    *found, last = openai(f"{server.url}/v1").translate(TEXTS, PAIR)
    assert found == [foreign(text) for text in TEXTS[:2]]
    assert is_broken(last)
    assert len(server.requests) == 1


def test_an_endpoint_is_told_the_form_of_the_answer(server):
    openai(f"{server.url}/v1").translate(TEXTS, PAIR)
    ((_, _, body),) = server.requests
    form = body["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["required"] == ["1", "2", "3"]
    assert form["schema"]["properties"].keys() == {"1", "2", "3"}


@pytest.mark.parametrize("streams", [True, False])
def test_an_endpoint_that_takes_no_form_is_told_none(server, streams):
    server.refused = {"response_format"} if streams else {"response_format", "stream"}
    engine = openai(f"{server.url}/v1")
    for _ in range(2):
        assert engine.translate(TEXTS, PAIR) == [foreign(text) for text in TEXTS]
    taken = [
        (bool(body.get("stream")), "response_format" in body)
        for _, _, body in server.requests
        if not server.refused & body.keys()
    ]
    assert taken == [(streams, False)] * 2
    assert len(server.requests) == 3 if streams else 5


# Models that do not do well


def advice(caplog) -> list[str]:
    """Return what the engine advises; Sphinx may have been there, and say it again."""
    return [
        each.getMessage()
        for each in caplog.records
        if each.levelname == "WARNING" and each.name.startswith("sphinx_amts")
    ]


def test_a_model_that_repeats_itself_is_not_waited_for(server, caplog):
    server.model = lambda _values: '{"1": "' + "Thé láms, " * 20_000
    engine = openai(f"{server.url}/v1")
    engine.translate(TEXTS, PAIR)
    assert advice(caplog) == []  # each may do alone
    for _ in range(2):
        (found,) = engine.translate(TEXTS[1:2], PAIR)
        assert is_broken(found)
        assert found.reason == "the model repeats itself"
    (said,) = advice(caplog)
    assert "model 'm-1': it repeats itself. Set temperature in" in said


def test_a_model_that_repeats_itself_and_ends_counts_for_nothing(make, server, caplog):
    server.model = lambda _values: json.dumps({"1": "Thé lámp ís ón, " * 7})
    (found,) = make().translate(TEXTS[1:2], PAIR)
    assert is_broken(found)
    assert "repeats itself" in advice(caplog)[0]


def test_a_book_that_repeats_itself_is_translated(make, server):
    text = "Knock, knock, " * 100
    assert make().translate([text], PAIR) == [foreign(text)]


def test_what_is_cut_although_it_is_alone_is_said_once(make, server, caplog, tmp_path):
    server.model, server.reason = lambda values: shout(values)[:20], "length"
    made = translator(make(), tmp_path)
    made.ask([Segment(text) for text in TEXTS])
    assert made.asker.failure == "the answer was cut"
    assert [made.known.find(Segment(text)) for text in TEXTS] == [None] * 3
    looks = made.known.look_all(map(Segment, TEXTS)).values()
    assert made.to_send(looks) == []  # in this build, but in the next
    (said,) = advice(caplog)
    assert "answers are cut, also small ones. Raise max_tokens" in said


def test_what_is_cut_each_time_ends_it_and_is_said(make, server, caplog):
    server.model, server.reason = lambda values: shout(values)[:20], "length"
    texts = [f"{number}. {TEXTS[1] * 3}" for number in range(60)]
    requests = [texts[place : place + 3] for place in range(0, 60, 3)]
    with pytest.raises(EngineUnavailable, match=r"cut\. That was so with every"):
        list(make(threads=1).answers(requests, PAIR, Meter()))
    assert len(server.requests) == MAX_REFUSED + 1
    assert "Raise max_tokens" in advice(caplog)[0]


def test_a_text_that_is_cut_is_asked_for_by_its_sentences(make, server, tmp_path):
    def model(values: dict) -> str:
        is_long = any(len(text) > 200 for text in values["segments"].values())
        server.reason = "length" if is_long else "stop"
        return shout(values)[: 100 if is_long else None]

    server.model = model
    text = " ".join(
        f"Lamp number {number} of the harbour is lit." for number in range(9)
    )
    made = translator(make(threads=1), tmp_path)
    made.ask([Segment(text)])
    assert made.known.find(Segment(text)).target == foreign(text)


def test_a_slow_model_is_said_to_be_slow(server, caplog):
    server.pause_s = 0.3
    engine = openai(f"{server.url}/v1", timeout_s=3)
    for _ in range(2):
        assert engine.translate(["Fog. Now."], PAIR) == ["Fóg. Nów."]
    (said,) = advice(caplog)
    assert "words per second. Set threads" in said


def test_languages_have_names(make, server):
    make().translate(["Fog."], LanguagePair("en", "pt-BR"))
    ((_, _, body),) = server.requests
    assert "from English to Brazilian Portuguese." in json.dumps(body)


CHINESE = LanguagePair("en", "zh-CN")
SENTENCE = "The lamp is on the left side of the old harbour."


@pytest.mark.parametrize(
    ("source", "target", "pair", "says"),
    [
        (SENTENCE, "灯在老港口的左边。", CHINESE, ""),
        (SENTENCE, "La lámpara está a la izquierda del viejo puerto.", PAIR, ""),
        ("Apache Spark", "Apache Spark", CHINESE, ""),
        ("灯在老港口的左边。", SENTENCE, LanguagePair("zh-CN", "en"), ""),
        (SENTENCE, SENTENCE, PAIR, "came back as it was"),
        (SENTENCE, "What would you like me to do?", CHINESE, "not in zh-CN"),
        (SENTENCE, "I'm sorry, but I can't help with that text.", PAIR, "refuses"),
        (SENTENCE, "灯", CHINESE, "1 characters for"),
        (SENTENCE, "una " * 100, PAIR, "repeats itself"),
        (SENTENCE, " ".join(map(str, range(99))), PAIR, "286 characters for"),
        (SENTENCE, "<script>", PAIR, "angle bracket"),
        (
            "灯在老港口的左边，钟在右边，雾来了就响。",
            "灯在老港口的左边，钟在右边，雾来了它就响起来。",
            LanguagePair("zh-CN", "en"),
            "not in en",
        ),
    ],
)
def test_only_what_may_be_the_translation_counts(source, target, pair, says):
    found = doubts(source, target, pair)
    assert says in found
    assert bool(says) == bool(found)
