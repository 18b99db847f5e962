import { describe, expect, it } from "vitest";

import type { Port } from "./catalogue";
import { dump, parse } from "./document";
import { CATALOGUE } from "./example";
import { parseValues, sweep, sweepable } from "./sweep";

const GRAPH = { nodeflow: 1, nodes: { k: { type: "KSampler", values: { steps: 4, cfg: 7 } } }, inputs: { steps: "k.steps" } };
const AXES = [
  { end: { node: "k", port: "steps" }, values: [1, 2] },
  { end: { node: "k", port: "cfg" }, values: [3, 4, 5] },
];

describe("a sweep", () => {
  it("names each axis as the document does, or anew", () => {
    const { document, product, count } = sweep(parse(GRAPH), AXES);
    expect(product).toEqual({ steps: [1, 2], cfg: [3, 4, 5] });
    expect({ ...document.inputs }).toEqual({ steps: "k.steps", cfg: "k.cfg" });
    expect(count).toBe(6);
  });

  it("is read again without the names that it added", () => {
    expect(dump(parse(dump(sweep(parse(GRAPH), AXES).document)))).toEqual(GRAPH);
  });
});

describe("the inputs of a sweep", () => {
  const nodes = {
    empty: { type: "EmptyLatent", values: { width: 64 } },
    show: { type: "TextEncode", title: "What to show", values: { text: "a cat" } },
    one: { type: "TextEncode" },
    two: { type: "TextEncode" },
    decode: { type: "VAEDecode" },
    linked: { type: "TextEncode", links: { text: "x.y" } },
  };
  const document = parse({ nodeflow: 1, nodes });

  it("are those that take a value, each with its node's title, and its id where another one is called so", () => {
    const said = sweepable(document, CATALOGUE, Object.keys(nodes)).map(({ port: { name }, node, value }) => [name, node, value]);
    expect(said).toEqual([
      ["width", "Empty Latent", 64],
      ["height", "Empty Latent", 512],
      ["text", "What to show", "a cat"],
      ["text", "Text Encode (one)", ""],
      ["text", "Text Encode (two)", ""],
    ]);
  });
});

describe("a list of values", () => {
  const float: Port = { name: "cfg", type: "float", title: "cfg", required: true };

  it.each([
    ["1, 2, 5", [1, 2, 5]],
    ["1..4", [1, 2, 3, 4]],
    ["0.1..0.3 step 0.1", [0.1, 0.2, 0.3]],
    ["3..1", [3, 2, 1]],
  ])("%s", (text, values) => expect(parseValues(text, float)).toEqual(values));

  it.each(["", "red", "1..2 step 0"])("is none: %s", (text) => expect(() => parseValues(text, float)).toThrow(RangeError));
});
