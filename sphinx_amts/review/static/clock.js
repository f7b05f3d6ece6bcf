// Seconds at the desk: the time in which somebody works on a text, breaks left out.

const BREAK_MS = 60_000; // without a key or a pointer, the rest is a break

export class Clock {
  constructor() {
    this.start();
    for (const name of ["keydown", "pointermove", "pointerdown", "wheel"])
      document.addEventListener(name, () => this.tick(), { passive: true });
  }

  start() {
    this.worked = 0; // milliseconds
    this.last = performance.now();
  }

  tick() {
    const now = performance.now();
    this.worked += Math.min(now - this.last, BREAK_MS);
    this.last = now;
  }

  get seconds() {
    this.tick();
    return Math.round(this.worked / 100) / 10;
  }
}
