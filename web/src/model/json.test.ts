import { describe, expect, it } from "vitest";

import { writeJson, parseJson } from "./json";

describe("JSON with exact integers", () => {
  it("keeps an integer that a number cannot hold", () => {
    const text = '{"seed":18446744073709551615,"low":-9007199254740993}';
    expect(parseJson(text)).toEqual({ seed: 18446744073709551615n, low: -9007199254740993n });
    expect(writeJson(parseJson(text))).toBe(text);
  });

  it("gives plain numbers where they are exact", () => {
    expect(parseJson("[9007199254740991, 1e300, 0.1234567890123456789, -7]")).toEqual([
      9007199254740991,
      1e300,
      Number("0.1234567890123456789"),
      -7,
    ]);
  });

  it("takes no digits inside a text for a number", () => {
    const value = { text: 'a "quoted" 18446744073709551615 \\', more: "18446744073709551615" };
    expect(parseJson(writeJson(value))).toEqual(value);
  });

  it("reads small documents as JSON does, and says what is wrong as JSON does", () => {
    expect(parseJson('{"a":[1,null,true,"x"]}')).toEqual({ a: [1, null, true, "x"] });
    expect(() => parseJson("{")).toThrow(SyntaxError);
  });

  it("indents for people", () => {
    expect(writeJson({ seed: 18446744073709551615n }, 2)).toBe('{\n  "seed": 18446744073709551615\n}');
  });
});
