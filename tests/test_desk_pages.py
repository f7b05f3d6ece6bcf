"""The translators' desk in a real browser: every theme, by keys, fingers and pointer.

The book is ``roots/test-site``, served by ``sphinx-amts review``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from desk_browser import (
    EDITOR,
    MARK,
    STEPS,
    at_desk,
    memory,
    open_desk,
    tagged,
    wait_for_said,
    write,
)
from desk_fixtures import PAGE
from playwright.sync_api import Page

THEMES = (
    "alabaster",
    "furo",
    "pydata_sphinx_theme",
    "sphinx_book_theme",
    "sphinx_rtd_theme",
)
DARK = ("furo", "pydata_sphinx_theme", "sphinx_book_theme")  # the others are light
PHONE = {"width": 360, "height": 740}
BUILD_MS = 60_000  # until a build is done
SCREENSHOTS = os.environ.get("AMTS_DESK_SCREENSHOTS", "")


def edges(page: Page, name: str) -> tuple[float, float, float, float]:
    box = page.locator(name).first.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


# Every theme


@pytest.mark.parametrize("theme", THEMES)
def test_three_texts_by_keys_alone(desks, visit, theme):
    desk = desks(theme)
    page = visit(desk)
    page.focus(f"h1 {MARK}")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    at_desk(page)
    assert (
        page.locator(EDITOR).inner_text().strip("\ufeff").startswith("绿茶需要较凉的水")
    )
    for text in ("绿茶要用凉一点的水", "您要准备什么", "一个壶和两个杯子"):
        write(page, text)
        page.keyboard.press("Control+Enter")
        page.locator(".amts-block[data-amts-whose=people]", has_text=text).wait_for()
        at_desk(page)
        assert f"<seg>{text}</seg>" in memory(desk)
    # The next one that is left; behind that, there is what people have translated.
    assert "勺茶叶" in page.locator(EDITOR).inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".amts-desk").is_hidden()
    focus = "document.activeElement.parentElement.textContent"
    assert "勺茶叶" in page.evaluate(focus)
    picture(page, f"keys-{theme}")


def picture(page: Page, name: str) -> None:
    """Keep a picture to look at, where that is asked for."""
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", ["zh", "ar"])
@pytest.mark.parametrize("width", [1280, PHONE["width"]])
def test_the_desk_covers_no_block(desks, visit, theme, language, width):
    if language == "ar" and theme not in ("furo", "sphinx_rtd_theme"):
        pytest.skip("one theme with a side bar that turns, one without")
    page = visit(desks(theme, language), viewport={"width": width, "height": 740})
    open_desk(page, STEPS)
    for _ in range(3):
        left, top, right, bottom = edges(page, ".amts-current")
        desk = edges(page, ".amts-desk")
        assert right <= desk[0] or bottom <= desk[1]
        assert (left, top) >= (0, 0)
        assert desk[2] <= width
        assert desk[3] <= 740
        page.keyboard.press("Alt+ArrowDown")
        at_desk(page)
    picture(page, f"place-{theme}-{language}-{width}")


@pytest.mark.parametrize(
    ("theme", "scheme"),
    [*((theme, "light") for theme in THEMES), *((theme, "dark") for theme in DARK)],
)
def test_axe_finds_no_fault_of_ours(desks, visit, theme, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(desks(theme), color_scheme=scheme)
    assert faults(axe, page) == []
    open_desk(page, STEPS)
    page.keyboard.press("F1")
    assert faults(axe, page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+s")
    wait_for_said(page, "Not saved")
    assert faults(axe, page) == []
    picture(page, f"axe-{theme}-{scheme}")


def faults(axe: Any, page: Page, ours: str = "amts") -> list[str]:
    return [
        f"{fault['id']}: {node['html']}"
        for fault in axe.run(page).response["violations"]
        for node in fault["nodes"]
        if ours in node["html"] + str(node["target"])
    ]


# On the page


def test_a_link_in_a_block_is_a_link(desks, visit):
    page = visit(desks())
    page.click(f"{STEPS} a")
    assert page.url.endswith("#what-you-need")
    assert page.locator(".amts-desk").is_hidden()
    page.locator(STEPS).first.click(position={"x": 3, "y": 3})
    at_desk(page)


def test_by_finger(desks, visit):
    page = visit(desks(), viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator("#words dd p").first.tap()
    at_desk(page)
    page.tap(".amts-sign[title=Close]")
    assert page.locator(".amts-desk").is_hidden()
    assert page.evaluate("document.activeElement.className") == "amts-mark"


def test_blocks_without_marks_are_found_by_their_texts(desks, visit):
    desk = desks()
    marked = visit(desk)
    signs = (
        "[...document.querySelectorAll('.amts-block')].map(b => b.textContent.trim())"
    )
    expected = marked.evaluate(signs)
    page = visit(desk, "guide/people.html")

    def strip(route: Any) -> None:
        answer = route.fetch()
        text = re.sub(r' data-amts-key="[^"]*"', "", answer.text())
        route.fulfill(response=answer, body=text)

    page.route(f"**/{PAGE}", strip)
    page.goto(desk.url + PAGE)
    page.wait_for_selector(MARK)
    assert page.locator("[data-amts-key]").count() == 0
    found = page.evaluate(signs)
    assert len(found) == len(expected)
    for text, whole in zip(found, expected, strict=True):
        assert text in whole  # a caption's number is not in it


def test_whose_a_text_is_can_be_read(desks, visit):
    page = visit(desks(), "guide/people.html")
    assert page.locator(f"h1 {MARK}").get_attribute("aria-label") == (
        "People’s text: open the desk"
    )
    assert page.locator("[data-amts-whose=stale]").count() == 1


# Saving


def test_who_saves_second_sees_both_texts(desks, visit):
    desk = desks()
    one, other = visit(desk), visit(desk)
    for page in (one, other):
        open_desk(page, "#words dd p")
    write(other, "第二个人的译文")
    write(one, "第一个人的译文")
    one.keyboard.press("Control+s")
    wait_for_said(one, "Saved")
    # The page of the other one shows it, the editor what was being typed.
    other.locator("#words dd p", has_text="第一个人的译文").wait_for()
    assert tagged(other) == "第二个人的译文"
    other.keyboard.press("Control+s")
    wait_for_said(other, "somebody else")
    clash = other.locator(".amts-clash").inner_text()
    assert "第一个人的译文" in clash
    assert "第二个人的译文" in clash
    assert "第二个人的译文" not in memory(desk)
    assert other.evaluate("document.activeElement.closest('.amts-clash') !== null")
    other.click("text=Save yours instead")
    wait_for_said(other, "Saved")
    assert "第二个人的译文" in memory(desk)
    one.locator("#words dd p", has_text="第二个人的译文").wait_for()
    one.wait_for_function(
        f"document.querySelector('{EDITOR}').textContent.includes('第二个人')"
    )


def test_what_was_typed_is_kept_until_it_is_saved(desks, visit):
    page = visit(desks())
    open_desk(page, "#steps h2")
    write(page, "步骤一二三")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "amts-mark"
    page.reload()
    page.wait_for_selector(MARK)
    open_desk(page, "#steps h2")
    assert tagged(page) == "步骤一二三"
    page.keyboard.press("Control+z")
    assert tagged(page) == "步骤"


def test_a_comment_leaves_a_text_the_machines(desks, visit):
    page = visit(desks())
    open_desk(page, "#words h2")
    page.keyboard.press("Control+Shift+Enter")
    wait_for_said(page, "Write a comment")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.insert_text("Is this the right word?")
    page.keyboard.press("Control+Shift+Enter")
    wait_for_said(page, "Left with a comment")
    assert page.locator("#words h2").get_attribute("data-amts-whose") != "people"
    page.keyboard.press("Escape")
    open_desk(page, "#words h2")
    assert (
        page.locator(".amts-desk textarea").input_value() == "Is this the right word?"
    )


def test_faults_are_shown_while_typing(desks, visit):
    page = visit(desks())
    open_desk(page, "#how-to-make-green-tea > p")
    write(page, "绿茶要用八十度的水 <b")
    page.locator(".amts-error", has_text="<").wait_for()
    write(page, "绿茶要用凉水")
    page.locator(".amts-faults", has_text="80").wait_for()


def test_a_changed_source_is_shown_with_its_differences(desks, visit):
    page = visit(desks(), "guide/people.html")
    open_desk(page, "[data-amts-whose=stale]")
    assert "Many" in " ".join(page.locator(".amts-notes ins").all_inner_texts())
    page.keyboard.press("Alt+1")
    wait_for_said(page, "Taken over")
    assert tagged(page) == "这一页由人工翻译。"


def test_a_price_is_said_before_an_engine_is_asked(desks, visit):
    page = visit(desks())
    open_desk(page, STEPS)
    page.select_option(".amts-row select", "amazon")
    page.click("text='Ask'")
    page.locator(".amts-answer", has_text="US dollars").wait_for()
    assert page.evaluate("document.activeElement.closest('.amts-answer') !== null")


# Going from text to text


def test_the_list_of_keys(desks, visit):
    page = visit(desks())
    open_desk(page, "h1")
    page.keyboard.press("F1")
    assert page.locator(".amts-keys").is_visible()
    page.keyboard.press("Escape")
    assert page.locator(".amts-keys").is_hidden()
    assert page.locator(".amts-desk").is_visible()


def test_the_queue_leads_from_page_to_page(desks, visit):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(desks("furo"), "_desk/queue")
    page.wait_for_selector("#queue tbody tr")
    assert faults(axe, page, "") == []
    page.select_option("#queue select", "stale")
    page.locator("#queue tbody tr").nth(1).wait_for(state="detached")
    page.click("#queue tbody a")
    page.wait_for_url("**/guide/people.html")
    at_desk(page)
    page.select_option(".amts-desk >> text=Queue >> select", "doubt")
    page.keyboard.press("Alt+ArrowDown")
    page.wait_for_url(f"**/{PAGE}")
    at_desk(page)
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_url("**/guide/people.html")
    at_desk(page)


def test_the_page_of_the_work_saved(desks, visit):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    desk = desks("furo")
    page = visit(desk)
    open_desk(page, "h1")
    page.keyboard.press("Control+Enter")
    wait_for_said(page, "Accepted")
    page.goto(f"{desk.url}_desk/effort")
    page.wait_for_selector("tfoot")
    assert "guide/green" in page.locator("tbody").first.inner_text()
    assert page.locator("dt").count() >= 4  # each figure is defined
    assert faults(axe, page, "") == []


# From right to left


def test_the_editor_is_from_right_to_left(desks, visit):
    page = visit(desks("furo", "ar"))
    open_desk(page, STEPS)
    direction = "each => getComputedStyle(each).direction"
    assert page.locator(EDITOR).evaluate(direction) == "rtl"
    assert page.locator(".amts-source p").evaluate(direction) == "ltr"
    page.keyboard.press("F2")
    before = tagged(page).index('<x id="1"/>')
    page.keyboard.press("ArrowLeft")
    assert tagged(page).index('<x id="1"/>') > before


# Sources that change


def test_the_page_is_loaded_again_when_nobody_is_at_the_desk(desks, visit):
    desk = desks("sphinx_rtd_theme")
    page = visit(desk)
    open_desk(page, "h1")
    path = desk.source / "guide/green.rst"
    source = path.read_text(encoding="utf-8")
    path.write_text(source.replace("return pour", "return fill"), encoding="utf-8")
    wait_for_said(page, "loaded again when you close", BUILD_MS)
    assert "return pour" in page.locator("#steps pre").inner_text()
    page.keyboard.press("Escape")
    page.locator("#steps pre", has_text="return fill").wait_for(timeout=BUILD_MS)
    page.wait_for_function("document.activeElement?.className === 'amts-mark'")
