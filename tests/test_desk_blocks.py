"""How the desk finds the tags of a text in a block of a page, and moves them."""

from __future__ import annotations

from typing import Any

import pytest
from desk_browser import Page

ARRANGE = """async ([html, before, after]) => {
  const { arrange, match } = await import('/_desk/match.js');
  const { tree } = await import('/_desk/tagged.js');
  const page = new DOMParser().parseFromString(`<body>${html}</body>`, 'text/html');
  const found = match(tree(before), page.body.firstElementChild);
  if (!found || !arrange(tree(after), found)) return null;
  return page.body.innerHTML;
}"""


@pytest.fixture(scope="module")
def page(desks: Any, chromium: Any) -> Any:
    desk = desks()
    page: Page = chromium.new_context().new_page()
    page.goto(f"{desk.url}?token={desk.token}")
    page.goto(f"{desk.url}_desk/queue")
    yield page
    page.context.close()


@pytest.mark.parametrize(
    ("html", "before", "after", "expected"),
    [
        ("<p>a</p>", "a", "b &lt; c", "<p>b &lt; c</p>"),
        (
            '<p>Run <code>x</code> now.<a class="headerlink">#</a></p>',
            'Run <x id="1"/> now.',
            'Now <x id="1"/> runs.',
            '<p>Now <code>x</code> runs.<a class="headerlink">#</a></p>',
        ),
        (  # the words of a link are in an element inside it
            '<p><a href="#a"><span>A guide</span></a> and <em>b</em></p>',
            '<g id="1">A guide</g> and <g id="2">b</g>',
            '<g id="2">B</g>: <g id="1">a guide</g>',
            '<p><em>B</em>: <a href="#a"><span>a guide</span></a></p>',
        ),
        (  # one inside the other
            "<p><strong>see <code>x</code></strong></p>",
            '<g id="1">see <x id="2"/></g>',
            '<g id="1"><x id="2"/> see</g>',
            "<p><strong><code>x</code> see</strong></p>",
        ),
        (  # a formula is two elements, an anchor none
            "<p>a <i>m</i><b>m</b> b</p>",
            'a <x id="1"/> b<x id="2"/>',
            'b <x id="2"/><x id="1"/>',
            "<p>b <i>m</i><b>m</b></p>",
        ),
        (  # typographic signs, as a build makes them
            "<p>“a” – <code>x</code>…</p>",
            '"a" -- <x id="1"/>...',
            '<x id="1"/>',
            "<p><code>x</code></p>",
        ),
        (  # the number of a caption is no part of its text
            '<div><span class="caption-number">1</span> <span>Old</span></div>',
            "Old",
            "New",
            '<div><span class="caption-number">1</span> <span>New</span></div>',
        ),
        ("<p>another text <code>x</code></p>", 'a <x id="1"/>', 'b <x id="1"/>', None),
        ("<p>a <code>x</code></p>", 'a <x id="1"/>', 'b <x id="2"/>', None),
    ],
)
def test_a_text_is_put_in_with_the_elements_that_are_there(
    page, html, before, after, expected
):
    assert page.evaluate(ARRANGE, [html, before, after]) == expected


def test_many_tags_without_words_between_them_are_no_long_search(page):
    tags = " ".join(f'<x id="{number}"/>' for number in range(1, 41))
    html = "<p>" + "<b>1</b> " * 40 + "and <i>more</i></p>"
    assert page.evaluate(ARRANGE, [html, f"{tags} less", tags]) is None
