"""A key among the options of an engine is in no file, and in no message."""

from __future__ import annotations

import pytest

from sphinx_amts.config import read_settings
from sphinx_amts.errors import SettingError

KEY = "sk-6f1d-not-for-anybody"
ENGINE = """\
from sphinx_amts.engines.base import Engine, Limits


class Keyed(Engine):
    name = "keyed"
    limits = Limits()

    def __init__(self, key, url=""):
        self.is_right = key.startswith("sk-")

    def signature(self, pair):
        return "keyed:1"

    def translate(self, sources, pair):
        return [f"{self.is_right} {each}" for each in sources]
"""
CONF = """\
import os, sys
sys.path.insert(0, os.path.abspath("."))
extensions = ["sphinx_amts"]
amts_engine = "keyed_engine:Keyed"
"""


@pytest.mark.newest
@pytest.mark.parametrize("is_in_conf", [True, False])
@pytest.mark.parametrize("language", ["es", "en"])
def test_a_key_is_in_no_file(write_book, is_in_conf, language):
    conf = f'{CONF}amts_engine_options = {{"key": "{KEY}"}}\n' if is_in_conf else CONF
    files = {"conf.py": conf, "keyed_engine.py": ENGINE}
    book = write_book({**files, "index.rst": "Boats\n=====\n"})
    options = {} if is_in_conf else {"amts_engine_options": {"key": KEY}}
    result = book.build(language=language, engine=None, **options)
    assert "True Boats" in result.read("index.html") or language == "en"
    assert KEY not in result.stdout + result.stderr
    written = [*book.work.rglob("*"), *book.source.rglob("*")]
    found = [each.name for each in written if each.is_file()]
    assert "environment.pickle" in found
    with_key = {
        each.name
        for each in written
        if each.is_file() and KEY.encode() in each.read_bytes()
    }
    assert with_key <= {"conf.py"}


def test_a_wrong_setting_does_not_show_it():
    with pytest.raises(SettingError) as said:
        read_settings({"amts_engine_options": [KEY]})
    assert KEY not in str(said.value)
