import { describe, expect, it } from "vitest";

import { dump, type End } from "./document";
import { addNode, connect, setValue } from "./edit";
import { CATALOGUE, port, txt2img } from "./example";
import { expose, hide, namedInputs, nameOf, renameInput, valueOf } from "./inputs";
import { parseValues, sweep } from "./sweep";
import { holder, toLink, toValue } from "./values";

const SEED: End = { node: "sample", port: "seed" };
const CFG: End = { node: "sample", port: "cfg" };

describe("a value", () => {
  it("is turned into a link from a node that holds it, and back", () => {
    const linked = toLink(txt2img(), CATALOGUE, SEED, [0, 0]);
    expect(linked?.id).toBe("seed");
    expect(dump(linked?.document ?? txt2img())["nodes"]).toMatchObject({ seed: { type: "Seed", values: { value: 7 } }, sample: { links: { seed: "seed.seed" } } });
    const changed = setValue(linked?.document ?? txt2img(), { node: "seed", port: "value" }, 99);
    const back = toValue(changed, CATALOGUE, SEED);
    expect(back.nodes["seed"]).toBeUndefined();
    expect({ ...back.nodes["sample"]?.values }).toEqual({ seed: 99 });
  });

  it("that is a default goes along", () => {
    const linked = toLink(txt2img(), CATALOGUE, CFG, [0, 0]);
    expect({ ...linked?.document.nodes["number"]?.values }).toEqual({ value: 7.5 });
  });

  it("comes from a node that others need too, which stays", () => {
    const { document, id } = addNode(txt2img(), CATALOGUE, "Integer", [0, 0]);
    const shared = connect(connect(document, { node: id, port: "integer" }, { node: "empty", port: "width" }), { node: id, port: "integer" }, { node: "empty", port: "height" });
    expect(toValue(shared, CATALOGUE, { node: "empty", port: "width" }).nodes[id]).toBeDefined();
  });

  it("has no holder where no node type holds such a one", () => {
    expect(holder(CATALOGUE, port("x", "str", { schema: {} }))).toBeUndefined();
    expect(holder(CATALOGUE, port("x", "int", { schema: {} }))?.name).toBe("Integer");
    expect(holder(CATALOGUE, port("x", "int", { schema: {}, widget: { seed: true } }))?.name).toBe("Seed");
    expect(toLink(txt2img(), CATALOGUE, { node: "save", port: "prefix" }, [0, 0])).toBeUndefined();
  });

  it("is freed of any other link", () => {
    const linked = connect(txt2img(), { node: "sample", port: "latent" }, SEED);
    expect(toValue(linked, CATALOGUE, SEED).nodes["sample"]).toEqual(txt2img().nodes["sample"]);
  });
});

describe("the inputs of a graph", () => {
  it("have names, ports and values", () => {
    expect(namedInputs(txt2img(), CATALOGUE).map(({ name, value }) => [name, value])).toEqual([["prompt", "a red circle"], ["seed", 7]]);
    expect(nameOf(txt2img(), SEED)).toBe("seed");
  });

  it("are offered under a name that is free, once, and taken back", () => {
    const offered = expose(expose(txt2img(), CFG), { node: "negative", port: "text" });
    expect({ ...offered.inputs }).toEqual({ prompt: "prompt.text", seed: "sample.seed", cfg: "sample.cfg", text: "negative.text" });
    expect(expose(offered, CFG)).toBe(offered);
    expect(hide(hide(offered, "cfg"), "text")).toEqual(txt2img());
  });

  it("are renamed in their place; a name must be one, and free", () => {
    const renamed = renameInput(txt2img(), "prompt", "what");
    expect(Object.keys(renamed.inputs)).toEqual(["what", "seed"]);
    expect(() => renameInput(txt2img(), "prompt", "seed")).toThrow("already");
    expect(() => renameInput(txt2img(), "prompt", "two words")).toThrow("no name");
  });

  it("that lead nowhere are none", () => {
    const gone = { ...txt2img(), inputs: { ...txt2img().inputs, x: "nobody.text", y: "sample.model" } };
    expect(namedInputs(gone, CATALOGUE).map(({ name }) => name)).toEqual(["prompt", "seed"]);
    expect(valueOf(txt2img(), CFG, port("cfg", "float", { default: 7.5 }))).toBe(7.5);
  });
});

describe("a sweep", () => {
  const float = port("cfg", "float", { schema: {} });
  const int = port("seed", "int", { schema: {} });
  const text = port("sampler", "str", { schema: {} });

  it.each([
    ["1, 2, 5", int, [1, 2, 5]],
    ["1..4", int, [1, 2, 3, 4]],
    ["4..1", int, [4, 3, 2, 1]],
    ["0..1 step 0.25", float, [0, 0.25, 0.5, 0.75, 1]],
    ["0.1..0.3 step 0.1", float, [0.1, 0.2, 0.3]],
    ["18446744073709551615", int, [18446744073709551615n]],
    ["euler, heun\ndpmpp_2m", text, ["euler", "heun", "dpmpp_2m"]],
    ["one, two\nthree", { ...text, widget: { multiline: true } }, ["one, two", "three"]],
    ["true,false", port("on", "bool", { schema: {} }), [true, false]],
  ])("reads values: %s", (written, of, values) => expect(parseValues(written, of)).toEqual(values));

  it.each([
    ["", int, "at least one"],
    ["1.5", int, "whole numbers"],
    ["many", float, "no number"],
    ["1..2 step 0", float, "no range"],
    ["0..100000", int, "is the most"],
    ["yes", port("on", "bool"), "neither"],
  ])("says what is wrong: %s", (written, of, why) => expect(() => parseValues(written, of)).toThrow(why));

  it("names its axes among the graph's inputs", () => {
    const { document, product, count } = sweep(txt2img(), [{ end: SEED, values: [1, 2] }, { end: CFG, values: [3, 4, 5] }]);
    expect(product).toEqual({ seed: [1, 2], cfg: [3, 4, 5] });
    expect(document.inputs["cfg"]).toBe("sample.cfg");
    expect(count).toBe(6);
  });
});
