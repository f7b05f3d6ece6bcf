"""TMX files: what is dumped is loaded again, and what others wrote is understood."""

from __future__ import annotations

import os
import random
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sphinx_amts.errors import FileError
from sphinx_amts.formats.tmx import MAX_DEPTH, Entry, dump, load
from sphinx_amts.text.check import check
from sphinx_amts.text.tagged import Piece, Span, parse, serialize

pytestmark = pytest.mark.newest

HEADER = (
    '<header creationtool="other" creationtoolversion="3" segtype="sentence" '
    'o-tmf="other" adminlang="en" srclang="en" datatype="html"/>'
)
SOURCE = 'Call <x id="1"/> to <g id="2">stop the <x id="3"/></g> &amp; rest.'
TARGET = 'Llame a <x id="1"/> para <g id="2">parar <x id="3"/></g> y descansar.'
ENTRY = Entry(
    {"en": SOURCE, "es": TARGET},
    kinds={1: "code", 2: "strong", 3: "math"},
    properties={"state": "final", "origin": "a < b"},
    changed="20240131T120000Z",
    author="Ana",
)
CANONICAL = """\
<?xml version="1.0" encoding="UTF-8"?>
<tmx version="1.4">
<header creationtool="sphinx_amts" creationtoolversion="1" segtype="block" \
o-tmf="sphinx_amts" adminlang="en" srclang="en" datatype="xml"/>
<body>
<tu changedate="20240131T120000Z" changeid="Ana">
  <prop type="origin">a &lt; b</prop>
  <prop type="state">final</prop>
  <tuv xml:lang="en"><seg>Call <ph x="1" type="code"/> to \
<bpt i="2" x="2" type="strong"/>stop the <ph x="3" type="math"/><ept i="2"/> \
&amp; rest.</seg></tuv>
  <tuv xml:lang="es"><seg>Llame a <ph x="1" type="code"/> para \
<bpt i="2" x="2" type="strong"/>parar <ph x="3" type="math"/><ept i="2"/> y descansar.\
</seg></tuv>
</tu>
</body>
</tmx>
"""


def write(folder: Path, units: str, head: str = "") -> Path:
    path = folder / "memory.tmx"
    text = f'{head}<tmx version="1.4">{HEADER}<body>\n{units}\n</body></tmx>'
    path.write_text(text, encoding="utf-8")
    return path


def load_seg(folder: Path, seg: str) -> Entry:
    unit = f'<tu><tuv xml:lang="en"><seg>{seg}</seg></tuv></tu>'
    (entry,) = load(write(folder, unit))
    return entry


def failure(path: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        list(load(path))
    assert caught.value.path == path
    return caught.value


# dump, and back


def test_dump_writes_the_canonical_form(tmp_path: Path) -> None:
    path = tmp_path / "memory.tmx"
    assert dump([ENTRY], path, source_language="en") == 1
    assert path.read_bytes().decode("utf-8") == CANONICAL


def test_load_gives_back_what_was_dumped(tmp_path: Path) -> None:
    path = tmp_path / "memory.tmx"
    dump([ENTRY], path, source_language="en")
    (entry,) = load(path)
    assert entry == ENTRY
    assert entry.line == 1 + CANONICAL[: CANONICAL.index("<tu ")].count("\n")


def test_dump_knows_no_order_of_its_input(tmp_path: Path) -> None:
    entries = [
        Entry({"en": f"text  {number % 7}", "es": f"texto {number}"})
        for number in range(30)
    ]
    path = tmp_path / "memory.tmx"
    dump(entries, path, source_language="en")
    first = path.read_bytes()
    random.Random(1).shuffle(entries)
    dump(iter(entries), path, source_language="en")
    assert path.read_bytes() == first
    dump(load(path), path, source_language="en")  # onto the file that is being read
    assert path.read_bytes() == first


def test_source_comes_first_then_the_other_languages_by_code(tmp_path: Path) -> None:
    entry = Entry({"zh-CN": "c", "de": "b", "en": "a"})
    dump([entry], tmp_path / "a.tmx", source_language="en")
    (loaded,) = load(tmp_path / "a.tmx")
    assert list(loaded.texts) == ["en", "de", "zh-CN"]


XML_CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"
)
WORDS = st.text(
    st.one_of(XML_CHARACTERS, st.sampled_from(" \t\n\r\x0c\x7f\x85\u2028&<>;\"']")),
    max_size=12,
)
SHAPES = st.recursive(
    st.lists(st.one_of(WORDS, st.none()), max_size=4),
    lambda inner: st.lists(st.one_of(WORDS, st.none(), inner), max_size=4),
    max_leaves=12,
)


@st.composite
def tagged_texts(draw: st.DrawFn) -> str:
    ids = iter(draw(st.permutations(range(1, 60))))

    def number(shape: Sequence[object]) -> tuple[Piece, ...]:
        return tuple(
            piece
            if isinstance(piece, str)
            else Span(next(ids), number(piece))
            if isinstance(piece, list)
            else next(ids)
            for piece in shape
        )

    pieces = number(draw(SHAPES))
    return serialize(parse(serialize(pieces))).strip(" ")


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    texts = {"en": draw(tagged_texts()), "zh-CN": draw(tagged_texts())}
    ids = [
        number for number in range(1, 60) if f'id="{number}"' in "".join(texts.values())
    ]
    kinds = {number: draw(st.sampled_from(["code", "strong"])) for number in ids}
    properties = draw(
        st.dictionaries(st.text(XML_CHARACTERS, min_size=1, max_size=5), WORDS_OF_PROPS)
    )
    author = draw(st.text(XML_CHARACTERS, max_size=5))
    return Entry(texts, kinds, properties, "20240131T120000Z", author)


WORDS_OF_PROPS = st.text(
    st.one_of(XML_CHARACTERS, st.sampled_from(" \t\n\r&<>]")), max_size=8
)


@given(st.lists(entries(), max_size=4))
def test_load_is_the_inverse_of_dump(
    tmp_path_factory: pytest.TempPathFactory, units: list[Entry]
) -> None:
    folder = tmp_path_factory.mktemp("inverse")
    dump(units, folder / "1.tmx", source_language="en")
    loaded = list(load(folder / "1.tmx"))
    assert sorted(map(repr, map(plain_entry, loaded))) == sorted(
        map(repr, map(plain_entry, units))
    )
    dump(loaded, folder / "2.tmx", source_language="en")
    assert (folder / "1.tmx").read_bytes() == (folder / "2.tmx").read_bytes()


def plain_entry(entry: Entry) -> Entry:
    """Order what has no order, so that equal entries have one `repr`."""
    return replace(
        entry,
        line=0,
        texts=dict(sorted(entry.texts.items())),
        kinds=dict(sorted(entry.kinds.items())),
        properties=dict(sorted(entry.properties.items())),
    )


def test_blanks_are_collapsed_and_stripped_on_the_way_out(tmp_path: Path) -> None:
    entry = Entry({"en": " \t two\n words \x0c", "es": "\xa0dos palabras"})
    dump([entry], tmp_path / "a.tmx", source_language="en")
    (loaded,) = load(tmp_path / "a.tmx")
    assert loaded.texts == {"en": "two words", "es": "\xa0dos palabras"}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Entry({"es": "hola"}), "no text in 'en' in the unit 'hola'"),
        (Entry({"en": "bell \x07"}), "control character U+0007 in the unit 'bell"),
        (Entry({"en": "half \ud800"}), "control character U+D800"),
        (Entry({"en": "a"}, properties={"p": "\x00"}), "control character U+0000"),
        (Entry({"en": '<g id="1">open'}), "tag 1 is not closed in the unit"),
        (Entry({"en": "a < b"}), "an angle bracket"),
        (Entry({"en": "a"}, changed="yesterday"), "'yesterday' is not a date of TMX"),
    ],
)
def test_dump_leaves_the_old_file_where_a_unit_cannot_be_written(
    tmp_path: Path, entry: Entry, reason: str
) -> None:
    path = tmp_path / "memory.tmx"
    path.write_text("old")
    with pytest.raises(FileError) as caught:
        dump([ENTRY, entry], path, source_language="en")
    assert reason in str(caught.value)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_dump_into_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written: No such file"):
        dump([ENTRY], tmp_path / "none" / "a.tmx", source_language="en")


@pytest.mark.skipif(os.name == "nt", reason="modes of files are those of POSIX")
def test_dump_gives_a_file_that_others_can_read_and_keeps_a_link(
    tmp_path: Path,
) -> None:
    (tmp_path / "link.tmx").symlink_to(tmp_path / "real.tmx")
    (tmp_path / "plain").write_text("")
    dump([ENTRY], tmp_path / "link.tmx", source_language="en")
    assert (tmp_path / "link.tmx").is_symlink()
    assert (tmp_path / "real.tmx").stat().st_mode == (tmp_path / "plain").stat().st_mode


# what other tools write


@pytest.mark.parametrize(
    ("seg", "text"),
    [
        ("one<ph>&lt;br/&gt;</ph>two", 'one<x id="1"/>two'),
        ("<ph x='7'/>a<ph/>b<ph x='7'/>", '<x id="7"/>a<x id="1"/>b<x id="2"/>'),
        ("<ph x='0'/>a<ph x='1'/>", '<x id="2"/>a<x id="1"/>'),
        (f"<ph x='{'9' * 5000}'/>a", '<x id="1"/>a'),
        (
            "<bpt i='1'>&lt;b&gt;</bpt>bold<ept i='1'>&lt;/b&gt;</ept> <it pos='end'/>",
            '<g id="1">bold</g> <x id="2"/>',
        ),
        (
            "<hi type='b'>a <ph/> <hi>b</hi></hi> c",
            '<g id="1">a <x id="2"/> <g id="3">b</g></g> c',
        ),
        ("a<ph>alt=<sub>dropped</sub></ph>b", 'a<x id="1"/>b'),
        ("\n  a\n  b <ut>x</ut>\n", 'a b <x id="1"/>'),
        ("a &lt;b&gt; &amp;amp; c", "a &lt;b&gt; &amp;amp; c"),
        ("a <!-- no --> b", "a b"),
        ("<![CDATA[a <b> c]]>", "a &lt;b&gt; c"),
        ("a <unknown>b</unknown>", "a b"),
        ("", ""),
        # overlapping
        (
            "<bpt i='1'/>a<bpt i='2'/>b<ept i='1'/>c<ept i='2'/>",
            '<g id="1">a<x id="2"/>b</g>c<x id="3"/>',
        ),
        (
            "<bpt i='1'/>a<hi>b<ept i='1'/></hi>",
            '<x id="1"/>a<g id="2">b<x id="3"/></g>',
        ),
        # left over
        ("a<ept i='1'/>b<bpt i='1'/>c", 'a<x id="1"/>b<x id="2"/>c'),
        # one number for two pairs
        (
            "<bpt i='1'/>a<bpt i='1'/>b<ept i='1'/>c<ept i='1'/>",
            '<g id="1">a<g id="2">b</g>c</g>',
        ),
    ],
)
def test_inline_elements(tmp_path: Path, seg: str, text: str) -> None:
    loaded = load_seg(tmp_path, seg).texts["en"]
    assert loaded == text
    assert serialize(parse(loaded)) == loaded


def test_deep_pairs_become_placeholders(tmp_path: Path) -> None:
    many = range(5 * MAX_DEPTH)
    seg = "".join(f"<bpt i='{n}'/>" for n in many) + "a"
    seg += "".join(f"<ept i='{n}'/>" for n in reversed(many))
    text = load_seg(tmp_path, seg).texts["en"]
    assert text.count("</g>") == MAX_DEPTH
    assert serialize(parse(text)) == text


def test_source_and_target_without_numbers_agree(tmp_path: Path) -> None:
    unit = """<tu srclang="en">
      <tuv xml:lang="en"><seg>Press <bpt i="1">[b]</bpt>stop<ept i="1">[/b]</ept> and
        <ph>[i/]</ph> go.</seg></tuv>
      <tuv xml:lang="es"><seg>Pulse <bpt i="4">[b]</bpt>parar<ept i="4">[/b]</ept> y
        <ph>[i/]</ph> siga.</seg></tuv>
    </tu>"""
    (entry,) = load(write(tmp_path, unit))
    assert check(entry.texts["en"], entry.texts["es"]) == entry.texts["es"]


FOREIGN_UNITS = """<tu tuid="1" creationdate="20200101T000000Z" creationid="Bo">
  <note>greeting</note><prop type="client">Acme</prop><prop>no type</prop>
  <tuv xml:lang="en-US"><seg>Hello</seg></tuv>
  <tuv xml:lang="FR" changedate="20210101T000000Z" changeid="Eve">
    <seg>Bonjour</seg></tuv>
  <tuv xml:lang="FR"><seg>Salut</seg></tuv>
  <tuv xml:lang="de"/>
</tu>
<tu changedate="last year"><tuv lang="en"><seg>Bye</seg></tuv></tu>
<tu><prop type="empty"/></tu>"""
FOREIGN = [
    Entry(
        {"en-US": "Hello", "FR": "Bonjour"},
        properties={"client": "Acme"},
        changed="20210101T000000Z",
        author="Eve",
    ),
    Entry({"en": "Bye"}),
]


@pytest.mark.parametrize(
    "head",
    [
        "",
        '<?xml version="1.0"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n',
        '<!DOCTYPE tmx PUBLIC "-//LISA OSCAR:1998//DTD for TMX//EN" "http://x/y.dtd">',
        "<!DOCTYPE tmx [<!ELEMENT tmx ANY>]>",
    ],
)
def test_units_of_another_tool(tmp_path: Path, head: str) -> None:
    assert list(load(write(tmp_path, FOREIGN_UNITS, head))) == FOREIGN


def test_a_namespace_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, FOREIGN_UNITS)
    text = path.read_text().replace("<tmx ", '<tmx xmlns="http://www.lisa.org/tmx14" ')
    path.write_text(text)
    assert list(load(path)) == FOREIGN


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16", ""),
        ("iso-8859-1", "ISO-8859-1"),
        ("cp1252", "windows-1252"),
    ],
)
def test_encodings_of_xml(tmp_path: Path, encoding: str, declared: str) -> None:
    path = write(tmp_path, '<tu><tuv xml:lang="fr"><seg>d\xe9j\xe0</seg></tuv></tu>')
    head = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    path.write_bytes((head + path.read_text(encoding="utf-8")).encode(encoding))
    (entry,) = load(path)
    assert entry.texts == {"fr": "d\xe9j\xe0"}
    assert entry.line == (3 if declared else 2)


def test_kinds_come_from_whichever_language_tells_first(tmp_path: Path) -> None:
    unit = """<tu>
    <tuv xml:lang="en"><seg><ph x="1"/><ph x="2" type="code"/></seg></tuv>
    <tuv xml:lang="es"><seg><ph x="1" type="math"/><ph x="2" type="x"/></seg></tuv>
    </tu>"""
    (entry,) = load(write(tmp_path, unit))
    assert entry.kinds == {1: "math", 2: "code"}


# what is no TMX, or no friend

GOOD_UNIT = '<tu><tuv xml:lang="en"><seg>a</seg></tuv></tu>'
LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">'
    for n in range(12)
)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "not XML.*no element found"),
        ("plain words", 1, "not XML.*syntax error"),
        ("<html>\n<body/></html>", 1, "not TMX: its root is <html>"),
        (f"<tmx>\n{GOOD_UNIT}\n<body>", 3, "no element found"),
        ("<tmx>\n<tu>\n</tmx>", 3, "mismatched tag"),
        ("<tmx>\n<tu><tu/></tu></tmx>", 2, "a <tu> inside a <tu>"),
        ("<tmx>\n<tu>\n<tuv/></tu></tmx>", 2, "no xml:lang"),
        (GOOD_UNIT.join(["<tmx>\n", "&nbsp;</tmx>"]), 2, "undefined entity"),
        (f'<!DOCTYPE tmx SYSTEM "t.dtd">\n<tmx>\n{GOOD_UNIT}&nbsp;</tmx>', 3, "entity"),
        (f"<!DOCTYPE tmx [\n{LAUGHS}]><tmx>&l11;</tmx>", 2, "entities are not allowed"),
        ('<!DOCTYPE tmx [\n<!ENTITY % p SYSTEM "t.dtd">%p;]><tmx/>', 2, "entities"),
        ("<tmx>" + "<a>" * 10**6, 1, f"more than {MAX_DEPTH} elements inside"),
        ('<?xml version="1.0" encoding="x-none"?>\n<tmx/>', 1, "encoding"),
        ('<?xml version="1.0" encoding="big5"?>\n<tmx/>', 1, "encoding"),
        (
            f"<tmx>\n<body>\n<<<<<<< ours\n{GOOD_UNIT}\n=======\n>>>>>>> b\n",
            3,
            "merge conflict",
        ),
    ],
)
def test_files_that_are_refused(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    path = tmp_path / "memory.tmx"
    path.write_text(text)
    error = failure(path)
    assert error.line == line
    with pytest.raises(FileError, match=reason):
        raise error


def test_the_file_beside_the_refused_ones(tmp_path: Path) -> None:
    path = tmp_path / "memory.tmx"
    path.write_text(f"<tmx>\n{GOOD_UNIT}\n</tmx>")
    assert list(load(path)) == [Entry({"en": "a"})]


def test_bytes_of_another_encoding_than_declared(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD_UNIT.replace(">a<", ">d\xe9j\xe0<"))
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    error = failure(path)
    assert (error.line, "encoding" in error.reason) == (2, True)


@pytest.mark.parametrize(
    ("name", "reason"), [("none.tmx", "No such file"), (".", "Is a directory")]
)
def test_paths_that_cannot_be_read(tmp_path: Path, name: str, reason: str) -> None:
    if os.name == "nt":
        reason = "cannot be read"
    assert reason in failure(tmp_path / name).reason


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.8, 0.99])
def test_a_truncated_file_gives_its_complete_units_then_fails(
    tmp_path: Path, cut: float
) -> None:
    path = tmp_path / "memory.tmx"
    units = [Entry({"en": f"text {n:05}"}) for n in range(2000)]
    dump(units, path, source_language="en")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])
    loaded: list[Entry] = []
    with pytest.raises(FileError, match="not XML"):
        loaded.extend(load(path))
    for entry in loaded:
        assert entry in units[: len(loaded)]


class Watch:
    """Notes each file that is opened and each use of the network, while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self.note)

    def note(self, event: str, arguments: tuple[object, ...]) -> None:
        """Keep an event; called by the interpreter for every one."""
        if self.on and (event == "open" or event.startswith(("socket.", "urllib."))):
            self.seen.append(f"{event} {arguments[0] if arguments else ''}")


WATCH = Watch()  # an audit hook cannot be taken off again


@pytest.fixture
def watch() -> Iterator[Watch]:
    WATCH.seen.clear()
    WATCH.on = True
    yield WATCH
    WATCH.on = False


@pytest.mark.parametrize(
    ("doctype", "is_good"),
    [
        ('<!DOCTYPE tmx SYSTEM "{secret}">', True),
        ('<!DOCTYPE tmx SYSTEM "http://127.0.0.1:9/tmx14.dtd">', True),
        ('<!DOCTYPE tmx [<!ENTITY e SYSTEM "{secret}">]>', False),
        ('<!DOCTYPE tmx [<!ENTITY e SYSTEM "http://127.0.0.1:9/">]>', False),
        ('<!DOCTYPE tmx [<!ENTITY % e SYSTEM "{secret}"> %e;]>', False),
    ],
)
def test_nothing_else_is_ever_read(
    tmp_path: Path, watch: Watch, doctype: str, is_good: bool
) -> None:
    watch.on = False
    secret = tmp_path / "secret.dtd"
    secret.write_text("<!ENTITY e 'secret'>")
    unit = GOOD_UNIT if is_good else GOOD_UNIT.replace(">a<", ">&e;<")
    path = write(tmp_path, unit, doctype.replace("{secret}", secret.as_uri()))
    watch.on = True
    if is_good:
        assert list(load(path)) == [Entry({"en": "a"})]
    else:
        assert failure(path).reason == "entities are not allowed"
    assert set(watch.seen) == {f"open {path}"}


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(units: int) -> int:
        path = write(tmp_path, f"{GOOD_UNIT}\n" * units)
        tracemalloc.start()
        assert sum(1 for _ in load(path)) == units
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)
    # Both files are longer than what is read at once.
    assert peak(15_000) < 1.5 * peak(3_000)
