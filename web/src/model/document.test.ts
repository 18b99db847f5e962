import { describe, expect, it } from "vitest";

import { DocumentError, dump, dumpText, links, parse, parseText, splitPort } from "./document";
import { txt2img } from "./example";

const GRAPHS = import.meta.glob<string>("../../../graphs/*.json", { query: "?raw", import: "default", eager: true });

describe("a document", () => {
  it.each(Object.entries(GRAPHS))("is written as it was read: %s", (_, text) => {
    expect(dump(parseText(text))).toEqual(JSON.parse(text));
  });

  it("keeps what it does not know", () => {
    const source = {
      nodeflow: 1,
      nodes: { odd: { type: "gone/Node", values: { list: [1, { a: null }] }, links: { x: "y.z" }, later: { deep: [true] } } },
      layout: { odd: { at: [1, 2], width: 300 }, stray: "text", $other: [1] },
      meta: { who: "knows" },
      future: { any: "thing" },
    };
    expect(dump(parse(source))).toEqual(source);
  });

  it("keeps a layout that is none of this editor's", () => {
    const source = { nodeflow: 1, nodes: {}, layout: ["left", "right"] };
    expect(dump(parse(source))).toEqual(source);
  });

  it("keeps places, groups, notes and how nodes are drawn", () => {
    const layout = {
      a: { at: [1, 2], collapsed: true, mode: "muted", kept: { seed: 5 } },
      $groups: { $group: { title: "Prompts", color: "blue", at: [0, 0], size: [10, 20] } },
      $notes: { $note: { text: "mind", color: "yellow", at: [0, 0], size: [10, 20] } },
    };
    const source = { nodeflow: 1, nodes: { a: { type: "KSampler" } }, layout };
    expect(dump(parse(source))).toEqual(source);
  });

  it("may have nodes that are called like what every object has", () => {
    const text = '{"nodeflow":1,"nodes":{"__proto__":{"type":"A"},"constructor":{"type":"B","links":{"toString":"__proto__.x"}}}}';
    const document = parseText(text);
    expect(Object.keys(document.nodes)).toEqual(["__proto__", "constructor"]);
    expect(document.nodes["valueOf"]).toBeUndefined();
    expect(links(document)).toEqual([{ from: { node: "__proto__", port: "x" }, to: { node: "constructor", port: "toString" } }]);
    expect(JSON.parse(dumpText(document))).toEqual(JSON.parse(text));
  });

  it("keeps seeds that no number of JavaScript can hold", () => {
    const text = '{"nodeflow":1,"nodes":{"a":{"type":"KSampler","values":{"seed":18446744073709551615}}}}';
    expect(dumpText(parseText(text)).replaceAll(/\s/g, "")).toBe(text);
  });

  it.each([
    ["nothing", "no JSON"],
    ["[]", "JSON object"],
    ["{}", "no graph of nodeflow"],
    ['{"nodeflow": 2, "nodes": {}}', "version 2"],
    ['{"nodeflow": 1, "nodes": []}', "nodes of the graph must be an object"],
    ['{"nodeflow": 1, "nodes": {"a": {}}}', 'node "a" must have a type'],
    ['{"nodeflow": 1, "nodes": {"a": {"type": "A", "links": {"x": 3}}}}', 'the links of node "a"'],
  ])("is none: %s", (text, why) => {
    expect(() => parseText(text)).toThrow(DocumentError);
    expect(() => parseText(text)).toThrow(why);
  });
});

describe("a port", () => {
  it.each([
    ["a.b", { node: "a", port: "b" }],
    ["a.b.c", { node: "a", port: "b.c" }],
    ["a", undefined],
    [".b", undefined],
    ["a.", undefined],
    ["a b.c", undefined],
  ])("is written as node and name: %s", (text, end) => expect(splitPort(text)).toEqual(end));

  it("links to another", () => {
    expect(links(txt2img())).toHaveLength(9);
  });
});
