import { describe, expect, it } from "vitest";

import { type History, recorded, redone, started, undone } from "./history";

/** A text that is written letter by letter, at these times. */
function typed(history: History<string>, text: string, letters: string, times: number[], merge?: string) {
  let now = text;
  let made = history;
  [...letters].forEach((letter, index) => {
    made = recorded(made, now, "Type", times[index] ?? 0, merge);
    now += letter;
  });
  return { text: now, history: made };
}

describe("undo", () => {
  it("goes back one gesture at a time, and on again", () => {
    const { text, history } = typed(started<string>(), "", "abc", [1, 2, 3]);
    const back = undone(history, text);
    expect([back?.document, back?.label]).toEqual(["ab", "Type"]);
    const more = undone(back?.history ?? history, "ab");
    expect(more?.document).toBe("a");
    expect(redone(more?.history ?? history, "a")?.document).toBe("ab");
  });

  it("takes what is typed in one go for one gesture", () => {
    const first = typed(started<string>(), "", "hello", [0, 100, 200, 300, 400], "a.text");
    expect(first.history.past).toHaveLength(1);
    const later = typed(first.history, first.text, "!", [9000], "a.text");
    expect(later.history.past).toHaveLength(2);
    const other = typed(first.history, first.text, "!", [450], "b.text");
    expect(other.history.past).toHaveLength(2);
  });

  it("does not join with what was undone", () => {
    const { history } = typed(started<string>(), "", "ab", [0, 1], "x");
    const back = undone(history, "ab");
    const again = typed(back?.history ?? history, "", "c", [2], "x");
    expect(again.history.past.map(({ before }) => before)).toEqual([""]);
    expect(undone(again.history, "c")?.document).toBe("");
  });

  it("forgets what was undone when something else is done", () => {
    const { history } = typed(started<string>(), "", "ab", [0, 9000]);
    const back = undone(history, "ab");
    const again = recorded(back?.history ?? history, "a", "Type", 9001);
    expect(redone(again, "ax")).toBeUndefined();
  });

  it("ends at the beginning, and keeps no more than it can", () => {
    expect(undone(started<string>(), "")).toBeUndefined();
    let history = started<number>();
    for (let step = 0; step < 500; step += 1) history = recorded(history, step, "Step", step);
    expect(history.past).toHaveLength(200);
    expect(history.past[0]?.before).toBe(300);
  });
});
