"""Is a localized book the same book? Builds one twice, and compares the pages.

::

    python tests/fidelity.py BOOK --engine mark

builds the Sphinx project in the folder BOOK without the extension and with it, for the
same language, and prints what differs. BOOK is copied first: nothing is written into
it. Nothing is fetched, and no notebook is executed.

Pages are read with a real parser of HTML, and compared by their elements:

* identity: every file is the same, byte for byte;
* marks: every page is the same once the marks and all white space are taken out;
* all other engines: the same elements with the same attributes (in the same order, if
  the engine keeps the order), the same ids, links, code and math.
"""

from __future__ import annotations

import argparse
import html
import itertools
import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from warm import Ended

MARK = "\u2063"  # as stand_in_engines writes it
ENGINES = {
    "identity": "sphinx_amts.engines.offline:IdentityEngine",
    "pseudo": "sphinx_amts.engines.offline:PseudoEngine",
    "mark": "stand_in_engines:Mark",
    "hostile": "stand_in_engines:Hostile",
    "unspaced": "stand_in_engines:Unspaced",
    "recording": "stand_in_engines:Recording",
}
KEEP_ORDER = ("identity", "mark", "pseudo", "recording")

OFFLINE: dict[str, Any] = {
    "intersphinx_mapping": {},
    "nb_execution_mode": "off",
    "nb_execution_excludepatterns": ["*"],  # also where a document asks for it
    "html_last_updated_fmt": None,
    "ogp_description_length": 10**6,  # it cuts texts by their length
}
"""Settings without which a book would want a network or a kernel, or depend on time or
on the length of texts."""

SEARCH = {"html_search_language": "en"}
"""Settings for Chinese books whose search is no matter: to read the words of Chinese
takes longer than to build a small book."""

RAW = "raw.json"  # what authors wrote in HTML
STUBS = ("coconut",)
"""Programs that a ``conf.py`` runs to get ready for executing notebooks."""


# Building


@dataclass(frozen=True)
class Built:
    """One finished build."""

    folder: Path
    log: str
    status: int
    cpu_s: float
    requests: tuple[tuple[str, ...], ...] = ()  # of an engine that records them

    @property
    def warnings(self) -> list[str]:
        """The warnings, each with its place; one warning may have several lines."""
        return [each for each in _split_log(self.log) if ": WARNING: " in f": {each}"]

    @property
    def errors(self) -> list[str]:
        """The errors, and what else is worse than a warning."""
        worse = re.compile(r"\b(ERROR|CRITICAL|SEVERE|Traceback)\b")
        return [each for each in _split_log(self.log) if worse.search(each)]


_LOG_START = re.compile(
    r"(?:WARNING|ERROR|CRITICAL): |\S[^\n]*?: (?:WARNING|ERROR|CRITICAL): "
    r"|\S+\.py:\d+: \w+: "  # Python's own
    r"|# \d{4}-\d\d-\d\d [\d:,]+ (?:INFO|DEBUG) "  # of a book that shows every logger
)


def _split_log(log: str) -> list[str]:
    found: list[str] = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", log).splitlines():
        if re.match(
            "Building prefix dict|Loading model|Prefix dict|Dumping model", line
        ):
            continue  # the library that cuts Chinese into words
        if _LOG_START.match(line) or not found:
            found.append(line)
        else:
            found[-1] += "\n" + line
    return [each for each in found if each.strip()]


class Book:
    """A copy of a Sphinx project, to be built again and again, in ``work``."""

    def __init__(
        self,
        source: Path,
        work: Path,
        *,
        language: str,
        settings: Mapping[str, Any] | None = None,
        jobs: int = 1,
    ) -> None:
        self.work, self.language, self.jobs = work, language, jobs
        self.settings = dict(settings or {})
        self.source = work / "book" / source.name
        if not self.source.exists():
            self.source.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(
                source, self.source, ignore=shutil.ignore_patterns("_build")
            )
            for sibling in source.resolve().parent.iterdir():  # what it may include
                if sibling.name != source.name:
                    (self.source.parent / sibling.name).symlink_to(sibling)

    def build(
        self,
        engine: str | None = None,
        *,
        builder: str = "html",
        again: str = "",
        **settings: Any,
    ) -> Built:
        """Build without the extension, or with it and an engine.

        ``again`` names another build of the same kind, which shares the memory.
        """
        name = f"{builder}-{engine or 'plain'}{again and '-' + again}"
        # Every build is made in the same place: some extensions write names of folders,
        # or their hashes, into pages.
        place, folder = self.work / "build", self.work / name
        for each in (place, folder):
            shutil.rmtree(each, ignore_errors=True)
        place.mkdir()
        record = place / "requests.jsonl"
        overrides = {**OFFLINE, "language": self.language, **self.settings, **settings}
        if engine:
            overrides["amts_engine"] = ENGINES.get(engine, engine)
            overrides.setdefault("amts_cache_dir", str(self.work / f"memory-{engine}"))
            overrides.setdefault("amts_html_notice", False)
        order = {
            "source": str(self.source),
            "out": str(place / "out"),
            "doctrees": str(place / "doctrees"),
            "builder": builder,
            "with_extension": engine is not None,
            "overrides": overrides,
            "jobs": self.jobs,
            "raw": str(place / RAW) if name == "html-pseudo" else "",
        }
        bin_ = self.work / "bin"
        bin_.mkdir(exist_ok=True)
        for stub in STUBS:
            (bin_ / stub).write_text("#!/bin/sh\n", encoding="utf-8")
            (bin_ / stub).chmod(0o755)
        here = Path(__file__).resolve()
        paths = [str(here.parent), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PATH": f"{bin_}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "AMTS_RECORD": str(record),
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": "1700000000",
            "NO_COLOR": "1",
        }
        environment.pop("AMTS_LANGUAGE", None)
        command = [sys.executable, str(here), "--order", json.dumps(order)]
        before = os.times()
        done = subprocess.run(
            command, env=environment, cwd=self.work, capture_output=True, text=True
        )
        after = os.times()
        cpu_s = sum(after[2:4]) - sum(before[2:4])
        (place / "log.txt").write_text(done.stderr, encoding="utf-8")
        requests = []
        if record.exists():
            lines = record.read_text(encoding="utf-8").splitlines()
            requests = [tuple(json.loads(line)) for line in lines]
        place.rename(folder)
        return Built(
            folder / "out", done.stderr, done.returncode, cpu_s, tuple(requests)
        )


def _run_order(order: Mapping[str, Any]) -> int:
    """Build with Sphinx in this process; the log goes to stderr."""
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.docutils import docutils_namespace, patch_docutils
    from sphinx.util.tags import Tags

    numbers = itertools.count(1)  # ids that would be another in each build
    uuid.uuid4 = lambda: uuid.UUID(int=next(numbers), version=4)
    source, overrides = order["source"], dict(order["overrides"])
    with patch_docutils(source), docutils_namespace():
        written = Config.read(source, overrides={}, tags=Tags())
        packages = getattr(written, "_raw_config", {}).get("autodoc2_packages")
        if packages:
            overrides["autodoc2_packages"] = [_found(each, source) for each in packages]
        if order["with_extension"]:
            overrides["extensions"] = [*written.extensions, "sphinx_amts"]
        app = Sphinx(
            srcdir=source,
            confdir=source,
            outdir=order["out"],
            doctreedir=order["doctrees"],
            buildername=order["builder"],
            confoverrides=overrides,
            status=None,
            warning=sys.stderr,
            freshenv=True,
            parallel=order["jobs"],
        )
        app.build()
        if order["raw"]:
            texts = {
                app.builder.get_target_uri(name): _raw_texts(app.env.get_doctree(name))
                for name in app.env.found_docs
            }
            Path(order["raw"]).write_text(json.dumps(texts), encoding="utf-8")
        return int(app.statuscode)


def _raw_texts(document: Any) -> str:
    from docutils import nodes

    raw = " ".join(node.astext() for node in document.findall(nodes.raw))
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", raw)).split())


def _found(package: Any, source: str) -> Any:
    """Take an installed package where the book is not beside its own code."""
    if not isinstance(package, dict) or Path(source, package["path"]).exists():
        return package
    spec = find_spec(Path(package["path"]).name)
    if spec is None or spec.origin is None:
        return package
    return {**package, "path": os.path.relpath(Path(spec.origin).parent, source)}


# Reading pages

TEXT_ATTRIBUTES = {"alt", "title", "content", "aria-label", "placeholder", "summary"}
"""Attributes that hold text for readers."""
LINKS = {"href", "src", "action", "data", "cite", "srcset"}
CODE = {"code", "pre", "tt", "kbd", "samp", "script", "style"}
REFERENCES = ("code.xref", "code.download")
"""Code in which Sphinx shows the words that an author gave to a reference."""
VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"),
    *("param", "source", "track", "wbr"),
}

Element = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Text:
    """A run of characters and where it stands: elements around it, outermost first."""

    text: str
    path: tuple[str, ...]  # "dt.sig.sig-object"


@dataclass
class Page:
    """What can be seen of one page."""

    elements: list[Element] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    math: list[str] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> Page:
        """Read a page."""
        reader = _Reader()
        reader.feed(text)
        reader.close()
        return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[tuple[str, str]] = []  # tag, tag with classes
        self._gather: list[tuple[int, list[str], list[str]]] = []  # depth, list, parts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        kept = tuple(
            sorted((k, v) for k, v in found.items() if k not in TEXT_ATTRIBUTES)
        )
        classes = found.get("class", "").split()
        if classes != ["pre"]:  # one for each word of code, which is read below
            self.page.elements.append((tag, kept))
        label = ".".join([tag, *classes])
        path = (*(each for _tag, each in self._open), label)
        if "id" in found:
            self.page.ids.append(found["id"])
        self.page.links += [found[name] for name in LINKS if name in found]
        is_math = "math" in classes
        for name in sorted(TEXT_ATTRIBUTES & found.keys()):
            if is_math and tag == "img":
                self.page.math.append(found[name])
            else:
                self.page.texts.append(Text(found[name], (*path, f"@{name}")))
        if tag in VOID:
            return
        self._open.append((tag, label))
        if is_math:
            self._gather.append((len(self._open), self.page.math, []))
        elif tag in CODE and not self._gather:
            self._gather.append((len(self._open), self.page.code, []))

    def handle_endtag(self, tag: str) -> None:
        if tag not in (each for each, _label in self._open):
            return
        while self._open:
            depth = len(self._open)
            if self._gather and self._gather[-1][0] == depth:
                _depth, kept, parts = self._gather.pop()
                text = "".join(parts)
                if not (self._open[-1][1].startswith(REFERENCES) and _is_words(text)):
                    kept.append(text)
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        for _depth, _kept, parts in self._gather:
            parts.append(data)
        if data.strip():
            path = tuple(label for _tag, label in self._open)
            self.page.texts.append(Text(data, path))

    def handle_comment(self, data: str) -> None:
        self.page.elements.append(("!--", (("text", data),)))


def _is_words(text: str) -> bool:
    return " " in text or not text.isascii()


class Site:
    """The pages of a build, each read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pages: dict[str, Page] = {}

    @cached_property
    def names(self) -> list[str]:
        """Names of all pages."""
        found = self.folder.rglob("*.*html")
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in found
            if "_static" not in path.relative_to(self.folder).parts
        )

    def html(self, name: str) -> str:
        """The text of a page."""
        return (self.folder / name).read_text(encoding="utf-8")

    def page(self, name: str) -> Page:
        """A page, read."""
        if name not in self._pages:
            self._pages[name] = Page.read(self.html(name))
        return self._pages[name]


# Comparing

LEAKED = re.compile(
    r"(?:<|&lt;)\s*/?\s*[xg]\s*(?:id\s*=|/?\s*(?:>|&gt;))|\bid=(?:\"|&quot;)?\d+(?:\"|&quot;)?\s*/(?:>|&gt;)"
)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
GENERATED = re.compile(r"(?:^|/)(?:genindex[^/]*|py-modindex|search)\.x?html$")
"""Pages that Sphinx writes; the order of an index depends on its words."""


@dataclass
class Report:
    """What differs between two builds; all lists are empty where nothing does."""

    pages: int = 0
    bytes_differ: list[str] = field(default_factory=list)  # pages
    files_differ: list[str] = field(default_factory=list)  # what is no page
    text_differs: list[str] = field(default_factory=list)  # without marks and blanks
    elements: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    math: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)  # the same, in another order
    broken: list[str] = field(default_factory=list)  # links to no id of the site
    leaked: list[str] = field(default_factory=list)
    controls: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)  # new ones that are not ours
    refusals: list[str] = field(default_factory=list)  # ours
    leftover: dict[str, Counter[str]] = field(default_factory=dict)  # words by class
    prose: list[str] = field(default_factory=list)  # left over in no known class

    @property
    def faults(self) -> dict[str, list[str]]:
        """What no engine may cause."""
        names = ("prose", "elements", "ids", "links", "code", "math", "broken")
        names += ("leaked", "controls", "warnings")
        return {name: found for name in names if (found := getattr(self, name))}


def compare(plain: Built, localized: Built, *, engine: str = "") -> Report:
    """Compare a localized build with the plain one."""
    one, other = Site(plain.folder), Site(localized.folder)
    report = Report(pages=len(one.names))
    for name in _differing_files(plain.folder, localized.folder):
        is_page = name in one.names or name in other.names
        (report.bytes_differ if is_page else report.files_differ).append(name)
    report.warnings, report.refusals = _new_warnings(plain, localized)
    raw = _raw_html(localized)
    for name in sorted({*one.names, *other.names}):
        if name not in one.names or name not in other.names:
            report.elements.append(f"{name}: only in one of the builds")
            continue
        _compare_page(report, name, one, other)
        if engine == "mark" and not _same_but_marks(name, one, other):
            report.text_differs.append(name)
        if engine == "pseudo":
            for kind, words, text in leftover(
                other.page(name), name, raw.get(name, "")
            ):
                if name not in raw and kind == "prose":
                    kind = "interface"  # a page of the theme
                report.leftover.setdefault(kind, Counter()).update(words)
                if kind == "prose":
                    report.prose.append(f"{name}: {text}")
    report.broken = sorted(set(_broken(other)) - set(_broken(one)))
    return report


def _compare_page(report: Report, name: str, one: Site, other: Site) -> None:
    page, new = one.page(name), other.page(name)
    is_index = GENERATED.search(name) is not None
    for what in ("elements", "ids", "links", "code", "math"):
        before, after = getattr(page, what), getattr(new, what)
        if is_index:  # it has as many headings as its entries have first letters
            if what in ("elements", "ids"):
                continue
            before = [each for each in before if not re.match("#.{1,2}$", each)]
            after = [each for each in after if not re.match("#.{1,2}$", each)]
        if before == after:
            continue
        lost, extra = Counter(before), Counter(after)
        lost, extra = lost - extra, extra - lost
        kept = getattr(report, what)
        kept += [f"{name}: lost {_short(each)}" for each in lost.elements()]
        kept += [f"{name}: new {_short(each)}" for each in extra.elements()]
        if not is_index and not lost and not extra:
            report.order.append(f"{name}: {what}")
    for what, pattern in (("leaked", LEAKED), ("controls", CONTROL)):
        found = Counter(pattern.findall(other.html(name)))
        found -= Counter(pattern.findall(one.html(name)))
        kept = getattr(report, what)
        kept += [f"{name}: {each!r}" for each in found.elements()]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 200 else text[:200] + "..."


def _differing_files(one: Path, other: Path) -> Iterator[str]:
    names = {
        path.relative_to(folder).as_posix()
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".buildinfo"  # a hash of the settings
    }
    for name in sorted(names):
        try:
            before, after = (one / name).read_bytes(), (other / name).read_bytes()
        except OSError:
            before, after = b"", b"missing"
        if name == "searchindex.js":  # it names the extensions with their versions
            after = re.sub(rb',?\s*"?sphinx_amts"?:\s*\d+', b"", after)
        same = before == after
        if not same:
            yield name


def _same_but_marks(name: str, one: Site, other: Site) -> bool:
    before, after = one.html(name), other.html(name).replace(MARK, "")
    for written in ("&#8291;", "&#x2063;", "\\u2063", "%E2%81%A3"):
        after = after.replace(written, "")
    if GENERATED.search(name):  # sorted and grouped by words
        return set(re.split(r"[\s<>]+", before)) == set(re.split(r"[\s<>]+", after))
    return _unspaced(before) == _unspaced(after)


def _unspaced(text: str) -> str:
    return re.sub(r"\s+", "", text)


OURS = re.compile(r"\[amts\.|a translation was refused|Without a translation: ")
"""Warnings of the extension; older versions of Sphinx do not show their types."""


def _new_warnings(plain: Built, localized: Built) -> tuple[list[str], list[str]]:
    def normal(built: Built) -> list[str]:
        folder = str(built.folder.parent)
        return [
            each.replace(folder, "").strip() for each in built.warnings + built.errors
        ]

    new = Counter(normal(localized))
    new -= Counter(normal(plain))
    found = list(new.elements())
    ours = [each for each in found if OURS.search(each)]
    return [each for each in found if each not in ours], ours


def _broken(site: Site) -> Iterator[str]:
    """Yield links within the site that lead to no page or to no id of it."""
    ids = {name: set(site.page(name).ids) for name in site.names}
    for name in site.names:
        folder = posixpath.dirname(name)
        for link in site.page(name).links:
            if re.match(r"[a-z][a-z0-9+.-]*:|//", link, re.IGNORECASE):
                continue
            path, _, fragment = link.partition("#")
            path = path.partition("?")[0]
            target = posixpath.normpath(posixpath.join(folder, path)) if path else name
            if target in ids:
                if fragment and fragment not in ids[target]:
                    yield f"{name}: {link}"
            elif not (site.folder / target).exists():
                yield f"{name}: {link}"


# What was left in the source language

_WORD = re.compile(r"[^\W\d_]+")
_TRANSLATABLE = re.compile(r"[ACDEGHIKLNORSTUWYZacdeghijklnorstuwyz]")
_ASCII = re.compile(r"[A-Za-z]{2,}$")
_BRACKETED = re.compile(r"<[^\s<>][^<>]*>?")  # the pseudo engine leaves it
_URL = re.compile(r"\S*(?:://|www\.|@|\.(?:com|org|io|net|dev)\b)\S*")

_MAIN = re.compile(r" (?:div\.body|article)\b")
_ASIDE = re.compile(
    r" (?:nav|footer|header|aside|noscript)\b|\.(?:related|prev-|next-)"
)


@dataclass(frozen=True)
class Class:
    """Words that stay as they are, known by the elements around or by the text."""

    name: str
    why: str
    path: str = ""  # patterns; an empty one says nothing
    text: str = ""

    def has(self, text: Text) -> bool:
        """Tell whether a text is of this class."""
        return bool(
            (not self.path or re.search(self.path, " ".join(text.path)))
            and (not self.text or re.search(self.text, text.text.strip()))
        )


CLASSES = (
    Class(
        "code",
        "code is never translated, nor are scripts and styles",
        r"(?:^| )(?:code|pre|tt|kbd|samp|script|style|textarea|py-script|py-config)\b",
    ),
    Class("math", "formulas are never translated", r"\.math\b"),
    Class(
        "signatures",
        "signatures and properties of described objects are code",
        r"(?:^| )dt\.sig|\.sig-|\.viewcode|\.property\b",
    ),
    Class(
        "index and module index",
        "names of objects, and the words that Sphinx puts around them",
        r"\.indextable|\.modindextable|\.genindex",
    ),
    Class(
        "names of objects",
        "names of programs, parameters, types, files and standards are no words",
        r" (?:strong\.(?:program|command|makevar)|em\.(?:manpage|mailheader|mimetype"
        r"|newsgroup)|abbr)\b|field-list.* (?:strong|em)$| a\.(?:pep|rfc|cve|cwe)\."
        r"| a\.[\w. -]*reference.* @title$",
    ),
    Class(
        "types in field lists",
        "the type of a parameter or of a result is code",
        r"field-list",
        r"^[\w.]+$",
    ),
    Class(
        "code within a copied title",
        "a translated title without its markup, where it is the text of a link",
        r" (?:a|span)\.[^ ]*$",
        r"^\[.*~\]$|^'\w+'$|^\w+$",
    ),
    Class(
        "addresses",
        "links that are shown as what they lead to, parts of mail addresses",
        r" a\.| span\.xref",
        r"^[^\s]+$|^\w+:\S",
    ),
    Class(
        "file names for images",
        "what a browser shows for an image whose author gave it no text",
        r" img\.?.* @alt$| img @alt$",
        r"^\S+\.\w+$|^\w+$",
    ),
    Class("graphs", "the source of a graph is code", text=r"\bdigraph \w+ \{"),
    Class(
        "written by extensions",
        "made when pages are written: buttons and tables of MyST-NB",
        r" details\.[\w.-]*hide\b",
    ),
    Class(
        "written by extensions",
        "MyST-NB's table of execution times",
        r" table",
        r"^(?:Document|Modified|Method|Run Time \(s\)|Status)$",
    ),
    Class(
        "interface",
        "Sphinx's own words where a catalog of it lacks them",
        r"span\.versionmodified\b",
    ),
    Class("kept by the author", "marked as not to be translated", r"\.notranslate\b"),
    Class("labels of citations", "they are looked up", r"\.(?:label|citation)\b"),
    Class(
        "authors of modules",
        "names of people",
        r" p em$",
    ),
    Class(
        "access keys",
        "a menu entry whose key is underlined is taken over as it is",
        r"\.guilabel$",
        r"^\w+$",
    ),
)
"""Why words were left in the source language; what is in none of these is prose."""


def leftover(
    page: Page, name: str, raw: str = ""
) -> Iterator[tuple[str, list[str], str]]:
    """Yield what the pseudo engine has not written over: class, words, all the text.

    ``raw`` is the HTML that authors wrote by hand on this page.
    """
    for text in page.texts:
        found = _BRACKETED.sub(" ", _URL.sub(" ", text.text))
        words = [
            word
            for word in _WORD.findall(found)
            if _ASCII.match(word) and _TRANSLATABLE.search(word)
        ]
        if words:
            yield classify(text, name, raw), words, " ".join(text.text.split())


def classify(text: Text, name: str, raw: str = "") -> str:
    """Name the class of a text that stayed in the source language."""
    path = " ".join(text.path)
    if name.startswith("_modules/"):
        return "pages of code"
    main = _MAIN.search(path)
    if (
        not main
        or GENERATED.search(name)
        or _ASIDE.search(path, main.end())
        or re.search(r"headerlink @title$", path)
    ):
        return "interface"
    if re.search("[\u4e00-\u9fff]", text.text):  # Sphinx's, in a Chinese build
        return "interface"
    if raw and " ".join(text.text.split()) in raw:
        return "raw HTML"
    for each in CLASSES:
        if each.has(text):
            return each.name
    return "prose"


def _raw_html(built: Built) -> dict[str, str]:
    """Return the raw HTML of each document as text, by its page."""
    path = built.folder.parent / RAW
    if not path.exists():
        return {}
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


# The command


def check(book: Book, engine: str) -> tuple[Report, Built, Built]:
    """Build plain and localized, and compare."""
    plain = book.build()
    localized = book.build(engine)
    for built in (plain, localized):
        if built.status or not (built.folder / "index.html").exists():
            raise RuntimeError(f"the build failed:\n{built.log[-800:]}")
    report = compare(plain, localized, engine=engine)
    return report, plain, localized


def _print(report: Report, plain: Built, localized: Built, shown: int) -> None:
    rows = [
        ("pages", report.pages),
        ("pages that differ in a byte", len(report.bytes_differ)),
        ("other files that do", len(report.files_differ)),
        ("pages that differ without marks", len(report.text_differs)),
        *(
            (name, len(getattr(report, name)))
            for name in (
                "elements",
                "ids",
                "links",
                "code",
                "math",
                "order",
                "broken",
                "leaked",
                "controls",
                "warnings",
                "refusals",
            )
        ),
        ("requests", len(localized.requests)),
        ("CPU s, plain", round(plain.cpu_s, 1)),
        ("CPU s, localized", round(localized.cpu_s, 1)),
    ]
    for name, value in rows:
        print(f"{name:34}{value:>8}")
    found_too = {"text_differs": report.text_differs}
    if not localized.requests:
        found_too["bytes_differ"] = report.bytes_differ
        found_too["files_differ"] = report.files_differ
    for name, found in {**report.faults, **found_too}.items():
        for each in found[:shown]:
            print(f"  {name}: {each}")
    for kind, words in sorted(
        report.leftover.items(), key=lambda item: -item[1].total()
    ):
        most = ", ".join(f"{word} {n}" for word, n in words.most_common(8))
        print(f"  left: {words.total():>6} {kind}: {most}")


def main(arguments: Iterable[str] | None = None) -> int:
    """Run the command; 1 where something differs that must not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("book", nargs="?", type=Path, help="a folder with conf.py")
    parser.add_argument("--engine", choices=ENGINES, default="mark")
    parser.add_argument("--language", default="zh_CN")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--work", type=Path, help="keep all builds in this folder")
    parser.add_argument("--shown", type=int, default=20, help="examples of each kind")
    parser.add_argument("--order", help=argparse.SUPPRESS)
    options = parser.parse_args(None if arguments is None else list(arguments))
    if options.order:
        ended = Ended()
        ended.status = _run_order(json.loads(options.order))
        return ended.status
    if options.book is None:
        parser.error("which book?")
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        book = Book(options.book, work, language=options.language, jobs=options.jobs)
        started = time.monotonic()
        report, plain, localized = check(book, options.engine)
        print(f"{options.book.name}, {options.engine}, {options.language}")
        _print(report, plain, localized, options.shown)
        print(f"{time.monotonic() - started:.0f} s")
    differs = report.text_differs if options.engine == "mark" else []
    if options.engine == "identity":
        differs = report.bytes_differ
    return bool(report.faults or differs)


if __name__ == "__main__":
    sys.exit(main())
