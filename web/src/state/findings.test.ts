import { describe, expect, it } from "vitest";

import type { Check, CheckedStep, Flaw } from "../api/schema";
import { parse } from "../model/document";
import { failures, findings, forecast, plainly } from "./findings";
import type { LiveRun, NodeRun } from "./run";

const DOCUMENT = parse({
  nodeflow: 1,
  nodes: {
    load: { type: "LoadCheckpoint" },
    text: { type: "TextEncode", links: { text_encoder: "load.text_encoder" } },
    sample: { type: "KSampler", values: { seed: 7 }, links: { model: "load.model", positive: "text.conditioning" } },
    save: { type: "SaveImage", links: { image: "sample.latent" } },
  },
  inputs: { seed: "sample.seed" },
});

function flaw(pointer: string, code = "out_of_range"): Flaw {
  return { part: "body", pointer, code, message: "it is wrong" };
}

describe("findings", () => {
  it.each([
    ["/graph/nodes/sample/values/steps", { node: "sample", input: "steps" }],
    ["/graph/nodes/sample/links/model", { node: "sample", input: "model" }],
    ["/graph/nodes/sample/type", { node: "sample" }],
    ["/graph/nodes/sample", { node: "sample" }],
    ["/nodes/sample/values/a~1b", { node: "sample", input: "a/b" }],
    ["/inputs/seed", { node: "sample", input: "seed" }],
    ["/graph/inputs/seed", { node: "sample", input: "seed" }],
    ["/batch/product/seed/3", { node: "sample", input: "seed" }],
    ["/targets/0", {}],
    ["", {}],
  ])("puts %s where it belongs", (pointer, place) => {
    const [found] = findings([flaw(pointer)], DOCUMENT);
    expect(found).toEqual({ ...place, code: "out_of_range", message: "it is wrong", unfinished: false });
  });

  it("tells what is unfinished from what is wrong", () => {
    expect(findings([flaw("/graph/nodes/sample", "missing_input")], DOCUMENT)[0]?.unfinished).toBe(true);
  });

  it("say what is missing: a link alone where an input takes no value", () => {
    const missing = ["links/model", "values/steps"].map((place) => flaw(`/graph/nodes/sample/${place}`, "missing_input"));
    expect(findings(missing, DOCUMENT).map(plainly)).toEqual(["Needs a link.", "Needs a link or a value."]);
  });

  it("of a run that failed are those of its nodes, or else of itself", () => {
    const failed: NodeRun = {
      type: "KSampler",
      state: "failed",
      seconds: null,
      reason: null,
      progress: null,
      preview: null,
      warnings: [],
      error: { message: "odd", error: "ValueError", input: "cfg", traceback: "T" },
    };
    const run = { nodes: { sample: failed }, summary: { state: "failed", error: null } } as unknown as LiveRun;
    expect(failures(run)).toEqual([
      { node: "sample", input: "cfg", code: "node_failed", message: "odd", error: "ValueError", traceback: "T", unfinished: false },
    ]);
    const error = { code: "worker_died", message: "the worker died" };
    const died = { nodes: {}, summary: { state: "failed", error } } as unknown as LiveRun;
    expect(failures(died)).toMatchObject([{ code: "worker_died", message: "the worker died" }]);
  });
});

describe("what is said of a finding", () => {
  it.each([
    ["out_of_range", "KSampler.steps: expected at least 1, got 0", "Expected at least 1, got 0"],
    ["wrong_type", "acme/Fail.message: expected text, got 5", "Expected text, got 5"],
    ["node_failed", "the paint is dry: very", "The paint is dry: very"],
    ["node_failed", "'x' (BlendImages): ValueError: sizes of base and top differ", "Sizes of base and top differ"],
    ["node_failed", "'x' (acme/Fail): KeyError: 'dry'", "KeyError: 'dry'"],
  ])("leaves out of %s where it stands", (code, message, said) => {
    const finding = { node: "a", input: "model", code, message, unfinished: false };
    expect(plainly(finding)).toBe(said);
  });
});

describe("the forecast", () => {
  function check(cached: Record<string, boolean | null>, volatile: Record<string, string> = {}): Check {
    const steps = Object.entries(cached).map(
      ([node_id, kept]): CheckedStep => ({ node_id, type: "", cached: kept, volatile: volatile[node_id] ?? "" }),
    );
    return { valid: true, problems: [], targets: ["save"], steps, warnings: [] };
  }

  it("marks what would run again, and what is kept", () => {
    const found = forecast(check({ load: true, text: true, sample: false, save: false }), DOCUMENT);
    expect({ ...found }).toEqual({ load: "kept", text: "kept", sample: "run", save: "run" });
  });

  it("lets what nobody needs anew rest, though it is kept nowhere", () => {
    const found = forecast(check({ load: false, text: false, sample: true, save: false }), DOCUMENT);
    expect({ ...found }).toEqual({ load: "kept", text: "kept", sample: "kept", save: "run" });
  });

  it("knows what runs every time", () => {
    const found = forecast(check({ load: true, text: true, sample: true, save: true }, { save: "it is not cached" }), DOCUMENT);
    expect({ ...found }).toEqual({ load: "kept", text: "kept", sample: "kept", save: "run" });
  });

  it("says nothing while no worker has told, nor of a graph that is wrong", () => {
    expect(forecast(check({ load: null, save: null }), DOCUMENT)).toBeNull();
    expect(forecast({ ...check({}), valid: false }, DOCUMENT)).toBeNull();
  });
});
