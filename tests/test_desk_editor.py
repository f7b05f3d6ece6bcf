"""The editor of the translators' desk in a real browser: text and chips."""

from __future__ import annotations

from random import Random

import pytest
from desk_browser import (
    EDITOR,
    STEPS,
    at_desk,
    open_desk,
    tagged,
    wait_for_said,
    write,
)


def test_a_chip_is_moved_by_keys_and_saved_where_it_is(desks, visit):
    desk = desks()
    page = visit(desk)
    open_desk(page, STEPS)
    page.keyboard.press("F2")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expected = '运行程序 ，等待 <x id="1"/><x id="2"/> 分钟。'
    assert tagged(page).startswith(expected)
    page.keyboard.press("Enter")
    page.keyboard.insert_text("用")
    page.keyboard.press("Control+s")
    wait_for_said(page, "Saved")
    # The page has the same elements in the new order at once.
    assert (
        page.locator(STEPS)
        .first.inner_text()
        .startswith("运行程序 ，等待 brew --cool用")
    )
    assert page.locator(f"{STEPS} code").count() == 1
    assert page.locator(f"{STEPS} a strong, {STEPS} strong").count() == 1
    page.keyboard.press("Alt+z")
    wait_for_said(page, "back")
    assert page.locator(STEPS).first.inner_text().startswith("运行程序 brew --cool，")
    assert tagged(page).startswith('运行程序 <x id="1"/>，等待')


def test_a_chip_keeps_to_its_place_in_the_structure(desks, visit):
    page = visit(desks())
    open_desk(page, STEPS)
    before = tagged(page)
    assert '<g id="4">所有</g>' in before
    page.locator(f"{EDITOR} [data-part=close]").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert '<g id="4"></g>所有' in tagged(page)  # not in front of its beginning
    wait_for_said(page, "cannot go further")
    page.keyboard.press("Escape")  # leaves the chip, not the desk
    assert page.locator(".amts-desk").is_visible()


def test_a_chip_that_was_deleted_is_missing_and_put_in_again(desks, visit):
    page = visit(desks())
    open_desk(page, STEPS)
    before = tagged(page)
    page.keyboard.press("Control+a")
    page.keyboard.press("Backspace")
    assert tagged(page) == ""
    names = ["brew --cool", "t = 3", "what-you-need", "strong"]
    assert page.locator(".amts-put").all_inner_texts() == names
    page.keyboard.insert_text("好")
    page.keyboard.press("Control+s")
    wait_for_said(page, "Not saved")
    assert "brew --cool" in page.locator(".amts-error").inner_text()
    assert page.locator(EDITOR).get_attribute("aria-invalid") == "true"
    assert page.evaluate(f"document.activeElement.matches('{EDITOR}')")
    for _ in range(4):
        page.keyboard.press("Alt+m")
    expected = '好<x id="1"/><x id="2"/><x id="3"/><g id="4"></g>'
    assert tagged(page) == expected
    assert page.locator(".amts-put").count() == 0
    for _ in range(6):
        page.keyboard.press("Control+z")
    assert tagged(page) == before
    page.keyboard.press("Control+y")
    assert tagged(page) == ""


def test_half_a_tag_takes_the_other_half_with_it(desks, visit):
    page = visit(desks())
    open_desk(page, STEPS)
    page.keyboard.press("End")
    page.keyboard.press("Control+a")
    page.keyboard.press("ArrowLeft")
    for _ in range(60):
        if page.evaluate("document.activeElement.textContent.length") < 20:
            break
        page.keyboard.press("Delete")
        text = tagged(page)
        assert text.count("<g") == text.count("</g>")
    assert "<g" not in tagged(page)


def test_chips_are_cut_and_pasted_with_their_text(desks, visit):
    page = visit(desks())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_desk(page, STEPS)
    before = tagged(page)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+x")
    assert tagged(page) == ""
    page.keyboard.press("Control+v")
    assert tagged(page) == before
    page.keyboard.press("Control+v")  # a second time, only its words
    assert tagged(page).count("<x") == before.count("<x")


def test_what_is_pasted_is_plain_text(desks, visit):
    page = visit(desks())
    open_desk(page, "h1")
    page.keyboard.press("Control+a")
    page.evaluate(
        """editor => {
          const data = new DataTransfer();
          data.setData('text/html', '<b>one</b><img src=x>');
          data.setData('text/plain', 'one <b> & \\n two');
          const more = { clipboardData: data, bubbles: true, cancelable: true };
          const event = new ClipboardEvent("paste", more);
          document.querySelector(editor).dispatchEvent(event);
        }""",
        EDITOR,
    )
    assert tagged(page) == "one &lt;b&gt; &amp; two"
    assert page.locator(f"{EDITOR} b, {EDITOR} img").count() == 0


def test_a_chip_is_moved_by_the_pointer(desks, visit):
    page = visit(desks())
    open_desk(page, STEPS)
    chip = page.locator(f"{EDITOR} [data-tag='3']")
    box = page.locator(f"{EDITOR} [data-tag='1']").bounding_box()
    chip.drag_to(
        page.locator(EDITOR),
        target_position={"x": 14, "y": 14 if box is None else box["height"] / 2 + 4},
    )
    assert tagged(page).index('<x id="3"/>') < tagged(page).index('<x id="1"/>')
    assert page.locator(f"{EDITOR} [data-tag='3']").count() == 1


def test_an_input_method_writes_beside_chips(desks, visit):
    page = visit(desks())
    open_desk(page, STEPS)
    before = tagged(page)
    page.keyboard.press("End")
    page.keyboard.press("Control+End")
    client = page.context.new_cdp_session(page)
    composed = {"selectionStart": 4, "selectionEnd": 4, "text": "ni h"}
    client.send("Input.imeSetComposition", composed)
    client.send("Input.insertText", {"text": "你好"})
    assert tagged(page) == f"{before}你好"
    page.keyboard.press("Control+z")
    assert tagged(page) == before


def test_keys_of_the_book_do_nothing_in_the_editor(desks, visit):
    page = visit(desks("furo"))
    open_desk(page, "h1")
    write(page, "a/b?")
    page.keyboard.type("/?")
    assert tagged(page) == "a/b?/?"


def test_a_chip_is_moved_by_a_finger(desks, visit):
    page = visit(desks(), viewport={"width": 360, "height": 740}, has_touch=True)
    page.locator(f"{STEPS} > .amts-mark").first.tap()
    at_desk(page)
    page.tap(f"{EDITOR} [data-tag='1']")
    for _ in range(2):
        page.tap(".amts-tools >> text=forth")
    assert '等待 <x id="1"/><x id="2"/>' in tagged(page)
    page.tap(".amts-tools >> text='take out'")
    assert page.locator(".amts-put").all_inner_texts() == ["brew --cool"]


def test_what_was_typed_outlives_the_page(desks, visit):
    page = visit(desks())
    open_desk(page, "h1")
    write(page, "怎样泡绿茶")
    page.reload()
    page.wait_for_selector(".amts-mark")
    open_desk(page, "h1")
    assert tagged(page) == "怎样泡绿茶"


KEYS = (
    *("ArrowLeft", "ArrowRight", "Home", "End", "Backspace", "Delete", "F2", "Enter"),
    *("Shift+ArrowLeft", "Shift+ArrowRight", "Control+a", "Control+Backspace"),
    *("Control+x", "Control+v", "Control+z", "Control+y", "Alt+m", "Control+Delete"),
)
STATE = """async () => {
  const { read } = await import('/_desk/caret.js');
  const { isTag } = await import('/_desk/tagged.js');
  const units = read(document.querySelector('.amts-editor')).filter(isTag);
  const missing = [...document.querySelectorAll('.amts-put')].map(b => b.textContent);
  const chips = [...document.querySelectorAll('.amts-editor > .amts-chip')];
  return [units, missing, chips.length];
}"""


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_typed_a_tag_is_whole_in_the_text_or_missing(desks, visit, seed):
    page = visit(desks())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_desk(page, STEPS)
    before = tagged(page)
    random = Random(seed)
    names = {1: "brew --cool", 2: "t = 3", 3: "what-you-need", 4: "strong"}
    pressed = []
    for _ in range(60):
        key = random.choice((*KEYS, "好", "a b"))
        pressed.append(key)
        if key in KEYS:
            page.keyboard.press(key)
        else:
            page.keyboard.insert_text(key)
        units, missing, chips = page.evaluate(STATE)
        parts = {number: [] for number in names}
        for unit in units:
            parts[unit["id"]].append(unit["part"])
        assert chips == len(units), pressed
        for number, name in names.items():
            whole = ["open", "close"] if number == 4 else ["alone"]
            assert parts[number] == ([] if name in missing else whole), pressed
    for _ in pressed:
        page.keyboard.press("Control+z")
    assert tagged(page) == before, pressed
