"""How tagged text travels through an engine that knows only plain sentences.

The models know nothing of tags. A segment is cut into sentences, and in each one

* a placeholder travels as a short *mark* such as ``%1``, and so does a word that the
  models would damage (``<unk>``, ``a_b``, ``C#``);
* an inline tag is found again by its words, or its words travel between quotes.

The ladder goes by sentence, and only what fails `sphinx_amts.text.check.check` on one
rung goes to the next. English to Portuguese, a book on machine learning (1,200
segments) and the documentation of two Sphinx extensions (1,200 segments), measured with
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

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

from sphinx_amts.errors import TagError
from sphinx_amts.text.check import check
from sphinx_amts.text.languages import Language, LanguagePair
from sphinx_amts.text.sentences import split_sentences
from sphinx_amts.text.tagged import (
    Piece,
    Span,
    escape,
    has_words,
    parse,
    plain,
    serialize,
)

MAX_SENTENCE_BYTES = 380
"""A longer sentence is cut at a comma or a blank: a model reads 127 pieces of words at
once (3 to 8 bytes each) and drops words of long input well before that."""
_UNSPACED = ("zh", "ja", "th", "lo", "km", "my")  # languages without blanks at words
_UNSPACED_STOPS = ("zh", "ja")  # of these, the ones that join sentences without a blank


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


class Sentences:
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
