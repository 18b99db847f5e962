import { describe, expect, it } from "vitest";

import { aligned, type Alignment } from "./align";
import type { Size } from "./arrangement";
import { links } from "./document";
import { txt2img } from "./example";
import { addGroup, addNote, bounds, type Box, holds, isGroup, isNote, members, overlaps, setFrame } from "./frames";
import { arranged, chart } from "./layout";
import { record } from "./record";

const box = (x: number, y: number, width: number, height: number): Box => ({ at: [x, y], size: [width, height] });

describe("groups and notes", () => {
  it("are put around what they are given, or somewhere", () => {
    const { document, id } = addGroup(txt2img(), [box(0, 0, 100, 50), box(200, 100, 100, 50)], [0, 0]);
    expect(isGroup(id) && !isNote(id)).toBe(true);
    expect(document.layout.groups[id]).toMatchObject({ at: [-20, -60], size: [340, 230] });
    const other = addGroup(document, [], [7, 8]);
    expect(other.id).not.toBe(id);
    expect(other.document.layout.groups[other.id]?.at).toEqual([7, 8]);
  });

  it("take along what has its middle in them, and not themselves", () => {
    const { document, id } = addGroup(txt2img(), [box(0, 0, 300, 300)], [0, 0]);
    const boxes = record([[id, box(-20, -60, 340, 380)], ["in", box(250, 100, 100, 50)], ["out", box(310, 100, 100, 50)]]);
    expect(Object.keys(members(document, id, boxes))).toEqual(["in"]);
    expect(members(document, "nobody", boxes)).toEqual({});
  });

  it("change, and nobody else does", () => {
    const { document, id } = addNote(txt2img(), [0, 0]);
    expect(setFrame(document, id, { text: "mind the step", color: "blue" }).layout.notes[id]).toMatchObject({ text: "mind the step", color: "blue", at: [0, 0] });
    expect(setFrame(document, "sample", { title: "x" })).toBe(document);
  });
});

describe("boxes", () => {
  it("hold, overlap and bound", () => {
    expect(holds(box(0, 0, 10, 10), box(8, 8, 4, 4))).toBe(true);
    expect(holds(box(0, 0, 10, 10), box(9, 9, 4, 4))).toBe(false);
    expect(overlaps(box(0, 0, 10, 10), box(10, 0, 5, 5))).toBe(false);
    expect(overlaps(box(0, 0, 10, 10), box(9, 9, 5, 5))).toBe(true);
    expect(bounds([box(5, 5, 1, 1), box(0, 9, 2, 3)])).toEqual(box(0, 5, 6, 7));
  });

  it.each<[Alignment, [number, number], [number, number], [number, number]]>([
    ["left", [0, 0], [0, 30], [0, 100]],
    ["right", [90, 0], [50, 30], [80, 100]],
    ["center", [45, 0], [25, 30], [40, 100]],
    ["top", [0, 0], [50, 0], [20, 0]],
    ["bottom", [0, 100], [50, 90], [20, 100]],
    ["middle", [0, 50], [50, 45], [20, 50]],
    ["columns", [0, 0], [60, 30], [30, 100]],
    ["rows", [0, 0], [50, 45], [20, 100]],
  ])("are aligned: %s", (how, a, b, c) => {
    const boxes = record([["a", box(0, 0, 10, 10)], ["b", box(50, 30, 50, 20)], ["c", box(20, 100, 20, 10)]]);
    const found = aligned(boxes, how);
    expect([found["a"], found["b"], found["c"]]).toEqual([a, how === "columns" ? [50, 30] : b, how === "columns" ? [20, 100] : c]);
  });

  it("stay where they are alone", () => expect(aligned(record([["a", box(1, 2, 3, 4)]]), "left")).toEqual({}));
});

describe("laying out", () => {
  it("puts what feeds to the left of what it feeds, nothing on top of another, and keeps the corner", () => {
    const document = txt2img();
    const size: Size = [240, 160];
    const sizes = record(Object.keys(document.nodes).map((id) => [id, size] as const));
    const to = arranged(chart(document, sizes));
    for (const { from, to: into } of links(document)) expect(to[from.node]?.[0]).toBeLessThan((to[into.node]?.[0] ?? 0) - 200);
    const placed = Object.values(to).map((at) => ({ at, size }));
    placed.forEach((one, index) => placed.slice(index + 1).forEach((other) => expect(overlaps(one, other)).toBe(false)));
    expect(bounds(placed).at).toEqual([0, 0]);
  });

  it.each([["prompt", "empty"], ["prompt", "negative"], ["negative", "empty"]])("keeps %s and %s together in their group, with nothing else", (...own) => {
    const size: Size = [240, 160];
    const document = txt2img();
    const places = record(Object.keys(document.nodes).map((id, at) => [id, { at: [own.includes(id) ? 0 : 1000, at * 200] as const }] as const));
    const around = own.map((id) => ({ at: places[id]?.at ?? [0, 0], size }));
    const inner = addGroup({ ...document, layout: { ...document.layout, places } }, around, [0, 0]);
    const outer = addGroup(inner.document, [bounds(around), box(-100, 100, 100, 100)], [0, 0]);
    const made = chart(outer.document, record(Object.keys(places).map((id) => [id, size] as const)));
    expect(made.groups).toEqual({ ...record(own.map((id) => [id, inner.id])), [inner.id]: outer.id });
    const to = arranged(made);
    const frame = bounds(own.map((id) => ({ at: to[id] ?? [0, 0], size })));
    for (const id of Object.keys(places)) expect(overlaps(frame, { at: to[id] ?? [0, 0], size })).toBe(own.includes(id));
  });

  it("copes with a circle, and with nothing", () => {
    const sizes = record([["a", [10, 10]], ["b", [10, 10]]] as const);
    expect(Object.keys(arranged({ sizes, links: [["a", "b"], ["b", "a"]], groups: {}, corner: [0, 0] }))).toEqual(["a", "b"]);
    expect(arranged(chart(txt2img(), record()))).toEqual({});
  });
});
