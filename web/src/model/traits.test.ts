import { describe, expect, it } from "vitest";

import { words } from "./traits";

describe("what tells runs of one graph apart", () => {
  it("is values by the names of inputs, every digit of a seed among them", () => {
    expect(words({ cfg: 4.5, seed: 18446744073709551615n, sampler: "heun" })).toBe("cfg 4.5, seed 18446744073709551615, sampler heun");
    expect(words({})).toBe("");
  });

  it("is called by the node, too, only where that is needed", () => {
    expect(words({ "sample.seed": 7 })).toBe("seed 7");
    expect(words({ "first.seed": 7, "second.seed": 8, "text.value": "a" })).toBe("first.seed 7, second.seed 8, text a");
    expect(words({ seed: 7, "second.seed": 8 })).toBe("seed 7, second.seed 8");
  });

  it("has what is long at its end, where there may be no room for it", () => {
    expect(words({ prompt: "a red circle left of a blue square", seed: 7 })).toBe("seed 7, prompt a red circle left of a blue square");
  });

  it("is the beginning of a long text, no letter of which is cut in two", () => {
    expect(words({ text: `${"🟦".repeat(41)} left` })).toBe(`text ${"🟦".repeat(40)}…`);
    expect(words({ text: " short " })).toBe("text short");
  });
});
