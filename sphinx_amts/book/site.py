"""The editions of a book: where each is, and how a page finds its others.

The source edition is at the root of the site, the others in folders below it, or each
has an address of its own. Links between folders are relative: they work below any path,
and from files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from babel import Locale, UnknownLocaleError

from sphinx_amts.addresses import is_url
from sphinx_amts.errors import SettingError
from sphinx_amts.text.languages import Language, LanguagePair, matches, to_bcp47


@dataclass(frozen=True)
class Edition:
    """The book in one language."""

    code: str  # as the author wrote it, with hyphens: what search engines are told
    tag: str  # BCP 47
    name: str  # of the language, in the language
    place: str  # the folder below the site's root, or an address; ends with a slash


@dataclass(frozen=True)
class Site:
    """All editions, the one that is built now, and the source."""

    editions: tuple[Edition, ...]
    current: Edition
    source: Edition
    root: str = ""  # address of the site's root, with a slash at the end, if known

    @classmethod
    def of(
        cls, languages: Mapping[str, str | None], pair: LanguagePair, base_url: str
    ) -> Site | None:
        """Make the site of ``amts_languages``; ``base_url`` is ``html_baseurl``.

        ``None`` where the language that is built is not among them. Raises
        `SettingError` where the source language has to be named and is not.
        """
        places = {
            code: _place(code, place, pair.source) for code, place in languages.items()
        }
        if not any(matches(code, pair.source) for code in places):
            if any(map(is_url, places.values())):
                raise SettingError(
                    "amts_languages has addresses, but none for the language of the"
                    f" source, {pair.source!r}"
                )
            places = {pair.source: "", **places}
        names = _names(places)
        editions = tuple(
            Edition(_public(code), to_bcp47(code), names[code], place)
            for code, place in places.items()
        )
        current = _find(editions, pair.target)
        source = _find(editions, pair.source)
        if current is None or source is None:
            return None
        base = base_url and base_url.rstrip("/") + "/"
        if is_url(current.place):
            base = ""
        return cls(editions, current, source, base.removesuffix(current.place))

    def href(self, edition: Edition, uri: str) -> str:
        """Return the link from the page ``uri`` to the same page of another edition."""
        if is_url(edition.place):
            return edition.place + uri
        up = "../" * (self.current.place + uri).count("/")
        return (up + edition.place + uri) or "./"

    def url(self, edition: Edition, uri: str) -> str:
        """Return the address of a page; a link where no address is known."""
        if is_url(edition.place) or self.root:
            return urljoin(self.root, edition.place + uri)
        return self.href(edition, uri)

    @property
    def base_url(self) -> str:
        """The address of the present edition; empty where it is not known."""
        if is_url(self.current.place):
            return self.current.place
        return self.root and self.root + self.current.place

    def alternates(self, uri: str) -> list[tuple[str, str]]:
        """Return the language and address of each edition's page, and the default's."""
        found = [(each.code, self.url(each, uri)) for each in self.editions]
        return [*found, ("x-default", self.url(self.source, uri))]

    def sitemap(self, uris: Iterable[str]) -> Iterator[str]:
        """Yield the lines of a sitemap with the pages ``uris``, each in all languages.

        It lists the present edition and those below its address: by the rules of
        sitemaps (https://www.sitemaps.org/protocol.html), it may list no others.
        """
        from xml.sax.saxutils import escape, quoteattr  # brings an HTTP client along

        below = [
            each
            for each in self.editions
            if self.url(each, "").startswith(self.base_url)
        ]
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        yield '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        yield ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        for uri in uris:
            links = [
                f'<xhtml:link rel="alternate" hreflang="{code}" href={quoteattr(url)}/>'
                for code, url in self.alternates(uri)
            ]
            for edition in below:
                yield f"<url><loc>{escape(self.url(edition, uri))}</loc>\n"
                yield from (f"  {link}\n" for link in links)
                yield "</url>\n"
        yield "</urlset>\n"


def _place(code: str, place: str | None, source: str) -> str:
    if place is None:
        return "" if matches(code, source) else f"{code}/"
    return place


def _find(editions: Iterable[Edition], tag: str) -> Edition | None:
    same = [each for each in editions if matches(each.tag, tag)]
    return next((each for each in same if each.tag == tag), same[0] if same else None)


def _public(code: str) -> str:
    """Return a code as search engines want it, no more exact than the author was."""
    return to_bcp47(code) if "@" in code or "." in code else code.replace("_", "-")


def _names(codes: Iterable[str]) -> dict[str, str]:
    """Return each language's name in itself, with its region where two share it."""
    parsed = {code: Language.parse(code) for code in codes}
    languages = [each.language for each in parsed.values()]
    return {
        code: _name(each, languages.count(each.language) > 1)
        for code, each in parsed.items()
    }


def _name(language: Language, is_exact: bool) -> str:
    try:
        script = language.script if is_exact else None
        region = language.region if is_exact and not script else None
        locale = Locale(language.language, territory=region, script=script)
    except (UnknownLocaleError, ValueError):
        return language.tag
    name = (locale.get_display_name(locale) or language.tag) if is_exact else ""
    name = name or locale.get_language_name(locale.language) or language.tag
    return name[:1].upper() + name[1:]
