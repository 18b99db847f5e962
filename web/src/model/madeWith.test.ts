import { describe, expect, it } from "vitest";

import { dump, parse } from "./document";
import { CATALOGUE, txt2img } from "./example";
import { madeWith } from "./madeWith";
import { sweep } from "./sweep";

const GRAPH = dump(txt2img());
const NAMELESS = { ...GRAPH, inputs: {} };
const said = (graph: Readonly<Record<string, unknown>>, node = "save") => madeWith(graph, CATALOGUE, node).map(({ name, value }) => `${name}: ${String(value)}`);

describe("what a picture was made with", () => {
  it("is the named inputs of its graph", () => {
    expect(said(GRAPH)).toEqual(["prompt: a red circle", "seed: 7"]);
  });

  it("is the prompts that say something and the seeds, where no input has a name", () => {
    expect(said(NAMELESS)).toEqual(["Text Encode: a red circle", "seed: 7"]);
  });

  it("has what a batch gave its runs, once", () => {
    const axes = ["cfg", "seed"].map((port) => ({ end: { node: "sample", port }, values: [1, 2] }));
    expect(said(dump(sweep(parse(NAMELESS), axes).document))).toEqual(["cfg: 7.5", "seed: 7", "Text Encode: a red circle"]);
  });

  it("is of what its own node was fed by", () => {
    const nodes = { ...(GRAPH["nodes"] as object), other: { type: "KSampler", values: { seed: 8 } } };
    expect(said({ ...NAMELESS, nodes })).not.toContain("seed: 8");
    expect(said({ ...NAMELESS, nodes }, "other")).toEqual(["seed: 8"]);
    expect(said({ ...GRAPH, inputs: { seed: "other.seed" }, nodes })).toEqual(["Text Encode: a red circle", "seed: 7"]);
  });
});
