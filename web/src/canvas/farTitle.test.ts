import { describe, expect, it } from "vitest";

import { farTitle } from "./farTitle";

describe("a title from afar", () => {
  const room = { width: 260, height: 120, collapsed: false };

  it("is whole where there is room for it", () => {
    expect(farTitle("Load Checkpoint", room)).toBe("Load Checkpoint");
  });

  it("is cut where there is none, never within a letter", () => {
    expect(farTitle("Set Conditioning Timestep Range", room)).toBe("Set Conditioning Timestep…");
    expect(farTitle("Set Conditioning Timestep Range", { ...room, collapsed: true })).toBe("Set Conditionin…");
    expect(farTitle("🙂".repeat(60), room)).toBe(`${"🙂".repeat(26)}…`);
  });

  it("has more room on a wider or higher node", () => {
    const title = "Set Conditioning Timestep Range of a part";
    const short = farTitle(title, { width: 180, height: 60, collapsed: false });
    expect(short.length).toBeLessThan(farTitle(title, room).length);
    expect(farTitle(title, { width: 600, height: 400, collapsed: false })).toBe(title);
  });
});
