import { describe, expect, it } from "vitest";

import type { Artifact, RunSummary } from "../api/schema";
import { artifactKey, called, described, joined, places } from "./gallery";
import { moved } from "./queue";

describe("the queue's list", () => {
  const runs = ["a", "b", "c", "d"].map((id) => ({ id }) as RunSummary);
  const order = (list: readonly RunSummary[]): string => list.map(({ id }) => id).join("");

  it("shows a moved run at its new place at once", () => {
    expect(order(moved(runs, "d", "before", "b"))).toBe("adbc");
    expect(order(moved(runs, "a", "after", "c"))).toBe("bcad");
    expect(order(moved(runs, "a", "before", "b"))).toBe("abcd");
  });

  it("stays as it is when one of the two is gone", () => {
    expect(moved(runs, "x", "before", "b")).toBe(runs);
    expect(moved(runs, "a", "before", "x")).toBe(runs);
  });
});

describe("the gallery's list", () => {
  const made = (name: string, run = "r"): Artifact => ({ run_id: run, node_id: "n", sha256: "s", name, media_type: "", size: 1, created: 1 });

  it("has each file of a node once, the newest first", () => {
    expect(joined([made("b")], [made("b"), made("a")]).map(({ name }) => name)).toEqual(["b", "a"]);
  });

  it("keeps its order when the traits of what was just made are read", () => {
    const read = [{ ...made("a"), traits: { seed: 7 } }, made("old")];
    expect(described([made("b"), made("a")], read).map(called)).toEqual(["b", "a, seed 7"]);
  });

  it("tells which of how many a picture is, where all are there", () => {
    const items = [made("c"), made("b"), made("a"), made("a", "other"), made("b", "last"), made("a", "last")];
    const told = (isWhole: boolean): readonly (string | undefined)[] => items.map((each) => places(items, isWhole).get(artifactKey(each)));
    expect(told(true)).toEqual(["3 of 3", "2 of 3", "1 of 3", undefined, "2 of 2", "1 of 2"]);
    expect(told(false)).toEqual(["3 of 3", "2 of 3", "1 of 3", undefined, undefined, undefined]);
  });
});
