// What was in the editor before: states to go back to, and forth again.

const MAX_STATES = 200; // of one text; more than anybody goes back

export class Past {
  constructor(state) {
    this.states = [state];
    this.now = 0;
    this.kind = "";
  }

  // Remember a state. Typing is one step up to the end of a word: states of the same kind
  // replace each other until `isEnd`.
  add(state, kind = "", isEnd = true) {
    const joins = kind && kind === this.kind && this.now > 0;
    this.states.length = this.now + (joins ? 0 : 1);
    this.states.push(state);
    if (this.states.length > MAX_STATES) this.states.shift();
    this.now = this.states.length - 1;
    this.kind = isEnd ? "" : kind;
  }

  // Return the state one step back (-1) or forth (1), or null.
  go(step) {
    const state = this.states[this.now + step];
    if (state === undefined) return null;
    this.now += step;
    this.kind = "";
    return state;
  }
}
