import { describe, expect, it } from "vitest";

import { differences } from "./differences";

describe("what tells the runs of a batch apart", () => {
  it("is of seeds that go together the first that differs", () => {
    expect(differences({ zip: { drawn: [null, null], seed: [7, 18446744073709551615n], noise: [7, 8] } })).toEqual(["seed 7", "seed 18446744073709551615"]);
  });

  it("is of a sweep every value that differs, the last going round the fastest", () => {
    const product = { cfg: [4.5, 8], steps: [20], sampler: ["euler", "heun"] };
    expect(differences({ product })).toEqual(["cfg 4.5, sampler euler", "cfg 4.5, sampler heun", "cfg 8, sampler euler", "cfg 8, sampler heun"]);
  });

  it("is both, of a sweep with several seeds", () => {
    expect(differences({ zip: { seed: [1, 2] }, product: { cfg: [4, 8] } })).toEqual(["seed 1, cfg 4", "seed 1, cfg 8", "seed 2, cfg 4", "seed 2, cfg 8"]);
  });

  it("is the place of a run whose seed is drawn, and nothing where there is one run", () => {
    expect(differences({ zip: { seed: [null, null] } })).toEqual(["1 of 2", "2 of 2"]);
    expect(differences({ product: { cfg: [4] } })).toEqual([""]);
  });

  it("is the beginning of a long text, no letter of which is cut in two", () => {
    expect(differences({ product: { text: [`${"🟦".repeat(41)} left`, "short", ["a", 1]] } })).toEqual([`text ${"🟦".repeat(40)}…`, "text short", 'text ["a",1]']);
  });
});
