import { describe, expect, it } from "vitest";

import type { Point } from "../model/arrangement";
import type { FlowEdge } from "./flow";
import { nearest } from "./nearest";

function edge(source: string, target: string): FlowEdge {
  return { id: `${target}.in`, type: "wire", source, sourceHandle: "out", target, targetHandle: "in" };
}

/** `up` and `down` begin at one place; `back` leads to the left, in bows that go beyond both its ends. */
const EDGES = [edge("a", "up"), edge("a", "down"), edge("c", "back"), edge("a", "nowhere")];
const PLACES: Readonly<Record<string, Point>> = { a: [0, 0], up: [1000, -400], down: [1000, 400], c: [2000, 0], back: [1500, 300] };
const at = (x: number, y: number, reach = 20) => nearest(EDGES, (node) => PLACES[node], [x, y], reach);

describe("the link at a point", () => {
  it("is the one whose curve passes there, not the straight line between its ends", () => {
    expect(at(500, 205)).toBe("down.in");
    expect(at(500, -190)).toBe("up.in");
    expect(at(1000, -400)).toBe("up.in");
    // A curve leaves its socket level: a quarter of the way there is none on the straight line.
    expect(at(250, 100)).toBeUndefined();
    expect(at(2030, 20)).toBe("back.in");
  });

  it("is the nearer of two, and none beyond its reach", () => {
    expect(at(150, 8, 60)).toBe("down.in");
    expect(at(150, -8, 60)).toBe("up.in");
    expect(at(500, 250, 25)).toBeUndefined();
    expect(at(500, 250, 45)).toBe("down.in");
    expect(at(-30, 0)).toBeUndefined();
  });
});
