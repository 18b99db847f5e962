/** Undo: what a document was before each gesture. Documents are never changed, so keeping one costs nothing. */

export interface Step<D> {
  readonly before: D;
  /** What was done, as a menu says it. */
  readonly label: string;
}

export interface History<D> {
  readonly past: readonly Step<D>[];
  readonly future: readonly Step<D>[];
  /** What the last step may be joined with, and when it was. */
  readonly merge?: string;
  readonly at: number;
}

const LIMIT = 200;
const PAUSE = 1500;

export function started<D>(): History<D> {
  return { past: [], future: [], at: 0 };
}

/** The history after a change that began at `before`. Changes with one merge key, made in one go, are one step. */
export function recorded<D>(history: History<D>, before: D, label: string, now: number, merge?: string): History<D> {
  const joins = merge !== undefined && merge === history.merge && now - history.at < PAUSE && history.past.length > 0;
  const past = joins ? history.past : [...history.past, { before, label }].slice(-LIMIT);
  return { past, future: [], at: now, ...(merge === undefined ? {} : { merge }) };
}

/** The document and history one step back; undefined at the beginning. */
export function undone<D>(history: History<D>, current: D): { document: D; history: History<D>; label: string } | undefined {
  const step = history.past.at(-1);
  if (step === undefined) return undefined;
  const future = [...history.future, { before: current, label: step.label }];
  return { document: step.before, label: step.label, history: { past: history.past.slice(0, -1), future, at: 0 } };
}

/** The document and history one step onward again; undefined when nothing was undone. */
export function redone<D>(history: History<D>, current: D): { document: D; history: History<D>; label: string } | undefined {
  const step = history.future.at(-1);
  if (step === undefined) return undefined;
  const past = [...history.past, { before: current, label: step.label }];
  return { document: step.before, label: step.label, history: { past, future: history.future.slice(0, -1), at: 0 } };
}
