// The page of the work saved: what translators did with the machine's texts.

import { api } from "./api.js";
import { make } from "./dom.js";
import { percent, table } from "./table.js";
import { PAGES } from "./words.js";

function row(name, work) {
  const accepted = work.words ? work.accepted / work.words : null;
  return [
    name,
    work.segments,
    work.words,
    percent(accepted),
    percent(work.hter),
    work.words_per_hour,
    percent(work.share),
  ];
}

function heads(first) {
  const { segments, words, accepted, rate, speed, share } = PAGES;
  return [first, segments, words, accepted, rate, speed, share];
}

function figures(title, first, works, total) {
  const rows = Object.entries(works).map(([name, work]) => row(name, work));
  const sums = total ? row(PAGES.all, total) : null;
  return make(
    "section",
    {},
    make("h2", {}, title),
    table(title, heads(first), rows, sums),
  );
}

function definitions({ definition, signature }) {
  const names = {
    accepted: PAGES.accepted,
    hter: PAGES.rate,
    words_per_hour: PAGES.speed,
  };
  const items = Object.entries({ ...definition, TER: signature }).flatMap(
    ([name, meaning]) => [
      make("dt", {}, names[name] ?? PAGES[name] ?? name),
      make("dd", {}, meaning),
    ],
  );
  return make("section", {}, make("h2", {}, PAGES.definitions), make("dl", {}, ...items));
}

async function begin() {
  const effort = await api.effort();
  const place = document.getElementById("effort");
  if (!effort.total?.segments) place.append(make("p", {}, PAGES.noEffort));
  else {
    place.append(make("p", { id: "share" }, PAGES.saved(percent(effort.total.share))));
    place.append(figures(PAGES.byPage, PAGES.page, effort.pages, effort.total));
    place.append(figures(PAGES.byEngine, PAGES.engine, effort.engines));
  }
  if (effort.definition) place.append(definitions(effort));
}

begin().catch((error) => {
  document.getElementById("said").textContent = error.message;
});
