/** A title as it stands on a node from afar: in large letters, and no longer than there is room. Pure. */

export interface Room {
  readonly width: number;
  readonly height: number;
  readonly collapsed: boolean;
}

/** Pixels, as far.css has them: what a letter of a title takes on average, and a line. */
const LETTER = 17;
const LETTER_COLLAPSED = 13;
const LINE = 34;
/** Beside a title: its margin, and the mark. */
const BESIDE = 48;
const MOST_LINES = 4;
/** Words do not fill every line. */
const FILLED = 0.75;

export function farTitle(title: string, { width, height, collapsed }: Room): string {
  const line = Math.floor((width - BESIDE) / (collapsed ? LETTER_COLLAPSED : LETTER));
  const lines = collapsed ? 1 : Math.max(1, Math.min(MOST_LINES, Math.floor((height - 8) / LINE)));
  const most = Math.max(3, lines === 1 ? line : Math.floor(line * lines * FILLED));
  const letters = Array.from(title);
  return letters.length <= most ? title : `${letters.slice(0, most - 1).join("").trimEnd()}…`;
}
