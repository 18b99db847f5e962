import { describe, expect, it } from "vitest";
import { evaluate } from "./expression";
import { clamp, dragged, filled, limitsOf, outside, parseNumber, shown, stepped } from "./numbers";

const UNIT = limitsOf({ type: "number", minimum: 0, maximum: 1 });
const CFG = limitsOf({ type: "number", minimum: 0, maximum: 100 });
const STEPS = limitsOf({ type: "integer", minimum: 1, maximum: 1000 });
const SIDE = limitsOf({ type: "integer", minimum: 1, maximum: 16384 });
const SEED = limitsOf({ type: "integer", minimum: 0, exclusiveMaximum: 2n ** 64n });
const POSITIVE = limitsOf({ type: "number", exclusiveMinimum: 0, maximum: 16 });

describe("sums", () => {
  it.each([
    ["1", 1],
    ["512*2", 1024],
    [" 2 + 3 * 4 ", 14],
    ["(2+3)*4", 20],
    ["-3 - -4", 1],
    ["1e3", 1000],
    [".5", 0.5],
    ["2.", 2],
    ["8/4/2", 1],
  ])("works out %s", (text, value) => expect(evaluate(text)).toBe(value));

  it.each(["", "a", "1+", "(1", "1)", "1 2", "*2", "2**3", "()", "1;2", "alert(1)"])("takes %s for no sum", (text) =>
    expect(evaluate(text)).toBeUndefined(),
  );
});

describe("typing", () => {
  it("takes points and commas", () => {
    expect(parseNumber("7.5", false)).toBe(7.5);
    expect(parseNumber("7,5", false)).toBe(7.5);
    expect(parseNumber("+3", true)).toBe(3);
  });
  it("keeps whole numbers of 64 bits whole", () => {
    expect(parseNumber("18446744073709551615", true)).toBe(18446744073709551615n);
    expect(parseNumber("-9007199254740993", true)).toBe(-9007199254740993n);
    expect(parseNumber("9007199254740991", true)).toBe(9007199254740991);
  });
  it("makes no whole number of a fraction", () => expect(parseNumber("2.5", true)).toBeUndefined());
  it("takes nothing for a number that is none or has no end", () => {
    for (const text of ["", "abc", "1/0", "1,2,3"]) expect(parseNumber(text, false)).toBeUndefined();
  });
});

describe("showing", () => {
  it("leaves the noise of binary fractions out", () => {
    expect(shown(0.1 + 0.2)).toBe("0.3");
    expect(shown(7.5)).toBe("7.5");
    expect(shown(2n ** 64n - 1n)).toBe("18446744073709551615");
    expect(shown(undefined)).toBe("");
  });
});

describe("stepping", () => {
  it("takes a step that fits the range", () => {
    expect([UNIT.step, CFG.step, STEPS.step, POSITIVE.step]).toEqual([0.01, 0.1, 1, 0.1]);
    expect(limitsOf({ type: "number" }).step).toBe(0.1);
  });
  it("takes the step that a port asks for", () => {
    const port = { name: "x", title: "x", type: "float", required: false, widget: { slider: true, step: 0.05 } };
    expect(limitsOf({ type: "number", minimum: 0, maximum: 1 }, port).step).toBe(0.05);
  });
  it("adds up without drifting", () => {
    let value: number | bigint = 0;
    for (let count = 0; count < 70; count++) value = stepped(value, 1, UNIT);
    expect(value).toBe(0.7);
  });
  it("stops at the limits", () => {
    expect(stepped(0.995, 1, UNIT)).toBe(1);
    expect(stepped(1, -1, STEPS)).toBe(1);
    expect(stepped(0.1, -1, POSITIVE)).toBe(0.1);
    expect(stepped(2n ** 64n - 1n, 1, SEED)).toBe(2n ** 64n - 1n);
  });
  it("is exact beyond 2^53, and gives plain numbers below", () => {
    expect(stepped(2n ** 53n, 1, SEED)).toBe(2n ** 53n + 1n);
    expect(stepped(2n ** 53n, -1, SEED)).toBe(2 ** 53 - 1);
  });
});

describe("limits", () => {
  it("says why a number is not allowed", () => {
    expect(outside(1.5, UNIT)).toBe("at most 1");
    expect(outside(0, POSITIVE)).toBe("more than 0");
    expect(outside(2n ** 64n, SEED)).toBe("less than 18446744073709551616");
    expect(outside(0, STEPS)).toBe("at least 1");
    expect(outside(0.5, UNIT)).toBeUndefined();
  });
  it("finds the nearest number that is", () => {
    expect(clamp(-5, UNIT)).toBe(0);
    expect(clamp(2n ** 70n, SEED)).toBe(2n ** 64n - 1n);
  });
});

describe("dragging", () => {
  it("does nothing for a pixel or two", () => expect(dragged(20, 3, STEPS)).toBe(20));
  it("goes by steps", () => {
    expect(dragged(20, 40, STEPS)).toBe(30);
    expect(dragged(7.5, -40, CFG)).toBe(6.5);
  });
  it("goes slower and faster", () => {
    expect(dragged(7.5, 40, CFG, "fine")).toBe(7.6);
    expect(dragged(20, 40, STEPS, "coarse")).toBe(120);
    expect(dragged(20, 16, STEPS, "fine")).toBe(21);
  });
  it("changes sizes by eights, to a multiple of eight", () => {
    expect(dragged(512, 8, SIDE)).toBe(528);
    expect(dragged(500, 4, SIDE)).toBe(512);
    expect(dragged(512, 16, SIDE, "fine")).toBe(516);
    expect(dragged(16, -400, SIDE)).toBe(1);
  });
});

it("tells how much of a range is filled", () => {
  expect(filled(25, CFG)).toBe(0.25);
  expect(filled(200, CFG)).toBe(1);
  expect(filled(3, limitsOf({ type: "number" }))).toBeUndefined();
  expect(filled(undefined, CFG)).toBeUndefined();
});
