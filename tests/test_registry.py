"""The door of engines: what is taken in, what is refused, and how it says so."""

from __future__ import annotations

import pytest

from sphinx_amts.engines.base import Engine, Limits, Untranslated
from sphinx_amts.engines.contract import EngineSetup, Meter
from sphinx_amts.engines.registry import MEMBERS, adapt, make_engine
from sphinx_amts.errors import SettingError
from sphinx_amts.text.languages import LanguagePair

PAIR = LanguagePair("en", "es")

pytestmark = pytest.mark.newest


class Plain:
    """Has the four members, and knows nothing of ours but the limits."""

    name = "plain"
    limits = Limits(max_segments=2)

    def signature(self, pair):
        return "plain 1"

    def translate(self, sources, pair):
        return [source.upper() for source in sources]


def test_a_class_with_the_four_members_is_an_engine():
    engine = adapt(Plain(), "plain")
    assert (engine.name, engine.traits.limits.max_segments) == ("plain", 2)
    assert engine.signature(PAIR) == "plain 1"
    meter = Meter()
    answers = list(engine.answers([["a b"], ["c"]], PAIR, meter))
    assert [(n, list(targets)) for n, targets in answers] == [(0, ["A B"]), (1, ["C"])]
    assert (meter.requests, meter.characters) == (2, 4)
    assert engine.traits.wants_all
    assert engine.traits.tariff == "plain"


def test_what_it_has_besides_counts():
    class More(Plain):
        repeats = True
        gathers = False
        sends = False
        tariff = "dear"
        loaded = ""

        def load(self, pair):
            self.loaded = pair.target

        def size(self, source):
            return 7

        def characters(self, texts):
            return 70

        def check_pair(self, pair):
            raise KeyError("pair")

        def translate_all(self, requests, pair):
            for number in reversed(range(len(requests))):
                yield number, self.translate(requests[number], pair)

    inner = More()
    engine = adapt(inner, "more")
    traits = engine.traits
    assert (traits.repeats, traits.wants_all, traits.leaves_machine) == (1, 0, 0)
    assert traits.tariff == "dear"
    engine.prepare(PAIR)
    assert inner.loaded == "es"
    assert (engine.size("a"), engine.characters(["a"])) == (7, 70)
    assert [a.request for a in engine.answers([["a"], ["b"]], PAIR, Meter())] == [1, 0]
    with pytest.raises(KeyError):
        engine.check_pair(PAIR)


@pytest.mark.parametrize("member", MEMBERS)
def test_what_lacks_a_member_is_refused_with_its_name(member):
    broken = type("Broken", (), {n: vars(Plain)[n] for n in MEMBERS if n != member})
    with pytest.raises(SettingError, match=f"it has no {member} "):
        adapt(broken(), "broken")


@pytest.mark.parametrize(
    ("member", "value"),
    [("name", ""), ("name", 7), ("limits", {"max_bytes": 5}), ("translate", "no")],
)
def test_what_has_a_wrong_member_is_refused(member, value):
    broken = type("Broken", (Plain,), {member: value})
    with pytest.raises(SettingError, match=f"its {member} is not"):
        adapt(broken(), "broken")


def test_a_wrong_member_of_an_engine_of_ours_is_refused_too():
    class Late(Engine):
        name = "late"
        limits = None

        def translate(self, sources, pair):
            return [Untranslated("late")] * len(sources)

    with pytest.raises(SettingError, match="its limits is not a Limits"):
        adapt(Late(), "late")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nothing", "there is no engine 'nothing'. Known: amazon, "),
        ("no_such_module:Engine", "cannot load 'no_such_module:Engine'"),
        ("test_registry:Missing", "cannot load 'test_registry:Missing'"),
        ("test_registry:PAIR", "it is no class"),
    ],
)
def test_what_cannot_be_found_is_said(name, says):
    with pytest.raises(SettingError) as error:
        make_engine(name, EngineSetup())
    assert says in str(error.value)


@pytest.mark.parametrize("lacks", [False, True])
def test_such_a_class_builds_a_book(write_book, lacks):
    source = (
        "from sphinx_amts.engines.base import Limits\n"
        "class Web:\n    name = 'web'\n    limits = Limits()\n"
        "    def translate(self, sources, pair):\n"
        "        return [source.upper() for source in sources]\n"
    )
    if not lacks:
        source += "    def signature(self, pair):\n        return 'web 1'\n"
    conf = (
        'import sys\nfrom pathlib import Path\nproject = "Book"\n'
        "sys.path.insert(0, str(Path(__file__).parent))\n"
        'extensions = ["sphinx_amts"]\namts_engine = "web:Web"\n'
    )
    book = write_book(
        {"conf.py": conf, "web.py": source, "index.rst": "A tree\n======\n\nStands.\n"}
    )
    result = book.build(language="es", engine="web:Web", expected=2 if lacks else 0)
    if lacks:
        assert "'web:Web' is not an engine: it has no signature" in result.stderr
        assert "Traceback" not in result.stderr
    else:
        assert "A TREE" in result.read("index.html")
