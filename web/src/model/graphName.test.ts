import { describe, expect, it } from "vitest";

import { nameFault, nameLike } from "./graphName";

describe("the name of a graph", () => {
  it.each(["a", "7", "my-graph", "v1.2_b", "x".repeat(100)])("is %s", (name) => expect(nameFault(name)).toBeUndefined());

  it.each([
    ["my graph", "A name has no spaces: try my-graph"],
    ["my\u00A0graph ", "A name has no spaces: try my-graph"],
    ["cats/dogs", 'A name has no "/": try cats-dogs'],
    ["Grün", 'A name has no "ü": try Grun'],
    ["wow😀", 'A name has no "😀": try wow'],
    ["-x", "A name begins with a letter or a digit: try x"],
    ["...", "A name begins with a letter or a digit: try graph"],
    ["x".repeat(101), `A name has at most 100 signs: try ${"x".repeat(100)}`],
    ["", "It needs a name."],
  ])("is not %s: it is said why", (text, said) => expect(nameFault(text)).toBe(said));

  it.each(["Text to image", "Grün 😀 / 2", "___", "", "日本", "a".repeat(300)])("can be made of %s", (title) => {
    expect(nameFault(nameLike(title))).toBeUndefined();
  });
});
