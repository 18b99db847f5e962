import { describe, expect, it } from "vitest";

import { COMMANDS, commandOf, type Pressed } from "./keys";

function press(keys: string): Pressed {
  const parts = keys.split(/(?<=.)\+(?=.)/);
  const held = (name: string) => parts.slice(0, -1).includes(name);
  return { key: parts.at(-1) ?? "", ctrlKey: held("Ctrl"), metaKey: held("Cmd"), altKey: held("Alt"), shiftKey: held("Shift") };
}

describe("a key", () => {
  it.each([
    ["Ctrl+z", "undo"],
    ["Cmd+z", "undo"],
    ["Ctrl+Shift+Z", "redo"],
    ["Ctrl+Enter", "run"],
    ["Ctrl+Shift+Enter", "runFirst"],
    ["Ctrl+Alt+Enter", "cancel"],
    ["Shift+?", "help"],
    ["/", "palette"],
    ["Shift+/", "palette"],
    [".", "fit"],
    ["+", "zoomIn"],
    ["Shift+A", "arrange"],
    ["Ctrl+a", "selectAll"],
    ["Alt+Shift+ArrowLeft", "alignLeft"],
    ["a", undefined],
    ["Ctrl+Alt+z", undefined],
    ["ArrowLeft", undefined],
  ])("%s is for %s", (keys, command) => expect(commandOf(press(keys), false)).toBe(command));

  it("belongs to the field that is typed into, but for what works everywhere", () => {
    expect(commandOf(press("Ctrl+z"), true)).toBeUndefined();
    expect(commandOf(press("/"), true)).toBeUndefined();
    expect(commandOf(press("Ctrl+Enter"), true)).toBe("run");
  });

  it("is for one command only", () => {
    const all = Object.values(COMMANDS).flatMap(({ keys }) => keys);
    expect(new Set(all).size).toBe(all.length);
  });
});
