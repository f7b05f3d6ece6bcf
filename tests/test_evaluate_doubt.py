"""What evaluation says of doubt, and of terms in several ways."""

from __future__ import annotations

import json

import pytest

from sphinx_amts.evaluation import doubts
from sphinx_amts.evaluation.report import to_text
from sphinx_amts.evaluation.results import Plan, evaluate
from sphinx_amts.evaluation.testset import Article, TestSet, seen

pytest.importorskip("sacrebleu")
pytestmark = pytest.mark.newest


def article(name, *rows):
    sides = [[seen(text) for text in side] for side in zip(*rows, strict=True)]
    source, reference, hypothesis = map(tuple, sides)
    return Article(name, reference, (hypothesis,), source)


def test_edits_are_where_doubt_is():
    # One text is left in the source, and all that people changed is in it.
    good = ("An oak is a tree.", "Un roble es un árbol.", "Un roble es un árbol.")
    left = ("Leaves fall soon.", "Las hojas caen ya.", "Leaves fall soon.")
    test_set = TestSet(("one",), (article("a", good, left, good, good),))
    results = evaluate(test_set, Plan("es", samples=0))
    (system,) = results.systems
    # 3 of 18 words are doubted most: 20 % of all are 3.6.
    assert system.held == {0.2: 1.0, 0.3: 1.0, 0.5: 1.0}
    assert "Edits in the most doubtful words" in to_text(results)
    assert json.loads(results.to_json())["systems"][0]["doubt"]["0.2"] == 1.0


def test_nothing_is_held_where_nothing_was_changed():
    same = ("An oak is a tree.", "Un roble es un árbol.", "Un roble es un árbol.")
    test_set = TestSet(("one",), (article("a", same, same),))
    assert evaluate(test_set, Plan("es", samples=0)).systems[0].held == {}


def test_half_a_text_holds_half_of_its_edits():
    text = ("An oak is a tree.", "Un roble es un árbol.", "Una encina era verde.")
    test_set = TestSet(("one",), (article("a", text),))
    (system,) = evaluate(test_set, Plan("es", samples=0)).systems
    assert system.held == pytest.approx({0.2: 0.2, 0.3: 0.3, 0.5: 0.5})


def test_what_people_wrote_of_an_article_does_not_doubt_it():
    one = ("Oak.", "Roble.", "Roble.")
    other = ("Leaf.", "Hoja.", "Hoja.")
    test_set = TestSet(("one",), (article("a", one), article("b", other)))
    assert list(doubts._people(test_set, 0, 2)) == [("Leaf.", "Hoja.")]
    assert list(doubts._people(test_set, 1, 2)) == [("Oak.", "Roble.")]


def test_terms_in_several_ways_are_told():
    rows = [
        ("Learning rate", "Taxa de aprendizado"),
        ("Choose a learning rate.", "Escolha uma taxa de aprendizado."),
        ("The learning rate decays.", "A taxa de aprendizado decai."),
        ("One learning rate fits.", "Uma taxa de aprendizagem serve."),
        ("Any learning rate fails.", "Toda taxa de aprendizagem falha."),
    ]
    made = article("a", *((source, target, target) for source, target in rows))
    results = evaluate(TestSet(("one",), (made,)), Plan("pt", samples=0))
    (found,) = results.systems[0].differences
    assert found.renderings[1].places == ("a 4", "a 5")
    assert "one is not of one mind: 'learning rate'" in to_text(results)
