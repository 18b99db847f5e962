import { describe, expect, it } from "vitest";

import type { RunSummary } from "../api/schema";
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
