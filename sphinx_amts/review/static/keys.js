// The desk's keys. `words.js` has the list that is shown.

// Which act a key calls.
const WITH_ALT = {
  ArrowDown: (desk) => desk.panel.acts.next(),
  ArrowUp: (desk) => desk.panel.acts.previous(),
  z: (desk) => desk.panel.acts.undo(),
  c: (desk) => desk.panel.comment.focus(),
  e: (desk) => desk.panel.engine.focus(),
  m: (desk) => putMissing(desk.panel.editor, desk.panel),
};

// Keys that are pressed in the panel stay there: books have keys of their own, such as "/"
// for the search.
export function listenToKeys(desk) {
  const heard = (event) => {
    if (!desk.panel.isOpen || event.isComposing) return;
    const act = actOf(event);
    if (!act) return;
    event.preventDefault();
    act(desk);
  };
  document.addEventListener("keydown", heard);
  desk.panel.element.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (!event.defaultPrevented) heard(event);
  });
}

function actOf(event) {
  const isCommand = event.ctrlKey || event.metaKey;
  if (event.altKey && !isCommand) return withAlt(event);
  if (isCommand && !event.altKey) return withCommand(event);
  if (isCommand || event.altKey) return null;
  if (event.key === "Escape") return back;
  const isTyping = event.target.closest("[contenteditable], input, textarea, select");
  if (event.key === "F1" || (event.key === "?" && !isTyping))
    return (desk) => desk.panel.toggleKeys();
  return null;
}

function withAlt(event) {
  const [, digit] = /^Digit([1-6])$/.exec(event.code) ?? [];
  if (digit) return (desk) => desk.panel.acts.takeNumber(Number(digit));
  // On a Mac, and in other scripts, Alt makes other characters of letters.
  const isLatin = /^[a-z]$/i.test(event.key);
  const [, letter] = /^Key([A-Z])$/.exec(event.code) ?? [];
  const name = isLatin ? event.key : (letter ?? event.key);
  return WITH_ALT[name.length === 1 ? name.toLowerCase() : name] ?? null;
}

function withCommand(event) {
  if (event.key === "Enter")
    return event.shiftKey
      ? (desk) => desk.panel.acts.leave()
      : (desk) => desk.panel.acts.accept();
  const isSave = event.key.toLowerCase() === "s" && !event.shiftKey;
  return isSave ? (desk) => desk.panel.acts.save() : null;
}

// Escape goes one step back: from the list of keys to the editor, then to the block.
function back(desk) {
  if (!desk.panel.keys.hidden) desk.panel.toggleKeys(false);
  else desk.panel.acts.close();
}

function putMissing(editor, panel) {
  const [tag] = editor.missing();
  if (tag) editor.insert(tag.id);
  else panel.sayNothingMissing();
}
