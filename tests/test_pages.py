"""What readers meet, in a real browser: every theme, with keys, fingers and no script.

The book is ``roots/test-site``: in English, with Chinese, Spanish and Arabic from its
memories. With ``AMTS_SCREENSHOTS=docs/images`` the pictures of the documentation are
made as well.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
import os
import re
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from books import ROOTS, TESTS, run
from chromium import launched, serving
from playwright.sync_api import Locator, Page

THEMES = (
    "alabaster",
    "furo",
    "pydata_sphinx_theme",
    "sphinx_book_theme",
    "sphinx_rtd_theme",
)
DARK = ("furo", "pydata_sphinx_theme", "sphinx_book_theme")  # the others are light
PAGE = "guide/green.html"
POLICY = "default-src 'none'; img-src 'self'; connect-src 'self'; script-src 'self'; "
POLICY += "style-src 'self'; font-src 'self'"
MAX_GROWTH = 1.15  # of a page's compressed size
SCREENSHOTS = os.environ.get("AMTS_SCREENSHOTS", "")


Build = Callable[..., Path]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Give ``build(theme, languages)``: the folder of the site, each edition once."""
    work = tmp_path_factory.mktemp("pages")

    @functools.cache
    def edition(theme: str, language: str, folder: str, *settings: str) -> None:
        if importlib.util.find_spec(theme) is None:
            pytest.skip(f"{theme} is not installed")
        options = [f"-Dhtml_theme={theme}", f"-Dlanguage={language}", *settings]
        out = work / theme / folder
        run(
            [
                *("-m", "sphinx", "--no-color", "-q", "-b", "html", *options),
                *("-D", f"amts_cache_dir={work / 'store'}"),
                *("-d", work / f"doctrees-{theme}-{language}{len(settings)}"),
                *(ROOTS / "test-site", out),
            ],
            out,
            cwd=work,
        )

    def site(theme: str, *languages: str) -> Path:
        edition(theme, "en", ".")
        for language in languages:
            edition(theme, language, language)
        return work / theme

    site.edition = edition  # type: ignore[attr-defined]
    return site


class Server(SimpleHTTPRequestHandler):
    """Serves a folder below ``/book/``, as GitHub Pages does."""

    policy = ""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/book"))

    def list_directory(self, path: Any) -> None:
        self.send_error(404)

    def end_headers(self) -> None:
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Give ``serve(folder)``: the address at which it can be read."""
    with serving() as start:

        def start_with(folder: Path, policy: str = "") -> str:
            handler = type("Handler", (Server,), {"policy": policy})
            return f"{start(handler, folder)}/book/"

        yield start_with


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as started:
        yield started


@pytest.fixture
def visit(browser: Any) -> Iterator[Open]:
    """Give ``visit(address, **context)``: a page in a browser of its own."""
    contexts = []

    def go(address: str | Path, **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        context = browser.new_context(**options)
        contexts.append(context)
        page: Page = context.new_page()
        page.goto(address.as_uri() if isinstance(address, Path) else address)
        return page

    yield go
    for context in contexts:
        context.close()


def show_all(page: Page) -> None:
    page.click(".amts-reading button")
    page.wait_for_selector(".amts-text")


# The language menu


@pytest.mark.parametrize("theme", THEMES)
def test_the_menu_leads_to_the_same_place_in_each_language(build, serve, visit, theme):
    root = serve(build(theme, "zh"))
    page = visit(f"{root}zh/{PAGE}#steps")
    page.click(".amts-languages summary")
    page.click(".amts-languages a[hreflang=en]")
    page.wait_for_url(f"{root}{PAGE}#steps")
    assert page.locator("html").get_attribute("lang") == "en"
    page.click(".amts-languages summary")
    page.click(".amts-languages a[hreflang=zh-CN]")
    page.wait_for_url(f"{root}zh/{PAGE}#steps")


def test_the_menu_works_from_a_disk(build, visit):
    site = build("alabaster", "zh")
    page = visit((site / "zh" / PAGE).as_uri() + "#words")
    page.click(".amts-original")
    page.wait_for_url(f"{(site / PAGE).as_uri()}#words")


def test_the_menu_finds_the_nearest_page_that_exists(build, serve, visit):
    root = serve(build("alabaster", "zh", "ar"))
    page = visit(f"{root}{PAGE}")
    page.evaluate(
        "link => { document.querySelector('a[hreflang=ar]').href = link }",
        f"{root}ar/guide/deep/missing.html",
    )
    page.click(".amts-languages summary")
    page.click(".amts-languages a[hreflang=ar]")
    page.wait_for_url(f"{root}ar/")


def test_the_menu_works_by_keys_alone(build, serve, visit):
    root = serve(build("alabaster", "zh"))
    page = visit(f"{root}zh/{PAGE}")
    page.focus(".amts-languages summary")
    page.keyboard.press("Enter")
    assert page.locator(".amts-languages details[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".amts-languages details[open]").count() == 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{root}{PAGE}")


# The original


@pytest.mark.parametrize("theme", THEMES)
def test_the_whole_page_beside_its_original_and_back(build, visit, theme):
    page = visit(build(theme, "zh") / "zh" / PAGE)
    before = page.locator("#steps").inner_html()
    show_all(page)
    shown = page.locator("#steps .amts-text").first
    assert shown.inner_text().startswith("Run the program brew --cool and wait for")
    assert shown.locator("code").inner_text() == "brew --cool"
    assert shown.get_attribute("lang") == "en"
    blocks = page.locator("[data-amts]").count()
    assert page.locator(".amts-text").count() == blocks
    target = page.locator("#steps p.amts-open .amts-target").first.bounding_box()
    beside = shown.bounding_box()
    assert beside["x"] >= target["x"] + target["width"]
    page.click(".amts-reading button")
    page.wait_for_selector(".amts-text", state="detached")
    assert page.locator("#steps").inner_html().replace(" amts-open", "") == before


def test_one_paragraph_by_mouse(build, visit):
    page = visit(build("alabaster", "zh") / "zh" / PAGE)
    peek = page.locator("#what-you-need .amts-peek").nth(1)
    text = page.locator(".amts-text")
    peek.hover()
    text.wait_for()
    assert text.inner_text() == "a pot and two cups"
    page.mouse.move(0, 0)
    text.wait_for(state="detached")
    peek.click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(50)
    assert text.count() == 1
    assert peek.get_attribute("aria-expanded") == "true"


def test_one_paragraph_by_keys_alone(build, visit):
    page = visit(build("alabaster", "zh") / "zh" / PAGE)
    page.focus("h1 .amts-peek")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".amts-text")
    assert page.locator(".amts-text").inner_text().startswith("Green tea wants")
    page.keyboard.press("Escape")
    page.wait_for_selector(".amts-text", state="detached")
    stops = page.locator(".amts-peek[tabindex='0']")
    assert stops.count() == 1
    assert stops.evaluate("each => each === document.activeElement")


def test_one_paragraph_by_finger(build, visit):
    phone = {"width": 390, "height": 800}
    path = build("alabaster", "zh") / "zh" / PAGE
    page = visit(path, viewport=phone, has_touch=True, is_mobile=True)
    peek = page.locator("h1 .amts-peek")
    assert 0 < opacity(peek) < 1
    peek.tap()
    page.wait_for_selector(".amts-text")
    peek.tap()
    page.wait_for_selector(".amts-text", state="detached")


def opacity(each: Locator) -> float:
    return float(each.evaluate("each => getComputedStyle(each).opacity"))


@pytest.mark.parametrize("theme", THEMES)
def test_arrows_show_where_a_reader_is(build, visit, theme):
    page = visit(build(theme, "zh") / "zh" / PAGE)
    peeks = page.locator(".amts-peek").all()
    page.mouse.move(0, 0)
    assert [each for each in peeks if opacity(each)] == []
    page.locator("#steps > p").first.hover(position={"x": 3, "y": 3})
    assert [opacity(each) for each in peeks if opacity(each)] == [0.6]
    assert opacity(page.locator("#steps > p .amts-peek").first) == 0.6
    page.mouse.move(0, 0)
    page.focus("#steps > p a.reference")
    assert opacity(page.locator("#steps > p .amts-peek").first) == 0.6
    page.focus("h1 .amts-peek")
    page.keyboard.press("ArrowDown")
    (shown,) = [each for each in peeks if opacity(each)]
    assert opacity(shown) == 1
    assert shown.evaluate("each => each === document.activeElement")


MOVED = """() => {
  const blocks = [
    ...document.querySelectorAll("p[data-amts]:not(td *, th *), h1, h2"),
  ];
  const controls = [...document.querySelectorAll(".amts-peek, .amts-suggest")];
  const measured = () => [
    document.documentElement.scrollWidth,
    ...blocks.map((each) => Math.round(each.getBoundingClientRect().height)),
  ];
  const moved = [];
  for (let more = 0; more < 60; more += 1) {
    for (const each of blocks) each.prepend("\u8336"); // so that it ends elsewhere
    const shown = measured();
    for (const each of controls) each.style.display = "none";
    const without = measured();
    for (const each of controls) each.style.display = "";
    if (String(shown) !== String(without)) moved.push([more, shown, without]);
  }
  return moved;
}"""
"""Returns where a page is larger with the arrows than without."""


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1200, 1440])
def test_arrows_move_no_text(build, visit, theme, width):
    view = {"width": width, "height": 800}
    page = visit(suggesting(build, theme), viewport=view)
    assert page.locator(".amts-suggest").count() == page.locator(".amts-peek").count()
    assert page.evaluate(MOVED) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("width", "touch"), [(360, True), (360, False), (800, True), (993, False)]
)
def test_arrows_stick_out_of_no_narrow_screen(build, visit, theme, width, touch):
    view = {"width": width, "height": 800}
    path = suggesting(build, theme)
    page = visit(path, viewport=view, has_touch=touch, is_mobile=touch)
    moved = page.evaluate(MOVED)
    assert {shown[0] for _, shown, _ in moved} <= {view["width"]}


# Suggestions


SUGGEST = "https://example.org/new?page={page}&body={source}%0A{target}&in={language}"


def suggesting(build: Build, theme: str) -> Path:
    """Return a page on which readers may suggest corrections."""
    build.edition(
        *(theme, "zh", "suggest", "-Damts_languages=zh"),
        *("-Damts_html_notice=1", f"-Damts_suggest_url={SUGGEST}"),
    )
    return build(theme) / "suggest" / PAGE


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_correction_is_suggested_with_and_without_script(
    build, visit, theme, scripts
):
    page = visit(suggesting(build, theme), java_script_enabled=scripts)
    link = page.locator("#what-you-need li .amts-suggest").nth(1)
    assert opacity(link) == 0
    page.locator("#what-you-need li p").nth(1).hover(position={"x": 3, "y": 3})
    assert opacity(link) == 0.6
    assert link.get_attribute("title") == "建议修改"
    address = urlsplit(link.get_attribute("href"))
    assert (address.scheme, address.netloc, address.path) == (
        *("https", "example.org", "/new"),
    )
    assert parse_qs(address.query) == {
        "page": ["guide/green"],
        "body": ["two spoons of leaves\n两勺茶叶"],
        "in": ["zh-CN"],
    }
    asked: list[str] = []
    page.route("https://example.org/**", lambda route: (asked.append(1), route.abort()))
    link.click(no_wait_after=True)
    page.wait_for_timeout(200)
    assert asked == [1]


def test_links_for_suggestions_are_no_stops_on_the_way(build, visit):
    page = visit(suggesting(build, "alabaster"))
    page.focus("h1 .amts-peek")
    page.keyboard.press("ArrowDown")
    stops = page.locator(".amts-suggest[tabindex='0'], .amts-peek[tabindex='0']")
    assert stops.count() == 2
    page.keyboard.press("Shift+Tab")
    link = page.locator("#how-to-make-green-tea > p .amts-suggest").first
    assert link.evaluate("each => each === document.activeElement")
    assert opacity(link) == 1
    page.keyboard.press("ArrowUp")
    heading = page.locator("h1 .amts-peek")
    assert heading.evaluate("each => each === document.activeElement")


def test_by_finger_a_suggestion_comes_with_the_original(build, visit):
    path = suggesting(build, "alabaster")
    touch = {"viewport": {"width": 390, "height": 800}, "has_touch": True}
    page = visit(path, is_mobile=True, **touch)
    link = page.locator("h1 .amts-suggest")
    assert not link.is_visible()
    page.locator("h1 .amts-peek").tap()
    page.wait_for_selector("h1 .amts-text")
    assert link.is_visible()
    assert opacity(link) == 1
    page = visit(path, is_mobile=True, java_script_enabled=False, **touch)
    assert 0 < opacity(page.locator("h1 .amts-suggest")) < 1


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_no_fault_of_suggestions(build, visit, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(suggesting(build, theme))
    page.locator("#steps > p").first.hover(position={"x": 3, "y": 3})
    assert _faults(axe, page) == []
    show_all(page)
    assert _faults(axe, page) == []


# Policies and paper


def test_a_strict_policy_forbids_nothing_of_ours(build, serve, visit):
    root = serve(build("alabaster", "zh"), POLICY)
    page = visit("about:blank")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{root}zh/{PAGE}")
    show_all(page)
    assert page.locator(".amts-text").first.is_visible()
    inline = re.compile("amts", re.IGNORECASE)
    assert [each for each in refused if inline.search(each)] == []
    page.click(".amts-languages summary")
    page.click(".amts-languages a[hreflang=en]")
    page.wait_for_url(f"{root}{PAGE}")


def test_without_scripts_the_page_is_whole(build, serve, visit):
    root = serve(build("alabaster", "zh"))
    page = visit(f"{root}zh/{PAGE}", java_script_enabled=False)
    assert page.locator(".amts-reading").is_hidden()
    assert page.locator(".amts-peek").count() == 0
    assert page.locator(".amts-notice").is_visible()
    page.click(".amts-languages summary")
    page.click(".amts-languages a[hreflang=en]")
    page.wait_for_url(f"{root}{PAGE}")


def test_on_paper_there_are_no_controls(build, visit):
    page = visit(build("alabaster", "zh") / "zh" / PAGE)
    show_all(page)
    page.emulate_media(media="print")
    for name in (".amts-languages", ".amts-reading", "h1 .amts-peek"):
        assert page.locator(name).is_hidden()
    assert page.locator(".amts-notice").is_visible()
    assert page.locator("h1 .amts-text").is_visible()


# All themes, screens and readers


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_sticks_out_of_a_narrow_screen(build, visit, theme):
    phone = {"width": 360, "height": 800}
    page = visit(build(theme, "zh") / "zh" / PAGE, viewport=phone)
    show_all(page)
    page.click(".amts-languages summary")
    for box in page.locator(".amts-bar *, .amts-text").all():
        place = box.bounding_box()
        assert place is None or place["x"] + place["width"] <= phone["width"]


@pytest.mark.parametrize(
    ("theme", "scheme"),
    [*((theme, "light") for theme in THEMES), *((theme, "dark") for theme in DARK)],
)
def test_axe_finds_no_fault_of_ours(build, visit, theme, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(build(theme, "zh") / "zh" / PAGE, color_scheme=scheme)
    page.click(".amts-languages summary")
    assert _faults(axe, page) == []
    page.keyboard.press("Escape")
    show_all(page)
    assert _faults(axe, page) == []


def _faults(axe: Any, page: Page) -> list[str]:
    found = axe.run(page).response["violations"]
    return [
        f"{fault['id']}: {node['html']}"
        for fault in found
        for node in fault["nodes"]
        if "amts" in node["html"] + str(node["target"])
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_a_page_from_right_to_left_has_its_code_from_left_to_right(build, visit, theme):
    page = visit(build(theme, "ar") / "ar" / PAGE)
    assert page.locator("html").get_attribute("dir") == "rtl"
    direction = "each => getComputedStyle(each).direction"
    for name, expected in (
        ("#steps p", "rtl"),
        ("#steps pre", "ltr"),
        ("#steps p code", "ltr"),
    ):
        assert page.locator(name).first.evaluate(direction) == expected
    show_all(page)
    assert page.locator("#steps .amts-text").first.evaluate(direction) == "ltr"


@pytest.mark.parametrize("theme", THEMES)
def test_search_in_chinese_finds_words_and_phrases(build, serve, visit, theme):
    pytest.importorskip("jieba")
    root = serve(build(theme, "zh"))
    page = visit("about:blank")
    for query in ("绿茶", "沸水变苦", "泡绿茶"):
        page.goto(f"{root}zh/search.html?q={query}")
        page.wait_for_selector(f"#search-results a[href*='{PAGE}']", timeout=5000)


@pytest.mark.parametrize("theme", THEMES)
def test_a_site_is_whole(build, serve, visit, theme):
    root = serve(build(theme, "zh"))
    page = visit("about:blank")
    wrong = []
    page.on("response", lambda got: got.status < 400 or wrong.append(got.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for name in ("index.html", PAGE, "search.html?q=绿茶"):
        page.goto(f"{root}zh/{name}", wait_until="networkidle")
    page.wait_for_selector(f"#search-results a[href*='{PAGE}']", timeout=5000)
    page.goto(f"{root}zh/{PAGE}")
    show_all(page)
    page.wait_for_load_state("networkidle")
    own = [each for each in wrong if root in each or "://" not in each]
    assert [each for each in own if "none.js" not in each] == []  # the book's MathJax


@pytest.mark.parametrize("theme", ["alabaster", "furo"])
def test_notice_and_original_make_a_page_little_longer(build, theme):
    site = build(theme)
    build.edition(theme, "zh", "on", "-Damts_languages=")
    build.edition(theme, "zh", "off", "-Damts_languages=", "-Damts_html_notice=0")
    on, off = (
        len(gzip.compress((site / name / PAGE).read_bytes())) for name in ("on", "off")
    )
    assert off < on <= off * MAX_GROWTH


# Pictures for the documentation


@pytest.mark.skipif(not SCREENSHOTS, reason="AMTS_SCREENSHOTS names no folder")
@pytest.mark.parametrize("theme", [each for each in THEMES if each != "alabaster"])
@pytest.mark.parametrize("language", ["zh", "es", "ar"])
def test_picture(build, visit, theme, language):
    folder = TESTS.parent / SCREENSHOTS
    view = {"width": 1040, "height": 560}
    page = visit(build(theme, language) / language / PAGE, viewport=view)
    show_all(page)
    page.screenshot(
        path=folder / f"readers-{theme}-{language}.jpg", type="jpeg", quality=60
    )
