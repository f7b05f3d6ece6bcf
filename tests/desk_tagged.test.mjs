// The desk's tagged text, by node's own runner: node --test tests/
import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

const FOLDER = process.env.AMTS_DESK_FOLDER; // where the package has it
const load = (name) => import(pathToFileURL(path.join(FOLDER, name)));
const tagged = await load("tagged.js");
const { Past } = await load("past.js");

const open = (id) => ({ id, part: "open" });
const close = (id) => ({ id, part: "close" });
const alone = (id) => ({ id, part: "alone" });

test("reading and writing are inverses", () => {
  for (const text of [
    "",
    "plain",
    "a &lt; b &amp;amp; c &gt; d",
    'see <g id="1">the <x id="2"/> of <g id="3">all</g></g>, 𝒳 and 茶',
    '<x id="2"/><x id="1"/>',
  ])
    assert.equal(tagged.serialize(tagged.flat(text)), text);
});

test("what is no tag of ours is text", () => {
  const text = '<b>x</b> <x id="0"/> &quot;';
  assert.equal(tagged.plain(tagged.flat(text)), text);
  assert.equal(tagged.serialize([..."<x/>"]), "&lt;x/&gt;");
});

test("a character outside the first plane is one unit", () => {
  assert.deepEqual(tagged.flat("𝒳"), ["𝒳"]);
});

test("runs of blanks become one", () => {
  assert.equal(tagged.serialize([..."a \n b"]), "a b");
});

test("a tag that is not closed, or closes nothing, is an error", () => {
  assert.throws(() => tagged.flat('<g id="1">a'), tagged.TagError);
  assert.throws(() => tagged.flat("a</g>"), tagged.TagError);
});

test("tags that cross are not written", () => {
  const crossed = [open(1), "a", open(2), "b", close(1), close(2)];
  assert.throws(() => tagged.serialize(crossed), tagged.TagError);
  assert.throws(() => tagged.serialize([close(1), "a", open(1)]), tagged.TagError);
});

test("the tree has what is inside a span", () => {
  assert.deepEqual(tagged.tree('a<g id="1">b<x id="2"/></g>'), [
    "a",
    { id: 1, children: ["b", { id: 2 }] },
  ]);
});

test("a tag may only be inside the tag that has it in the source", () => {
  const wanted = tagged.places(tagged.flat('<g id="1">a <x id="2"/></g> <x id="3"/>'));
  const isIn = (units) => tagged.isInPlace(units, wanted);
  assert.ok(isIn([alone(3), open(1), alone(2), "a", close(1)]));
  assert.ok(!isIn([open(1), "a", close(1), alone(2), alone(3)]));
  assert.ok(!isIn([open(1), alone(3), alone(2), close(1)]));
  assert.ok(isIn([alone(2), alone(3)])); // the tag around it is missing as well
});

test("half a tag is taken away, and the second of two", () => {
  const units = [open(1), "a", alone(2), "b", alone(2), close(3)];
  assert.deepEqual(tagged.whole(units), ["a", alone(2), "b"]);
  assert.deepEqual(tagged.whole([close(1), "a", open(1)]), ["a"]);
});

test("typing is one step to go back, up to the end of a word", () => {
  const past = new Past("");
  for (const text of ["a", "ab", "ab ", "ab c"])
    past.add(text, "typing", text.endsWith(" "));
  past.add("chip");
  assert.equal(past.go(-1), "ab c");
  assert.equal(past.go(-1), "ab ");
  assert.equal(past.go(-1), "");
  assert.equal(past.go(-1), null);
  assert.equal(past.go(1), "ab ");
  past.add("other");
  assert.equal(past.go(1), null);
});
