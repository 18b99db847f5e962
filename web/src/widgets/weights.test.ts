import { describe, expect, it } from "vitest";
import { weighted } from "./weights";

/** Written with the selection between bars; one bar is the caret. */
function up(written: string, change = 0.05): string {
  const start = written.indexOf("|");
  const rest = written.slice(0, start) + written.slice(start + 1);
  const second = rest.indexOf("|");
  const end = second < 0 ? start : second;
  const text = second < 0 ? rest : rest.slice(0, second) + rest.slice(second + 1);
  const made = weighted({ text, start, end }, change);
  return `${made.text.slice(0, made.start)}|${made.text.slice(made.start, made.end)}|${made.text.slice(made.end)}`;
}
const down = (written: string) => up(written, -0.05);

describe("a weight is given", () => {
  it("to what is selected", () => expect(up("a |red circle| here")).toBe("a (|red circle|:1.05) here"));
  it("to the word at the caret", () => {
    expect(up("a re|d circle")).toBe("a (|red|:1.05) circle");
    expect(up("a |red circle")).toBe("a (|red|:1.05) circle");
    expect(up("half-o|pen, wide")).toBe("(|half-open|:1.05), wide");
  });
  it("without the spaces that were selected with it", () => expect(up("a |red |circle")).toBe("a (|red|:1.05) circle"));
  it("to nothing where there is nothing", () => {
    expect(up("a  |  b")).toBe("a  ||  b");
    expect(up("|")).toBe("||");
  });
  it("below 1 by going down", () => expect(down("|red|")).toBe("(|red|:0.95)"));
});

describe("a weight is changed", () => {
  it("in the brackets around", () => {
    expect(up("a (re|d:1.2) b")).toBe("a (|red|:1.25) b");
    expect(up("a (big |red| circle:1.2)")).toBe("a (|big red circle|:1.25)");
    expect(up("a |(red:1.2)| b")).toBe("a (|red|:1.25) b");
  });
  it("in the innermost ones", () => expect(up("((a|:1.2) b:1.3)")).toBe("((|a|:1.25) b:1.3)"));
  it("also where it was not written as a number", () => {
    expect(up("(re|d)")).toBe("(|red|:1.15)");
    expect(up("[re|d]")).toBe("(|red|:0.96)");
  });
  it("below 0, and from a number without a digit before its point", () => {
    expect(down("(re|d:0)")).toBe("(|red|:-0.05)");
    expect(up("(re|d:.5)")).toBe("(|red|:0.55)");
  });
  it("without drifting", () => {
    let text = "|red|";
    for (let count = 0; count < 9; count++) text = up(text);
    expect(text).toBe("(|red|:1.45)");
  });
});

it("takes the brackets away at 1, so up and down are each other's undoing", () => {
  expect(down("a (|red|:1.05) b")).toBe("a |red| b");
  expect(up(down("a |red| b"))).toBe("a |red| b");
  expect(up("(red|:0.95)")).toBe("|red|");
});

it("takes escaped brackets, and those that nothing closes, for text", () => {
  expect(up("smile |\\:\\)|")).toBe("smile (|\\:\\)|:1.05)");
  expect(up("(a re|d")).toBe("(a (|red|:1.05)");
  expect(up("a) re|d")).toBe("a) (|red|:1.05)");
  expect(up("(a] re|d")).toBe("(a] (|red|:1.05)");
});
