"""The models of Firefox Translations, run on this machine by ``fxtranslate``.

No account, and no network once the model of a language pair is there. It is looked for

1. in ``amts_local_model_dir``: a model's folder, or a folder of such folders;
2. in an installed package that carries models (`PACKAGES`);
3. in the cache of ``fxtranslate``; what is missing is downloaded into it.

A model's folder is named after its pair (``en-pt``, ``enpt``, ``enpt-1693087644``) and
holds ``model.*.bin``, one ``vocab.*.spm`` or ``srcvocab.*.spm`` and ``trgvocab.*.spm``,
and mostly ``lex.*.bin``, each unpacked. Where two languages have no model of their own,
two models are chained through English. The download comes from the service that Firefox
itself uses; who builds often keeps a copy of the folders in a place of their own.

How tags travel through models that know nothing of them: `engines.sentences`.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_amts.engines.contract import EngineSetup, Limits, SimpleEngine, Untranslated
from sphinx_amts.engines.local.models import (
    NEXT_STEP,
    Model,
    codes,
    default_cache,
    find_model,
    folders,
    no_panic,
    normal,
    package_places,
)
from sphinx_amts.engines.local.pool import Pool
from sphinx_amts.engines.local.sentences import MAX_SENTENCE_BYTES, Sentences
from sphinx_amts.engines.local.titles import IsWord, lowered, vocabulary, word_of
from sphinx_amts.errors import (
    EngineUnavailable,
    SegmentError,
    TagError,
    UnsupportedPair,
)
from sphinx_amts.files import read_json
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.workers.processes import cores

if TYPE_CHECKING:
    from fxtranslate import Translator

logger = logging.getLogger(__name__)

ENCODING = 2
"""Part of the signature: to be raised when texts travel in another way."""
PIVOT = "en"


class _OfThread(threading.local):
    """The translators in use: they work only in the thread that made them."""

    digests: tuple[str, ...] = ()
    translators: tuple[Translator, ...] = ()


_OF_THREAD = _OfThread()


class LocalEngine(SimpleEngine):
    """Translates with models on this machine; see the module.

    ``model_dir`` is ``amts_local_model_dir``; ``cache_dir`` is where downloads are kept
    (None: where ``fxtranslate`` keeps them). Relative ones count from ``base``. Many
    requests are translated by as many ``processes`` (None: one for each core).
    """

    name = "local"
    repeats = True
    sends = False
    # 2 s of work, so that progress shows and an interruption loses little.
    limits = Limits(max_bytes=8_000, max_segments=100)

    def __init__(
        self,
        model_dir: str | Path | None = None,
        cache_dir: str | Path | None = None,
        *,
        base: Path | str = "",
        processes: int | str | None = None,
    ) -> None:
        base = Path(base)
        self.processes = _count(processes)
        self.model_dir = base / model_dir if model_dir else None
        self.cache_dir = base / cache_dir if cache_dir else default_cache()
        self.rungs: Counter[str] = Counter()
        """How many sentences each rung of the ladder has translated:

        ``plain`` had nothing to carry, ``marked`` only marks; ``found`` found the words
        of the inline tags again, ``paired`` had quotes or brackets around them;
        ``hollow`` translated them apart, ``fragments`` all that is between tags.
        """
        self._loaded: dict[LanguagePair, tuple[Model, ...]] = {}

    @classmethod
    def from_setup(cls, setup: EngineSetup) -> LocalEngine:
        """Make one from ``amts_local_model_dir`` and the option ``cache_dir``."""
        options = {"model_dir": setup.settings.get("local_model_dir"), **setup.options}
        if "processes" not in options:
            options["processes"] = max(1, cores() // max(1, setup.processes))
        return cls(**options, base=setup.base)

    def signature(self, pair: LanguagePair) -> str:
        """Return the version of our encoding and the hash of the models' files.

        ``local:2:none`` where there is no model yet; `load` makes it exact.
        """
        try:
            digests = [model.digest() for model in self._chain(pair)]
        except OSError:
            digests = []
        return f"local:{ENCODING}:{'+'.join(digests) or 'none'}"

    def load(self, pair: LanguagePair) -> None:
        """Find the models, download what is missing (15 to 45 MB each), and read them.

        Raises `UnsupportedPair` where there is no model for the pair, and
        `EngineUnavailable` where it cannot be had or read.
        """
        try:
            import fxtranslate  # noqa: F401
        except ImportError as error:
            raise EngineUnavailable(
                f"{error}. Install it: python -m pip install fxtranslate"
            ) from error
        if self.model_dir and not self.model_dir.is_dir():
            raise EngineUnavailable(
                f"there is no folder {self.model_dir} (amts_local_model_dir)."
            )
        if set(codes(pair.source)) & set(codes(pair.target)):
            raise UnsupportedPair(
                f"{pair} is the same language to the models. Choose another"
                " amts_engine."
            )
        chain = self._chain(pair)
        if not chain:
            self._download(pair)
            chain = self._chain(pair)
        if not chain:
            raise EngineUnavailable(
                f"the download to {self.cache_dir} is incomplete. Try again."
            )
        self._translators(chain)
        self._loaded[pair] = chain

    def translate(
        self, sources: Sequence[str], pair: LanguagePair
    ) -> list[str | Untranslated]:
        """Translate tagged texts of any length, sentence by sentence.

        May be called from any thread; each reads the models again (0.1 s).
        """
        if pair not in self._loaded:
            self.load(pair)
        translators = self._translators(self._loaded[pair])

        def say(text: str) -> str:
            for translator in translators:
                if len(text.encode()) <= MAX_SENTENCE_BYTES:
                    text = no_panic(translator.translate, text)
                else:
                    text = no_panic(translator.translate_long, text)
            return text

        sentences = Sentences(say, pair, self.rungs)
        is_word = self._words(pair)
        targets: list[str | Untranslated] = []
        for source in sources:
            try:
                asked = lowered(source, is_word) if is_word else source
                targets.append(sentences.segment(asked))
            except (TagError, SegmentError) as error:
                targets.append(Untranslated(str(error)))
        return targets

    def translate_all(
        self, requests: Sequence[Sequence[str]], pair: LanguagePair
    ) -> Iterator[tuple[int, Sequence[str | Untranslated]]]:
        """Translate many requests, by several processes where that is faster."""
        if self.processes == 1 or len(requests) == 1:
            yield from super().translate_all(requests, pair)
            return
        if pair not in self._loaded:
            self.load(pair)
        setup = {
            "pair": [pair.source, pair.target],
            "model_dir": str(self.model_dir.resolve()) if self.model_dir else None,
            "cache_dir": str(self.cache_dir.resolve()),
        }
        for done in Pool(setup, self.processes).translate(requests):
            self.rungs.update(done.rungs)
            yield done.request, done.targets

    def _words(self, pair: LanguagePair) -> IsWord | None:
        """Return what tells words from names; nothing where titles are as sentences."""
        if pair.source.partition("-")[0] != PIVOT:
            return None
        return word_of(vocabulary(self._loaded[pair][0].source_vocab))

    def _translators(self, chain: Sequence[Model]) -> tuple[Translator, ...]:
        digests = tuple(model.digest() for model in chain)
        if _OF_THREAD.digests != digests:
            _OF_THREAD.translators = tuple(model.load() for model in chain)
            _OF_THREAD.digests = digests
        return _OF_THREAD.translators

    # Where models are

    @property
    def places(self) -> list[Path]:
        """The folders where models are looked for, in this order."""
        own = [self.model_dir] if self.model_dir else []
        return [*own, *package_places(), self.cache_dir]

    def _chain(self, pair: LanguagePair) -> tuple[Model, ...]:
        """Return the model of the pair, or the two through English, or nothing."""
        places = self.places
        if direct := find_model(pair, places):
            return (direct,)
        if PIVOT in (*codes(pair.source), *codes(pair.target)):
            return ()
        first = find_model(LanguagePair(pair.source, PIVOT), places)
        second = find_model(LanguagePair(PIVOT, pair.target), places)
        return (first, second) if first and second else ()

    def _known(self) -> str:
        """Say which models there are."""
        found = sorted(
            {
                normal(folder.name)
                for place in self.places
                for folder in folders(place)
                if Model.in_folder(folder)
            }
        )
        return f"On this machine: {', '.join(found) or 'no model'}."

    def _download(self, pair: LanguagePair) -> None:
        """Fetch the models of a pair into the cache."""
        from fxtranslate import discovery

        try:
            records = discovery.fetch_records_body()
        except ValueError as error:
            raise EngineUnavailable(
                f"there is no model for {pair} here, and the list of models to"
                f" download cannot be had: {error}. {self._known()} {NEXT_STEP}"
            ) from error
        legs = self._route(records, pair)
        logger.info(
            "Downloading the model %s (%s) to %s, once",
            " and ".join(f"{source}-{target}" for source, target in legs),
            _megabytes(records, legs),
            self.cache_dir,
        )
        try:
            for source, target in legs:
                discovery.add_models(source, target, cache_dir=str(self.cache_dir))
        except ValueError as error:
            raise EngineUnavailable(
                f"the model for {pair} cannot be downloaded: {error}. {NEXT_STEP}"
            ) from error

    def _route(self, records: str, pair: LanguagePair) -> list[tuple[str, str]]:
        """Return the pairs of codes to download; raises `UnsupportedPair`."""
        from fxtranslate import discovery

        for source in codes(pair.source):
            for target in codes(pair.target):
                try:
                    route = discovery.resolve_route(records, source, target)
                except ValueError:
                    continue
                if route["kind"] == "direct":
                    return [(source, target)]
                return [(source, route["pivot"]), (route["pivot"], target)]
        try:
            offered = discovery.model_pairs(records)
        except ValueError:
            offered = []
        languages = sorted({code for each in offered for code in each})
        raise UnsupportedPair(
            f"there is no model for {pair}. {self._known()} To download:"
            f" {', '.join(languages) or 'none'}. {NEXT_STEP}"
        )


def _count(processes: int | str | None) -> int:
    count = cores() if processes is None else int(processes)
    if count < 1:
        raise ValueError(f"processes: {count}; at least 1")
    return count


def _megabytes(records: str, legs: Sequence[tuple[str, str]]) -> str:
    """Say how much there is to download: of each kind of file, the newest."""
    sizes: dict[tuple[str, str, str], tuple[list[int], int]] = {}
    try:
        for record in read_json(records)["data"]:
            leg = (record["sourceLanguage"], record["targetLanguage"])
            if leg in legs:
                version = [
                    int(each) for each in re.findall("[0-9]+", record["version"])
                ]
                kind = (*leg, record["fileType"])
                newest = (version, int(record["attachment"]["size"]))
                sizes[kind] = max(sizes.get(kind, ([], 0)), newest)
    except (KeyError, TypeError, ValueError, OverflowError):
        return "size unknown"
    return f"{sum(size for _, size in sizes.values()) / 1e6:.0f} MB"
