// Every word of the desk's own interface.

const count = (number, word) =>
  `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

export const WHOSE = {
  people: "People’s text",
  stale: "People’s text for an earlier source",
  machine: "Machine’s text",
  mixed: "Partly people’s text, partly a machine’s",
  source: "Not translated",
};

export const DOUBTFUL = "doubtful";

export const KINDS = {
  reference: "link",
  inline: "words",
  mark: "anchor",
  generated: "made text",
  pending: "made text",
  abbreviation: "abbr.",
  subscript: "sub",
  superscript: "sup",
};

export const QUEUES = {
  page: "This page",
  doubt: "Most doubtful first",
  stale: "Changed sources first",
  term: "With a term",
};

export const WORDS = {
  open: "open the desk",
  desk: "Translators’ desk",
  close: "Close",
  keys: "Keys",
  queue: "Queue",
  term: "Term",
  previous: "Previous",
  next: "Next",
  overview: "Queue and progress",
  effort: "Work saved",
  source: "Source",
  changes: "Changed since people translated it",
  earlier: "People’s translation of the earlier source",
  target: "Translation",
  missing: "Tags still to put in",
  moveTag: "Move the tag",
  back: "back",
  forth: "forth",
  remove: "take out",
  terms: "Terms",
  met: "used",
  unmet: "not used",
  faults: "To look at",
  similar: "Similar texts by people",
  take: "Take over",
  engines: "Ask another engine",
  ask: "Ask",
  comment: "Comment",
  name: "Your name (optional)",
  accept: "Accept and next",
  save: "Save",
  leave: "Comment and next",
  undo: "Undo the save",
  places: "Also on",
  share: "Words of the book that are people’s",
  conflict: "Somebody else has saved another text meanwhile. Which one is to stay?",
  theirs: "Theirs",
  yours: "Yours",
  keepTheirs: "Take theirs into the editor",
  keepYours: "Save yours instead",
  reload: "This page has changed. It is loaded again when you close the desk.",
};

export const SAID = {
  opened: (whose) => `Desk: ${whose}.`,
  saved: "Saved.",
  accepted: "Accepted.",
  left: "Left with a comment.",
  undone: "What was before the save is back.",
  nothingToUndo: "Nothing of this text was saved here that could be undone.",
  needsComment: "Write a comment first.",
  empty: "There is no text to save.",
  taken: "Taken over into the editor.",
  asking: (engine) => `Asking ${engine}…`,
  price: (engine, price) => `${engine} asks about ${price} US dollars for this text.`,
  confirm: (price) => `Ask for ${price} US dollars`,
  suggested: (engine) => `${engine} has answered.`,
  conflict: "Not saved: somebody else has changed this text.",
  refused: (reason) => `Not saved: ${reason}`,
  failed: (reason) => `The desk does not answer: ${reason}`,
  built: "The page is up to date.",
  rebuilt: "The build of the page has failed; your text is saved.",
  end: "That was the last one of this queue.",
  kept: "Your text is kept; it is not saved yet.",
  noMissing: "No tag is missing.",
  moved: (name) => `${name} moved.`,
  stuck: (name) => `${name} cannot go further that way.`,
  removed: (name) => `${name} taken out. It stands below the text.`,
  entry: (words) => `Translators’ desk: ${count(words, "word")} left`,
  doubt: (doubt) => `doubt ${doubt.toFixed(2)}`,
  nesting: "Tags cross each other: a tag has to end inside the tag that it begins in.",
  misplaced: "A tag is inside another one than in the source.",
  lost: (names) => `To put in: ${names}`,
  queueLeft: (words, segments) =>
    `Queue: ${count(segments, "text")}, ${count(words, "word")}`,
};

// Keys by what they do; "Mod" is Control, or Command on a Mac.
export const KEYS = [
  ["Enter", "on a block’s sign: open the desk"],
  ["↑ ↓", "on a block’s sign: go to the next one"],
  ["Mod+Enter", "accept and go to the next text"],
  ["Mod+S", "save and stay"],
  ["Mod+Shift+Enter", "leave with the comment, go to the next text"],
  ["Alt+Z", "undo the last save of this text"],
  ["Alt+↓", "next text"],
  ["Alt+↑", "previous text"],
  ["Alt+1 … Alt+5", "take over a similar text"],
  ["Alt+M", "put in the next missing tag"],
  ["F2", "go to the next tag in the text"],
  ["← →", "on a tag: move it by a word (with Shift: by a character)"],
  ["Delete", "on a tag: take it out"],
  ["Alt+E", "ask another engine"],
  ["Alt+C", "write a comment"],
  ["Mod+Z, Mod+Y", "undo and redo typing"],
  ["Escape", "back to the block"],
  ["?", "this list (while typing: F1)"],
];

// Return the words for a kind of tags.
export const kindWord = (kind) => KINDS[kind] ?? kind;

// The desk's own pages
export const PAGES = {
  page: "Page",
  pages: "Pages",
  inOrder: "Page by page",
  words: "Words",
  wordsLeft: "Words left",
  doubt: "Doubt",
  whose: "Whose text",
  segments: "Texts",
  engine: "Engine",
  all: "In all",
  accepted: "Accepted, %",
  rate: "Edit rate, %",
  speed: "Words an hour",
  share: "Share of the machine, %",
  byPage: "By page",
  byEngine: "By engine",
  definitions: "What the figures are",
  noEffort: "No machine’s text has been accepted or corrected yet.",
  saved: (share) => `The machine took ${share} of the translators’ work.`,
  left: (words, segments) =>
    `Left: ${count(words, "word")} in ${count(segments, "text")}.`,
  today: ({ segments, words, seconds }) =>
    `Today: ${count(segments, "text")}, ${count(words, "word")}, ${count(Math.round(seconds / 60), "minute")}.`,
};
