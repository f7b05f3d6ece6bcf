"""What stands in for translation: letters with accents, or signs without blanks.

Words change, and differently for each target language. Numbers stay; so does whatever
is in an element with ``translate="no"``. Tags stay where they are, or come to harm as
`DAMAGE` describes. As far as is known, the service

* honours ``translate="no"`` on any element, and moves such an element about;
* replaces terms exactly, with regard to case;
* translates of an HTML document only what is inside ``<html>``.

Nothing is known about blanks and entities. Here blanks stay, and entities in a text
with tags are decoded once and written as ``&amp;``, ``&lt;`` and ``&gt;``. A text
without any tag is taken as plain.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from string import ascii_letters
from zlib import crc32

from amazon_server.languages import LANGUAGES

BLOCKS = frozenset(
    "address article aside blockquote body caption dd div dl dt figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 head header html li main nav ol p pre section table"
    " tbody td tfoot th thead title tr ul".split()
)
VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()
)
_OPAQUE = frozenset(("script", "style"))
_TAG = re.compile(
    r"<!--.*?-->|<[!?][^>]*>"
    r"|<(?P<slash>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]*)"
    r"(?P<attributes>(?:\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)?)(?P<void>/?)>",
    re.DOTALL,
)
_NO = re.compile(r"\btranslate\s*=\s*[\"']?no\b", re.IGNORECASE)
_HTML = re.compile(r"<html[\s>]", re.IGNORECASE)
_UNSPACED = ("zh", "zh-TW", "ja")
_WORD = re.compile(r"[^\W\d_]+")
_VOWEL_MARKS = "\u0301\u0300\u0308\u0302\u0303\u0304\u0306\u030a\u030c"
_CONSONANT_MARKS = "\u030c\u0301\u0327\u0307\u0302\u0323\u0331\u0308\u0328"


@dataclass
class Element:
    """An element with its tags as they were written; the root has none."""

    name: str
    opening: str
    children: list[Node] = field(default_factory=list)
    closing: str = ""

    @property
    def is_protected(self) -> bool:
        """Whether its content stays."""
        return self.name in _OPAQUE or bool(_NO.search(self.opening))

    def elements(self) -> Iterator[Element]:
        """Yield the elements in it, outermost first."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.elements()


class Raw(str):
    """Markup that is no element: a comment, a declaration, an end without a start."""


Node = Element | Raw | str


def parse(text: str) -> Element:
    """Read HTML; whatever it is, `render` gives it back."""
    stack = [Element("", "")]
    end = 0
    for tag in _TAG.finditer(text):
        if end < tag.start():
            stack[-1].children.append(text[end : tag.start()])
        end = tag.end()
        name = (tag["name"] or "").lower()
        if not name:
            stack[-1].children.append(Raw(tag[0]))
        elif tag["slash"]:
            _close(stack, name, tag[0])
        else:
            element = Element(name, tag[0])
            if name in BLOCKS and stack[-1].name == "p":
                stack.pop()
            stack[-1].children.append(element)
            if name not in VOID and not tag["void"]:
                stack.append(element)
    if text[end:]:
        stack[-1].children.append(text[end:])
    return stack[0]


def _close(stack: list[Element], name: str, tag: str) -> None:
    depth = next((n for n in range(len(stack) - 1, 0, -1) if stack[n].name == name), 0)
    if depth:
        stack[depth].closing = tag
        del stack[depth:]
    else:
        stack[-1].children.append(Raw(tag))


def render(node: Node) -> str:
    """Write HTML; the inverse of `parse`.

    >>> render(parse('<p>a<br>b <b>c</p> &amp; 1 < 2 <!-- d --></i>'))
    '<p>a<br>b <b>c</p> &amp; 1 < 2 <!-- d --></i>'
    """
    if isinstance(node, str):
        return str(node)
    return node.opening + "".join(map(render, node.children)) + node.closing


def words(node: Node) -> str:
    """Return the characters that are translated, entities decoded.

    >>> words(parse('<p>Run <b>it</b> <code translate="no">now</code> &amp; here</p>'))
    'Run it  & here'
    """
    if isinstance(node, Raw):
        return ""
    if isinstance(node, str):
        return html.unescape(node)
    return "" if node.is_protected else "".join(map(words, node.children))


@dataclass(frozen=True)
class Manner:
    """How the stand-in behaves, beside translating."""

    tags: str = "keep"  # a name of `DAMAGE`
    one_in: int = 1  # of so many blocks one comes to harm, always the same ones
    spares_alone: bool = False  # whether a block that came alone comes to no harm
    misses_terms: frozenset[str] = frozenset()  # sources that it does not replace


@dataclass
class Translator:
    """Translates for one request."""

    target: str
    manner: Manner = Manner()
    terms: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)  # whole blocks
    applied: dict[str, str] = field(default_factory=dict)  # of the terms, as they came

    def text(self, text: str) -> str:
        """Translate a text with or without tags."""
        return self._html(text) if _TAG.search(text) else self._plain(text)

    def document(self, text: str, content_type: str) -> str:
        """Translate a document; raises `ValueError` for a type it does not know."""
        if content_type == "text/plain":
            return "".join(map(self._plain, text.splitlines(keepends=True)))
        if content_type == "text/html":
            return self._html(text) if _HTML.search(text) else text
        raise ValueError(f"the test server does not translate {content_type}")

    def words(self, text: str) -> str:
        """Translate characters, terms first."""
        found = sorted(self.terms, key=len, reverse=True)
        pattern = "|".join(map(_whole, found))
        if not pattern:
            return foreign(text, self.target)
        out, end = [], 0
        for match in re.finditer(pattern, text):
            if match[0] in self.manner.misses_terms:
                continue
            self.applied[match[0]] = self.terms[match[0]]
            out += [foreign(text[end : match.start()], self.target)]
            out += [self.terms[match[0]]]
            end = match.end()
        return "".join([*out, foreign(text[end:], self.target)])

    def fill(self, element: Element, *, protected_too: bool = False) -> None:
        """Translate the content of an element in its place."""
        for number, child in enumerate(element.children):
            if isinstance(child, Element):
                if protected_too or not child.is_protected:
                    self.fill(child, protected_too=protected_too)
            elif not isinstance(child, Raw):
                text = self.words(html.unescape(child))
                element.children[number] = html.escape(text, quote=False)

    def block(self, block: Element) -> None:
        """Translate a block: what the examples have as a whole, the rest by words."""
        example = self.examples.get(" ".join(words(block).split()))
        if example is not None and not any(block.elements()):
            block.children = [html.escape(example, quote=False)]
        else:
            self.fill(block)

    def _plain(self, text: str) -> str:
        inner = text.strip()
        start = text.find(inner)
        after = text[start + len(inner) :]
        example = self.examples.get(" ".join(inner.split()))
        if example is None:
            example = self.words(inner)
        return text[:start] + example + after

    def _html(self, text: str) -> str:
        root = parse(text)
        if _HTML.search(text):
            for child in root.children:
                if isinstance(child, Element) and child.name == "html":
                    self._blocks(child)
        else:
            self._blocks(root)
        return render(root)

    def _blocks(self, root: Element) -> None:
        if root.is_protected:
            return
        blocks = [each for each in _leaves(root) if words(each).strip()]
        alone = len(blocks) == 1
        harmed = self.manner.tags != "keep" and not (alone and self.manner.spares_alone)
        for block in blocks:
            is_hit = harmed and crc32(words(block).encode()) % self.manner.one_in == 0
            DAMAGE[self.manner.tags if is_hit else "keep"](block, self)


def _leaves(root: Element) -> Iterator[Element]:
    """Yield the blocks without blocks in them; loose text becomes one of its own."""
    if not any(each.name in BLOCKS for each in root.elements()):
        yield root
        return
    for number, child in enumerate(root.children):
        if isinstance(child, Element):
            if not child.is_protected:
                yield from _leaves(child)
        elif not isinstance(child, Raw) and child.strip():
            loose = Element("", "", [child])
            root.children[number] = loose
            yield loose


def _whole(term: str) -> str:
    before = r"(?<!\w)" if term[:1].isalnum() and term.isascii() else ""
    after = r"(?!\w)" if term[-1:].isalnum() and term.isascii() else ""
    return before + re.escape(term) + after


def foreign(text: str, target: str) -> str:
    """Write a text as if it were of another language, each one its own way.

    >>> foreign("A tree, 2 m.", "es"), foreign("A tree, 2 m.", "zh")
    ('Ǎ ṯṟěě, 2 m.', '媠寀,2吠.')
    """
    if target in _UNSPACED:
        return re.sub(r"[ \t]+", "", _WORD.sub(_signs, text))
    return text.translate(_letters(target))


def _signs(word: re.Match[str]) -> str:
    digest = sha256(word[0].lower().encode()).digest()
    return "".join(chr(0x4E00 + byte * 16) for byte in digest[: 1 + len(word[0]) // 6])


@cache
def _letters(target: str) -> Mapping[int, str]:
    """Return letters with the accents of a language, where there are such letters."""
    number = list(LANGUAGES).index(target) if target in LANGUAGES else 0
    count = len(_VOWEL_MARKS)
    vowel, consonant = _VOWEL_MARKS[number % count], _CONSONANT_MARKS[number // count]
    marked = {
        letter: unicodedata.normalize(
            "NFC", letter + (vowel if letter in "aeiouAEIOU" else consonant)
        )
        for letter in ascii_letters
    }
    return {ord(plain): sign for plain, sign in marked.items() if len(sign) == 1}


# What may happen to a block. Each translates it, in the way its name says.

Damage = Callable[[Element, Translator], None]


def _keep(block: Element, translator: Translator) -> None:
    translator.block(block)


def _after(change: Callable[[Element], None]) -> Damage:
    def damage(block: Element, translator: Translator) -> None:
        translator.block(block)
        change(block)

    return damage


def _tags(change: Callable[[str], str], closing: Callable[[str], str] = str) -> Damage:
    def on_all(block: Element) -> None:
        for element in block.elements():
            element.opening = change(element.opening)
            element.closing = closing(element.closing)

    return _after(on_all)


def _texts(change: Callable[[str], str]) -> Damage:
    def on_all(block: Element) -> None:
        for each in (block, *block.elements()):
            if not each.is_protected:
                each.children = [
                    change(child)
                    if isinstance(child, str) and not isinstance(child, Raw)
                    else child
                    for child in each.children
                ]

    return _after(on_all)


def _is_protected(node: Node) -> bool:
    return isinstance(node, Element) and node.is_protected


def _move(block: Element) -> None:
    """Put protected elements at the other end of what they are in, reversed."""
    for each in (block, *block.elements()):
        spans = [child for child in each.children if _is_protected(child)]
        rest = [child for child in each.children if not _is_protected(child)]
        if not spans or each.is_protected or not rest:
            continue
        spaced = [node for span in reversed(spans) for node in (span, " ")]
        if each.children[-1] is spans[-1]:
            each.children = [*spaced, *rest]
        else:
            each.children = [*rest, " ", *spaced[:-1]]


def _lift(block: Element) -> None:
    """Put protected elements from inside others at the block's end."""
    for each in list(block.elements()):
        if not each.is_protected:
            lifted = [child for child in each.children if _is_protected(child)]
            each.children = [child for child in each.children if child not in lifted]
            block.children += lifted


def _reverse(block: Element) -> None:
    block.children = [
        f" {node.strip()} " if isinstance(node, str) else node
        for node in reversed(block.children)
    ]


def _drop(block: Element) -> None:
    for number, child in enumerate(block.children):
        if isinstance(child, Element):
            del block.children[number]
            return


def _strip(block: Element) -> None:
    for each in block.elements():
        each.opening = each.closing = ""


def _double(block: Element) -> None:
    elements = [each for each in block.children if isinstance(each, Element)]
    block.children += [" ", elements[0]] if elements else []


def _insert(block: Element) -> None:
    block.children.append(Raw('<b onclick="alert(1)">!</b>'))


def _lose(block: Element) -> None:
    block.opening = block.closing = ""
    block.children = []


def _empty(block: Element) -> None:
    block.children = []


def _halve(block: Element) -> None:
    block.children = block.children[: len(block.children) // 2]


def _open_up(block: Element) -> None:
    block.closing = ""


def _source(block: Element, translator: Translator) -> None:
    pass


def _translate_all(block: Element, translator: Translator) -> None:
    translator.fill(block, protected_too=True)


def _as_text(tag: str) -> str:
    return html.escape(tag, quote=False)


def _recase(tag: str) -> str:
    name, blank, rest = tag.rstrip("/>").partition(" ")
    end = tag[len(tag.rstrip("/>")) :]
    return name.upper() + blank * 2 + rest.replace('"', "'") + end


DAMAGE: dict[str, Damage] = {
    "keep": _keep,
    # The words are right, the tags are all there.
    "move": _after(_move),
    "reverse": _after(_reverse),
    "recase": _tags(_recase, str.upper),
    "glue blanks": _texts(str.strip),
    "add blanks": _texts(lambda text: f" {text.strip()} "),
    # Tags are lost, wrong or elsewhere.
    "lift": _after(_lift),
    "drop": _after(_drop),
    "strip": _after(_strip),
    "double": _after(_double),
    "insert": _after(_insert),
    "renumber": _tags(lambda tag: re.sub(r"\d+", lambda n: f"{int(n[0]) + 7}", tag)),
    "group digits": _tags(lambda tag: re.sub(r"(\d)(?=\")", r"\1,000", tag)),
    "typographic quotes": _tags(lambda tag: re.sub('"(.*?)"', "\u201c\\1\u201d", tag)),
    "tags as entities": _tags(_as_text, _as_text),
    "blanks in tags": _tags(
        lambda tag: tag.replace("<", "< ", 1), lambda tag: tag.replace("/", " / ")
    ),
    "never close": _tags(str, lambda tag: ""),
    # The text is wrong.
    "translate protected": _translate_all,
    "escape twice": _texts(lambda text: html.escape(text, quote=False)),
    "change numbers": _texts(lambda text: re.sub(r"\d+", lambda n: n[0] + "0", text)),
    "source": _source,
    "empty": _after(_empty),
    "halve": _after(_halve),
    # The block is wrong.
    "lose": _after(_lose),
    "open": _after(_open_up),
}
"""What may happen to a block, by name."""
