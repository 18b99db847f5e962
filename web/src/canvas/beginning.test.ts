import { describe, expect, it } from "vitest";

import { beginning } from "./beginning";
import type { FlowNode } from "./flow";

function node(id: string, x: number, y: number, type: "node" | "frame" = "node"): FlowNode {
  return { id, type, position: { x, y }, width: 260, data: {} };
}

const ROW = [node("b", 500, 0), node("a", 100, 300), node("a2", 100, 500), node("c", 1400, 0)];

describe("a graph is looked at first", () => {
  it("from its first node, in full, where all of it could not be read", () => {
    expect(beginning(ROW, 390)).toEqual({ x: -76, y: -276, zoom: 1 });
    // A frame around the nodes is no node.
    expect(beginning([node("frame", 0, 0, "frame"), ...ROW], 390)).toEqual({ x: -76, y: -276, zoom: 1 });
    expect(beginning(ROW, 178)?.zoom).toBe(0.5);
  });

  it("as a whole where that can be read, and where there is room to look around", () => {
    expect(beginning([node("a", 0, 0), node("b", 300, 0)], 390)).toBeUndefined();
    expect(beginning(ROW, 1280)).toBeUndefined();
    expect(beginning([], 390)).toBeUndefined();
  });
});
