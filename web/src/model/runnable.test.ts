import { describe, expect, it } from "vitest";

import { type Document, dump, parse } from "./document";
import { connect, toggleMode } from "./edit";
import { CATALOGUE, txt2img } from "./example";
import { runnable } from "./runnable";

const nodesOf = (document: Document) => Object.keys(document.nodes);
const linksOf = (document: Document, id: string) => ({ ...document.nodes[id]?.links });

/** A graph with two pictures that are blended, one of them inverted first. */
function blend(): Document {
  return parse({
    nodeflow: 1,
    nodes: {
      ...(dump(txt2img())["nodes"] as object),
      invert: { type: "InvertImage", links: { image: "decode.image" } },
      split: { type: "SplitAlpha", links: { image: "invert.image" } },
      blend: { type: "BlendImages", links: { base: "decode.image", top: "invert.image", mask: "split.mask" } },
      both: { type: "SaveImage", links: { image: "blend.image" } },
    },
    inputs: { seed: "sample.seed", prefix: "both.prefix" },
  });
}

describe("what is sent to be run", () => {
  it("is the document itself when nothing is off", () => {
    const document = txt2img();
    expect(runnable(document, CATALOGUE)).toBe(document);
  });

  it("goes around a bypassed node", () => {
    const sent = runnable(toggleMode(blend(), ["invert"], "bypassed"), CATALOGUE);
    expect(nodesOf(sent)).not.toContain("invert");
    expect(linksOf(sent, "blend")).toEqual({ base: "decode.image", top: "decode.image", mask: "split.mask" });
    expect(linksOf(sent, "split")).toEqual({ image: "decode.image" });
  });

  it("goes around several in a row", () => {
    const sent = runnable(toggleMode(blend(), ["invert", "split"], "bypassed"), CATALOGUE);
    expect(linksOf(sent, "blend")).toEqual({ base: "decode.image", top: "decode.image" });
  });

  it("leaves out what a bypassed node cannot pass on, with what needs it", () => {
    const sent = runnable(toggleMode(txt2img(), ["decode"], "bypassed"), CATALOGUE);
    expect(nodesOf(sent)).toEqual(["checkpoint", "prompt", "negative", "empty", "sample"]);
  });

  it("leaves out a muted node with all that cannot do without, down to the end", () => {
    const sent = runnable(toggleMode(blend(), ["invert"], "muted"), CATALOGUE);
    expect(nodesOf(sent)).toEqual(["checkpoint", "prompt", "negative", "empty", "sample", "decode", "save"]);
    expect({ ...sent.inputs }).toEqual({ seed: "sample.seed" });
  });

  it("drops only the link where an input can do without", () => {
    const document = connect(blend(), { node: "checkpoint", port: "vae" }, { node: "empty", port: "vae" });
    const sent = runnable(toggleMode(document, ["split"], "muted"), CATALOGUE);
    expect(linksOf(sent, "blend")).toEqual({ base: "decode.image", top: "invert.image" });
    expect(nodesOf(sent)).toContain("both");
  });

  it("says nothing of an input that was never given: the server does", () => {
    const document = toggleMode(parse({ nodeflow: 1, nodes: { save: { type: "SaveImage" }, other: { type: "InvertImage" } } }), ["other"], "muted");
    expect(nodesOf(runnable(document, CATALOGUE))).toEqual(["save"]);
  });

  it("ends where bypassed nodes feed each other", () => {
    const nodes = { a: { type: "InvertImage", links: { image: "b.image" } }, b: { type: "InvertImage", links: { image: "a.image" } }, save: { type: "SaveImage", links: { image: "a.image" } } };
    expect(nodesOf(runnable(toggleMode(parse({ nodeflow: 1, nodes }), ["a", "b"], "bypassed"), CATALOGUE))).toEqual([]);
  });

  it.each(["muted", "bypassed"] as const)("tells of the whole, so that a picture brings back what was %s", (mode) => {
    const document = toggleMode(blend(), ["invert", "split"], mode);
    const sent = JSON.parse(JSON.stringify(dump(runnable(document, CATALOGUE)))) as unknown;
    expect(sort(dump(parse(sent)))).toEqual(sort(dump(document)));
  });
});

/** With the nodes by name: those that were put back come last. */
function sort(source: Record<string, unknown>): unknown {
  return { ...source, nodes: Object.fromEntries(Object.entries(source["nodes"] as object).toSorted(([a], [b]) => a.localeCompare(b))) };
}
