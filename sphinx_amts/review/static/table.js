// Tables of the desk's own pages.

import { make } from "./dom.js";

// A table with heads, rows of cells (nodes, texts, or numbers, which are aligned) and a
// last row of sums, if there is one.
export function table(caption, heads, rows, sums = null) {
  const isNumber = heads.map((_, at) => rows.some((row) => typeof row[at] === "number"));
  const align = (at) => ({
    class: isNumber[at] || heads[at].endsWith("%") ? "number" : null,
  });
  const cell = (content, at) => make("td", align(at), shown(content));
  const head = heads.map((name, at) => make("th", { scope: "col", ...align(at) }, name));
  const line = (row) => make("tr", {}, ...row.map(cell));
  const made = make(
    "table",
    { "aria-label": caption },
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rows.map(line)),
    sums ? make("tfoot", {}, line(sums)) : null,
  );
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    made,
  );
}

function shown(content) {
  if (content === null || content === undefined) return "–";
  return typeof content === "number" ? content.toLocaleString("en") : content;
}

export const percent = (share) =>
  share === null ? null : `${Math.round(100 * share)} %`;
