import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { memory } from "./memory";

const stored = new Map<string, string>();
const NAME = "nodeflow.numbers";
const numbers = () => memory(NAME, (found) => (typeof found === "number" ? found : undefined));

beforeEach(() => {
  stored.clear();
  vi.stubGlobal("localStorage", { getItem: (name: string) => stored.get(name) ?? null, setItem: (name: string, text: string) => stored.set(name, text) });
});

afterEach(() => vi.unstubAllGlobals());

it("two pages keep what the other put there, and forget only what they are told to", () => {
  const [first, second] = [numbers(), numbers()];
  first.put("one", 1);
  second.put("two", 2);
  first.put("three", 3);
  second.put("one", 10);
  expect([...numbers().all()]).toEqual([["two", 2], ["three", 3], ["one", 10]]);
  first.put("two", undefined);
  expect([...second.all()]).toEqual([["three", 3], ["one", 10]]);
});

it("of more than fifty documents those are remembered of which it was last", () => {
  const page = numbers();
  for (let at = 0; at < 50; at += 1) page.put(`d${at}`, at);
  page.put("d0", 0);
  page.put("new", 50);
  const names = [...page.all().keys()];
  expect(names).toHaveLength(50);
  expect([names[0], ...names.slice(-2)]).toEqual(["d2", "d0", "new"]);
});

it.each([["no JSON", "{"], ["no list", '{"one": 1}'], ["other things", '[7, ["two"], ["three", "3"], [4, 4], null]']])("%s in it is nothing to remember", (_, text) => {
  stored.set(NAME, text);
  expect(numbers().all().size).toBe(0);
  numbers().put("one", 1);
  expect([...numbers().all()]).toEqual([["one", 1]]);
});

it("what does not fit breaks nothing, and what was there stays", () => {
  numbers().put("one", 1);
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: () => {
      throw new DOMException("there is no room", "QuotaExceededError");
    },
  });
  numbers().put("two", 2);
  expect([...numbers().all()]).toEqual([["one", 1]]);
});
