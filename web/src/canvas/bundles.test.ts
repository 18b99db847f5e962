import { describe, expect, it } from "vitest";

import type { Point } from "../model/arrangement";
import { bundles } from "./bundles";
import type { FlowEdge } from "./flow";

function edge(source: string, target: string): FlowEdge {
  return { id: `${target}.in`, type: "wire", source, sourceHandle: "out", target, targetHandle: "in" };
}

const PLACES = new Map<string, Point>([
  ["a", [0, 0]],
  ["b", [300, 40]],
  ["c", [600, 80]],
]);
const EDGES = [edge("a", "b"), edge("b", "c"), edge("a", "c")];
const at = (places: ReadonlyMap<string, Point>) => (node: string) => places.get(node);

describe("bundles of links", () => {
  it("are one path for each look, with each of its links", () => {
    const found = bundles(EDGES, at(PLACES), ({ source }) => source);
    expect([...found.keys()]).toEqual(["a", "b"]);
    expect(found.get("a")?.match(/M/g)).toHaveLength(2);
    expect(found.get("a")).toMatch(/^M0,0 C.* 300,40M0,0 C.* 600,80$/);
    expect(found.get("b")).toMatch(/^M300,40 C.* 600,80$/);
  });

  it("that nothing was moved of stay as they are", () => {
    const look = ({ target }: FlowEdge): string => (target === "c" ? "moved" : "still");
    const before = bundles(EDGES, at(PLACES), look);
    const after = bundles(EDGES, at(new Map([...PLACES, ["c", [700, 90]]])), look);
    expect(after.get("still")).toBe(before.get("still"));
    expect(after.get("moved")).not.toBe(before.get("moved"));
  });

  it("have no link to a socket that nobody knows the place of", () => {
    const found = bundles(EDGES, at(new Map([...PLACES].filter(([id]) => id !== "c"))), () => "all");
    expect(found.get("all")?.match(/M/g)).toHaveLength(1);
  });
});
