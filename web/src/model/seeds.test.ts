import { describe, expect, it } from "vitest";

import { catalogue, type NodeType } from "./catalogue";
import { type Document, dump, parse } from "./document";
import { counted, repeats, seedMode, setSeedMode } from "./seeds";

const SAMPLER: NodeType = {
  name: "KSampler",
  title: "KSampler",
  category: "sampling",
  description: "",
  version: 1,
  owner: "diffusion",
  output: false,
  inputs: [
    { name: "seed", type: "int", title: "seed", required: false, default: 0, schema: { type: "integer" }, widget: { seed: true } },
    { name: "steps", type: "int", title: "steps", required: false, default: 20, schema: { type: "integer" } },
  ],
  outputs: [],
};
const CATALOGUE = catalogue([SAMPLER], []);

function graph(seeds: Record<string, unknown>, more: Record<string, unknown> = {}): Document {
  const nodes = Object.entries(seeds).map(([id, seed]) => [id, { type: "KSampler", values: { seed } }]);
  return parse({ nodeflow: 1, nodes: Object.fromEntries(nodes), ...more });
}

describe("seeds that count on", () => {
  it("do so after runs, the others stay", () => {
    const start = setSeedMode(graph({ a: 7, b: 7, c: null }), { node: "a", port: "seed" }, "increment");
    const after = counted(start, CATALOGUE, 3);
    expect(["a", "b", "c"].map((id) => after.nodes[id]?.values["seed"])).toEqual([10, 7, null]);
  });

  it("are exact beyond 2^53, and begin anew after the last", () => {
    const end = { node: "a", port: "seed" };
    const big = setSeedMode(graph({ a: 2n ** 60n }), end, "increment");
    expect(counted(big, CATALOGUE, 1).nodes["a"]?.values["seed"]).toBe(2n ** 60n + 1n);
    const last = setSeedMode(graph({ a: 2n ** 64n - 1n }), end, "increment");
    expect(counted(last, CATALOGUE, 1).nodes["a"]?.values["seed"]).toBe(0);
    expect(counted(setSeedMode(graph({ a: 2 ** 53 - 1 }), end, "increment"), CATALOGUE, 1).nodes["a"]?.values["seed"]).toBe(2n ** 53n);
  });

  it("are remembered in the document, and forgotten with their node", () => {
    const end = { node: "a", port: "seed" };
    const set = setSeedMode(graph({ a: 7 }), end, "increment");
    const again = parse(dump(set));
    expect(seedMode(again, end)).toBe("increment");
    expect(setSeedMode(again, end, "increment")).toBe(again);
    expect(dump(setSeedMode(again, end, "fixed"))).toEqual(dump(graph({ a: 7 })));
  });
});

describe("a batch of repeats", () => {
  it("draws the open seeds for each run, and counts the others up", () => {
    const { document, zip } = repeats(graph({ a: 5, b: null }, { inputs: { start: "a.seed" } }), CATALOGUE, 3);
    expect(zip).toEqual({ start: [5, 6, 7], seed: [null, null, null] });
    expect({ ...document.inputs }).toEqual({ start: "a.seed", seed: "b.seed" });
  });

  it("is read again without the names that it added", () => {
    const source = graph({ a: 5, b: null }, { inputs: { start: "a.seed" } });
    const { document } = repeats(source, CATALOGUE, 3);
    expect(dump(document)).toMatchObject({ layout: { $lent: ["seed"] } });
    expect(dump(parse(dump(document)))).toEqual(dump(source));
  });

  it("leaves seeds that are fed by a link alone", () => {
    const linked = parse({ nodeflow: 1, nodes: { a: { type: "KSampler", links: { seed: "x.value" } } } });
    expect(repeats(linked, CATALOGUE, 2).zip).toEqual({});
  });
});
