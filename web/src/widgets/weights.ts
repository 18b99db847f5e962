/** Weights in prompts, as docs/prompts.md has them: what Ctrl+Up and Ctrl+Down do to a text. */

export interface Selected {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Brackets in a text: where they stand, and the weight that they give to what is between them. */
interface Brackets {
  readonly open: number;
  readonly close: number;
  /** Where the weighted words end: before the colon of the number, else at the closing bracket. */
  readonly until: number;
  readonly weight: number;
}

const TIMES = 1.1;
const NUMBER = /:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*$/;
const BOUNDARY = /[\s,.;:!?()[\]{}<>|"]/;

/** The text with the weight of the selected words changed by so much; the words stay selected. */
export function weighted(from: Selected, change: number): Selected {
  const all = brackets(from.text);
  const around = all.find(({ open, close }) => open === from.start && close + 1 === from.end);
  const trimmed = around ?? enclosing(all, trim(from));
  if (trimmed !== undefined) return rewritten(from.text, trimmed, trimmed.weight + change);
  const words = word(trim(from));
  if (words.start === words.end) return from;
  return wrapped(words, 1 + change);
}

/** All brackets that are closed, inner ones first. */
function brackets(text: string): Brackets[] {
  const found: Brackets[] = [];
  const open: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === "\\") at++;
    else if (sign === "(" || sign === "[") open.push(at);
    else if (sign === ")" || sign === "]") {
      const start = open.at(-1);
      if (start === undefined || (text[start] === "(") !== (sign === ")")) continue;
      open.pop();
      found.push(described(text, start, at));
    }
  }
  return found;
}

function described(text: string, open: number, close: number): Brackets {
  if (text[open] === "[") return { open, close, until: close, weight: 1 / TIMES };
  const number = NUMBER.exec(text.slice(open + 1, close));
  if (number === null) return { open, close, until: close, weight: TIMES };
  return { open, close, until: open + 1 + number.index, weight: Number(number[1]) };
}

function enclosing(all: readonly Brackets[], { start, end }: Selected): Brackets | undefined {
  return all.find(({ open, close }) => open < start && end <= close);
}

function rewritten(text: string, { open, close, until }: Brackets, weight: number): Selected {
  const words = text.slice(open + 1, until);
  const before = text.slice(0, open);
  const after = text.slice(close + 1);
  const number = rounded(weight);
  if (number === 1) return { text: before + words + after, start: open, end: open + words.length };
  return { text: `${before}(${words}:${number})${after}`, start: open + 1, end: open + 1 + words.length };
}

function wrapped({ text, start, end }: Selected, weight: number): Selected {
  const words = text.slice(start, end);
  const made = `${text.slice(0, start)}(${words}:${rounded(weight)})${text.slice(end)}`;
  return { text: made, start: start + 1, end: end + 1 };
}

function rounded(weight: number): number {
  return Math.round(weight * 100) / 100;
}

/** Without white space at the ends of the selection. */
function trim({ text, start, end }: Selected): Selected {
  while (start < end && /\s/.test(text[start] ?? "")) start++;
  while (end > start && /\s/.test(text[end - 1] ?? "")) end--;
  return { text, start, end };
}

/** What is selected; where nothing is, the word at the caret. */
function word({ text, start, end }: Selected): Selected {
  if (start !== end) return { text, start, end };
  while (start > 0 && !BOUNDARY.test(text[start - 1] ?? "")) start--;
  while (end < text.length && !BOUNDARY.test(text[end] ?? "")) end++;
  return { text, start, end };
}
