import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { txt2img } from "../model/example";
import { map } from "../model/record";
import { toasts } from "../ui/messages";
import { useChecks } from "./checks";
import { restoreTabs } from "./documents";
import { run } from "./running";

const PROBLEM = { code: "bad_value", message: "KSampler.cfg: expected at most 100", pointer: "/graph/nodes/sample/values/cfg" };

beforeEach(() => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ valid: false, problems: [PROBLEM], steps: [], targets: [], warnings: [] }))));
  restoreTabs([{ document: txt2img(), title: "one" }], undefined);
});

afterEach(() => vi.unstubAllGlobals());

it("what stands in the way of a run is told until it is put right", async () => {
  expect(await run()).toBe(false);
  expect(toasts().map(({ text, detail }) => [text, detail])).toEqual([["It cannot run yet", "sample, cfg: Expected at most 100"]]);
  useChecks.setState(({ of }) => ({ of: map(of, (checked) => ({ ...checked, forecast: null })) }));
  expect(toasts()).toHaveLength(1);
  useChecks.setState(({ of }) => ({ of: map(of, (checked) => ({ ...checked, findings: [] })) }));
  expect(toasts()).toEqual([]);
});
