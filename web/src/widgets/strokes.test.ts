import { describe, expect, it } from "vitest";
import { BLANK, done, draw, drawn, redo, resized, undo, usualSize, visible, within, type Brush, type Deed, type Stroke } from "./strokes";

const stroke = (x: number): Stroke => ({ kind: "paint", size: 10, spots: [{ x, y: 0 }] });

describe("a painting", () => {
  const two = done(done(BLANK, stroke(1)), stroke(2));

  it("is undone and done again, the last first", () => {
    expect(undo(two).deeds).toEqual([stroke(1)]);
    expect(redo(undo(two))).toEqual(two);
    expect(redo(redo(undo(undo(two))))).toEqual(two);
  });
  it("stays as it is where there is nothing to undo or to do again", () => {
    expect(undo(BLANK)).toEqual(BLANK);
    expect(redo(two)).toEqual(two);
  });
  it("forgets what was undone once something else is done", () => {
    expect(redo(done(undo(two), stroke(3))).deeds).toEqual([stroke(1), stroke(3)]);
  });
  it("draws nothing that was cleared, and gets it back by undoing", () => {
    const cleared = done(two, { kind: "clear" });
    expect(visible(cleared)).toEqual([{ kind: "clear" }]);
    expect(visible(done(cleared, stroke(4)))).toEqual([{ kind: "clear" }, stroke(4)]);
    expect(visible(undo(cleared))).toEqual(two.deeds);
  });
  it("takes two inversions for none, and clears once", () => {
    const invert: Deed = { kind: "invert" };
    expect(done(done(two, invert), invert).deeds).toEqual(two.deeds);
    const clear: Deed = { kind: "clear" };
    expect(done(done(two, clear), clear).deeds).toHaveLength(3);
  });
});

it("adds no spot nearer than a pixel to a stroke", () => {
  expect(drawn(stroke(1), { x: 1.5, y: 0.5 }).spots).toHaveLength(1);
  expect(drawn(stroke(1), { x: 3, y: 0 }).spots).toHaveLength(2);
});

it("changes the size of the brush at every press, within bounds", () => {
  expect(resized(1, 1)).toBe(2);
  expect(resized(2, -1)).toBe(1);
  expect(resized(1, -1)).toBe(1);
  expect(resized(512, 1)).toBe(512);
  expect(resized(40, 1)).toBe(46);
  expect(usualSize(128, 512)).toBe(13);
});

it("finds the pixel under the pointer, however large the picture is shown", () => {
  expect(within({ x: 110, y: 70 }, { left: 10, top: 20, width: 200, height: 100 }, { width: 128, height: 64 })).toEqual({ x: 64, y: 32 });
});

describe("drawing", () => {
  const size = { width: 64, height: 32 };
  function record(deed: Deed): string[] {
    const calls: string[] = [];
    const brush = new Proxy({} as Record<string, unknown>, {
      get: (_, name) => (...args: number[]) => calls.push(`${String(name)}(${args.map((n) => Math.round(n)).join()})`),
      set: (_, name, value) => {
        calls.push(`${String(name)}=${String(value)}`);
        return true;
      },
    });
    draw(brush as unknown as Brush, deed, size, "red");
    return calls.filter((call) => !call.includes("source-over") && !call.includes("=red"));
  }
  it("makes a dot of a press and a line of a drag", () => {
    expect(record(stroke(5))).toEqual(["beginPath()", "arc(5,0,5,0,6)", "fill()"]);
    expect(record(drawn(stroke(5), { x: 9, y: 0 }))).toContain("lineTo(9,0)");
  });
  it("erases with the same brush", () => {
    expect(record({ ...stroke(5), kind: "erase" })[0]).toBe("globalCompositeOperation=destination-out");
  });
  it("inverts, fills and clears the whole", () => {
    expect(record({ kind: "invert" })).toEqual(["globalCompositeOperation=source-out", "fillRect(0,0,64,32)"]);
    expect(record({ kind: "fill" })).toEqual(["fillRect(0,0,64,32)"]);
    expect(record({ kind: "clear" })).toEqual(["clearRect(0,0,64,32)"]);
  });
  it("draws nothing for a stroke without spots", () => {
    expect(record({ kind: "paint", size: 3, spots: [] })).toEqual([]);
  });
});
