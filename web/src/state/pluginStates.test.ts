import { describe, expect, it } from "vitest";

import type { Plugin } from "../api/schema";
import { lackingFor, mended, newlyBroken } from "./pluginStates";

function plugin(name: string, state: Plugin["state"], more: Partial<Plugin> = {}): Plugin {
  const empty = { distribution: "", version: "", error: "", place: "", fix: "", traceback: "", isolated: false, nodes: [], hooks: [] };
  return { ...empty, name, state, origin: `/plugins/${name}.py`, ...more };
}

describe("what has become of plugins", () => {
  it("is told of one that breaks, with its first load or after it worked", () => {
    const now = [plugin("a", "stale", { error: "no" }), plugin("b", "loaded"), plugin("c", "failed", { error: "no" })];
    expect(newlyBroken([plugin("a", "loaded"), plugin("b", "loaded")], now)).toEqual([now[0], now[2]]);
  });

  it("is told once for each error", () => {
    const broken = plugin("a", "stale", { error: "line 3" });
    expect(newlyBroken([broken], [{ ...broken }])).toEqual([]);
    const other = { ...broken, error: "line 4" };
    expect(newlyBroken([broken], [other])).toEqual([other]);
  });

  it("is told of one that works again, and not of one that is gone or disabled", () => {
    const before = ["a", "b", "c"].map((name) => plugin(name, "failed", { error: "no" }));
    const now = [plugin("a", "loaded"), plugin("c", "disabled"), plugin("d", "loaded")];
    expect(mended(before, now)).toEqual([now[0]]);
  });

  it("keeps two of one name apart", () => {
    const [first, second] = [plugin("a", "loaded"), plugin("a", "failed", { origin: "/other/a.py", error: "taken" })];
    expect(mended([first, second], [first, second])).toEqual([]);
    expect(newlyBroken([first], [first, second])).toEqual([second]);
  });
});

describe("a node type that is not there", () => {
  const plugins = [plugin("a", "failed"), plugin("b", "loaded"), plugin("c", "disabled")];

  it.each([
    ["a/Blur", "a"],
    ["c/Blur", "c"],
    ["b/Blur", undefined],
    ["d/Blur", undefined],
    ["KSampler", undefined],
  ])("%s is lacking for %s", (type, name) => expect(lackingFor(type, plugins)?.name).toBe(name));

  it("is lacking for the broken one, where another of its name is disabled", () => {
    const both = [plugin("a", "disabled"), plugin("a", "failed", { origin: "/other/a.py" })];
    expect(lackingFor("a/Blur", both)).toBe(both[1]);
  });
});
