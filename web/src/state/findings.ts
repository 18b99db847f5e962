/** What is wrong with a graph, put at the node and input it belongs to. Pure. */

import type { Check, CheckedStep, Flaw } from "../api/schema";
import { type Document, splitPort } from "../model/document";
import { type Names, record } from "../model/record";
import type { LiveRun } from "./run";

export interface Finding {
  /** Undefined where it belongs to the graph as a whole. */
  readonly node?: string;
  readonly input?: string;
  readonly code: string;
  readonly message: string;
  readonly nearest?: string;
  /** The class of what a node raised, and where it was raised. */
  readonly error?: string;
  readonly traceback?: string;
  /** What a graph that is being built still lacks; no mistake until somebody presses Run. */
  readonly unfinished: boolean;
}

/** Which node raised something, and that it was a ValueError: what such a one says is written for people. */
const RAISED = /^'[^']*' \([\w/.-]+\): (?:ValueError: )?/;

/** What is wrong as a person is told it beside the node and input that it is about. */
export function plainly({ message }: Pick<Finding, "message">): string {
  const bare = message.replace(/^[\w/.-]+\.\w+: /, "").replace(RAISED, "");
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

/** The flaws of a refusal or a check. Pointers lead into the request: its graph, inputs, targets or batch. */
export function findings(flaws: readonly Flaw[], document: Document): readonly Finding[] {
  return flaws.map((flaw) => ({
    ...placed(flaw.pointer, document),
    code: flaw.code,
    message: flaw.code === "missing_input" ? lacking(flaw.pointer) : flaw.message,
    ...(flaw.nearest ? { nearest: flaw.nearest } : {}),
    unfinished: flaw.code === "missing_input",
  }));
}

/** The pointer says whether the input takes a value. */
function lacking(pointer: string): string {
  return pointer.split("/").at(-2) === "links" ? "Needs a link." : "Needs a link or a value.";
}

/** What made a run fail: each node that failed, else what is said of the run. */
export function failures(run: LiveRun): readonly Finding[] {
  const nodes = Object.entries(run.nodes).flatMap(([id, node]): Finding[] => {
    if (node.error === null) return [];
    const { message, error, input, traceback } = node.error;
    return [
      {
        node: id,
        ...(input === null ? {} : { input }),
        code: "node_failed",
        message,
        ...(error ? { error } : {}),
        ...(traceback ? { traceback } : {}),
        unfinished: false,
      },
    ];
  });
  if (nodes.length > 0 || run.summary.state !== "failed") return nodes;
  const { code = "", message = "it failed", traceback } = run.summary.error ?? {};
  return [{ code, message, ...(traceback ? { traceback } : {}), unfinished: false }];
}

/** Of the nodes of a run to come, those that would run ("run") and those whose results are there already ("kept"). */
export type Forecast = Names<"run" | "kept">;

/**
 * What a check says of each node. A node whose result is kept needs nothing of what feeds it, and that is kept as well
 * as far as nobody else wants it anew. Null while no worker has told what it has.
 */
export function forecast(check: Check, document: Document): Forecast | null {
  if (!check.valid || check.steps.some((step) => step.cached === null)) return null;
  const steps = new Map(check.steps.map((step) => [step.node_id, step]));
  const runs = new Set<string>();
  const wanted = [...check.targets];
  for (let id = wanted.pop(); id !== undefined; id = wanted.pop()) {
    if (runs.has(id) || !wouldRun(steps.get(id))) continue;
    runs.add(id);
    for (const link of Object.values(document.nodes[id]?.links ?? {})) {
      const source = splitPort(link);
      if (source !== undefined) wanted.push(source.node);
    }
  }
  return record(check.steps.map(({ node_id }) => [node_id, runs.has(node_id) ? "run" : "kept"]));
}

function wouldRun(step: CheckedStep | undefined): boolean {
  return step !== undefined && (step.cached !== true || step.volatile !== "");
}

function placed(pointer: string, document: Document): { node?: string; input?: string } {
  const [root, ...rest] = pointer.split("/").slice(1).map(unescaped);
  // A saved graph is pointed into as it is; one that was sent stands in `graph`.
  const parts = root === "graph" ? rest : [root ?? "", ...rest];
  switch (parts[0]) {
    case "nodes":
      return within(parts[1], parts[2] === "values" || parts[2] === "links" ? parts[3] : undefined);
    case "inputs":
      return named(parts[1], document);
    case "batch":
      return named(parts[2], document);
    default:
      return {};
  }
}

function within(node: string | undefined, input: string | undefined): { node?: string; input?: string } {
  return node === undefined ? {} : { node, ...(input === undefined ? {} : { input }) };
}

function named(name: string | undefined, document: Document): { node?: string; input?: string } {
  const end = splitPort((name === undefined ? undefined : document.inputs[name]) ?? "");
  return end === undefined ? {} : { node: end.node, input: end.port };
}

function unescaped(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
