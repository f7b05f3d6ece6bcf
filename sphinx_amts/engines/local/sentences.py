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
``placed``         -       -    or put where they stood, if their words were left
``hollow``      0.3 %   0.3 %  inline tags' words are translated apart
``fragments``   0.1 %   0.1 %  so is all that is between tags
translated      100 %   100 %  (of segments)
=============  ======  ======  =====================================================
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from sphinx_amts.engines.local.marks import (
    AS_MARK,
    CLOSE,
    DASH,
    END,
    FORMS,
    NO_CONTROLS,
    OPEN,
    PAIRS,
    Encoded,
    Form,
    decode,
    opaque_words,
    read_marks,
    read_pairs,
    space_marks,
)
from sphinx_amts.errors import TagError
from sphinx_amts.text.check import check
from sphinx_amts.text.hollow import hollow
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
MAX_SEARCHED = 1500
"""Characters of a sentence in which the words of inline tags are looked for, which
takes the product of both. What could not be cut and is longer is no sentence."""
_BORDERS = (
    re.compile(r"(?<=[,;:]) |(?<=[\uff0c\uff1b\uff1a\u3001])"),
    re.compile(r" (?!id=\"\d{1,5}\"/?>)"),  # none that is in a tag
)
_UNSPACED = ("zh", "ja", "th", "lo", "km", "my")  # languages without blanks at words
_UNSPACED_STOPS = ("zh", "ja")  # of these, the ones that join sentences without a blank


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


_SPACED = re.compile(r"\S+")
_LOWER = re.compile(r"(?<!\w)[a-z]{3,}(?!\w)")
_REST = re.compile(r"[a-z]{3,}(?!\w)")  # shorter ones are indices: the *i*-th, *i*th

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
        self.opaque = opaque_words(Language.parse(pair.source).language)
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
        pieces = _whole_words(parse(source))
        if not has_words(plain(pieces)):
            return source
        kept = None
        rungs = [self.marked]
        if any(_has_words(piece) for piece in pieces if isinstance(piece, Span)):
            rungs = [self.found, self.paired, self.placed, self.hollow]
            if len(source) > MAX_SEARCHED:
                rungs = [self.hollow]
        for rung in rungs:
            if rung == self.placed and kept is None:
                continue  # it guesses: for what others leave only
            target = rung(pieces)
            if target is None or not _passes(source, target):
                continue
            if kept is not None and self._is_left(pieces, target):
                continue
            kept = rung.__name__, target
            if not self._is_left(pieces, target):
                break
        if kept is None or self._is_left(pieces, kept[1]):
            apart = self.fragments(pieces)
            if kept is None or not self._is_left(pieces, apart):
                kept = "fragments", apart
        name, target = kept
        self.rungs[name if "<" in source else "plain"] += 1
        return _dashed(source, _cased(source, target))

    def _is_left(self, pieces: Sequence[Piece], target: str) -> bool:
        """Tell whether words beside tags came back as they were, though they need not.

        A model does that with what stands alone between marks, or behind a break.
        """
        if all(isinstance(piece, str) for piece in pieces):
            return False
        made = f" {plain(parse(target))} "
        for piece in pieces:
            is_span = isinstance(piece, Span)
            words = plain((piece,)).strip(" ,;:.")
            if len(words.split()) < (1 if is_span else 2) or not _LOWER.search(words):
                continue
            if is_span and not words[:1].islower():
                continue  # the title of a work, a name
            alone = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", made)
            if alone and self.say(words).strip(" .").lower() != words.lower():
                return True
        return False

    def marked(self, pieces: Sequence[Piece]) -> str | None:
        """Let placeholders travel as marks, in one form after the other."""
        for form in _forms(pieces):
            encoded = Encoded(pieces, form, self.opaque)
            target = self._say_marked(encoded, form)
            if target is not None:
                return decode(target, encoded.carried)
        return None

    def found(self, pieces: Sequence[Piece]) -> str | None:
        """Translate without inline tags; find the words of each in the target."""
        if _is_nested(pieces):
            return None
        form = next(_forms(pieces), FORMS[0])
        encoded = Encoded(pieces, form, self.opaque)
        target = self._say_marked(encoded, form)
        if target is None:
            return None
        places = []
        for number, start, end in encoded.spans:
            words = encoded.text[start:end].strip()
            if encoded.text.lower().count(words.lower()) > 1:
                return None
            wanted = form.pattern.sub(AS_MARK, self.say(words)).strip(" .")
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
                f"{target[:start]}{OPEN}{number}{END}{target[start:end]}{CLOSE}"
                f"{target[end:]}"
            )
        return decode(target, encoded.carried)

    def paired(self, pieces: Sequence[Piece]) -> str | None:
        """Let the words of inline tags travel between quotes or brackets."""
        if _is_nested(pieces):
            return None
        candidates: list[tuple[float, str]] = []
        form = next(_forms(pieces), FORMS[0])
        plainly = self.say(Encoded(pieces, form, self.opaque).text)
        for opening, closing, openings, closings in PAIRS:
            if any(each in plain(pieces) for each in openings + closings):
                continue
            encoded = Encoded(pieces, form, self.opaque, (opening, closing))
            target = self._say_marked(encoded, form)
            target = target and read_pairs(
                target, openings, closings, [number for number, _, _ in encoded.spans]
            )
            if not target or not self._is_in_order(pieces, target):
                continue
            score = _likeness(target, form.pattern.sub(AS_MARK, plainly))
            candidates.append((score, decode(target, encoded.carried)))
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
        pattern = f"{OPEN}([0-9]+){END}([^{CLOSE}]*){CLOSE}"
        for number, words in re.findall(pattern, target):
            like = {each: _near(words, text) for each, text in wanted.items()}
            if max(like.values()) > like[int(number)]:
                return False
        return True

    def placed(self, pieces: Sequence[Piece]) -> str | None:
        """Translate without inline tags; put each around words at the same place.

        Where the target has as many words as the source, or one more or less.
        """
        if not self.is_spaced or _is_nested(pieces):
            return None
        form = next(_forms(pieces), FORMS[0])
        encoded = Encoded(pieces, form, self.opaque)
        target = self._say_marked(encoded, form)
        words = [match.span() for match in _SPACED.finditer(target or "")]
        starts = [match.start() for match in _SPACED.finditer(encoded.text)]
        if target is None or not words or abs(len(words) - len(starts)) > 1:
            return None
        behind = len(words)
        for number, start, end in reversed(encoded.spans):
            first, last = (sum(s < place for s in starts) for place in (start, end))
            first, last = (round(n * len(words) / len(starts)) for n in (first, last))
            last = max(last, first + 1)
            if last > behind:
                return None
            behind = first
            a, b = words[first][0], words[last - 1][1]
            b -= len(target[a:b]) - len(target[a:b].rstrip(".,;:!?"))
            inside = target[a:b]
            target = f"{target[:a]}{OPEN}{number}{END}{inside}{CLOSE}{target[b:]}"
        return decode(target, encoded.carried)

    def hollow(self, pieces: Sequence[Piece]) -> str | None:
        """Translate the words of inline tags apart; a mark stands for each."""
        taken = hollow(serialize(pieces))
        targets: dict[str, str] = {}
        for text in taken.sources():
            is_outer = text == taken.outer
            target = self.marked(parse(text)) if is_outer else self.sentence(text)
            if target is None:
                return None
            targets[text] = target
        return taken.fill(targets)

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

    def _say_marked(self, encoded: Encoded, form: Form) -> str | None:
        target = self.say(encoded.text).translate(NO_CONTROLS)
        read = read_marks(target, form, len(encoded.carried), encoded.text)
        if read is not None and self.is_spaced:
            return space_marks(read, form, encoded.text)
        return read


def _whole_words(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Put the rest of a word into the inline tag that holds its beginning.

    >>> _whole_words(("A ", Span(1, ("F",)), "irst one"))
    ('A ', Span(id=1, children=('First',)), ' one')
    """
    made: list[Piece] = []
    for piece in pieces:
        before = made[-1] if made else ""
        rest = _REST.match(piece) if isinstance(piece, str) else None
        if rest and isinstance(before, Span) and plain((before,))[-1:].isalpha():
            last = before.children[-1]
            if isinstance(last, str):
                children = (*before.children[:-1], last + rest[0])
                made[-1] = Span(before.id, children)
                piece = rest.string[rest.end() :]
        made.append(piece)
    return tuple(piece for piece in made if piece != "")


def _has_words(span: Span) -> bool:
    return has_words(plain(span.children))


def _is_nested(pieces: Sequence[Piece]) -> bool:
    return any(
        isinstance(child, Span) and _has_words(child)
        for piece in pieces
        if isinstance(piece, Span)
        for child in piece.children
    )


def _forms(pieces: Sequence[Piece]) -> Iterator[Form]:
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
    dash = DASH.search(source)
    if not dash or " - " in source:
        return target
    return target.replace(" - ", dash[0])


def _cut(sentence: str) -> list[str]:
    """Cut a sentence that is too long, outside inline tags, at a comma or a blank."""
    if len(sentence.encode()) <= MAX_SENTENCE_BYTES:
        return [sentence]
    middle = len(sentence) / 2
    for border in _BORDERS:
        places = _places(sentence, border)
        start, end = min(places, key=lambda p: abs(p[0] - middle), default=(0, 0))
        if len(sentence) / 5 < start < len(sentence) * 4 / 5:
            return [*_cut(sentence[:start]), *_cut(sentence[end:])]
    return [sentence]


def _places(sentence: str, border: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield where a border is outside inline tags and between words."""
    letters = [number for number, sign in enumerate(sentence) if sign.isalpha()]
    opened = counted = 0
    for match in border.finditer(sentence):
        start, end = match.span()
        opened += sentence.count("<g ", counted, start)
        opened -= sentence.count("</g>", counted, start)
        counted = start
        if not opened and letters and letters[0] < start and letters[-1] >= end:
            yield start, end
