/** One run as the editor follows it: what the server knew of it, and every event since. Pure. */

import type { Artifact, GraphDocument, NodeState, NodeStateName, Run, RunError, RunSummary, ServerEvent } from "../api/schema";
import { type Names, put, record } from "../model/record";

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Seconds that are left, by its pace since it first told any; null until that says something. */
  readonly left: number | null;
  /** When it first told any, and how far it was. */
  readonly since: { readonly time: number; readonly done: number };
}

export interface Preview {
  /** A data: address. */
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

/** Why a node failed. */
export interface NodeError {
  readonly message: string;
  /** The class of what it raised. */
  readonly error: string | null;
  /** The input at fault, where that is known. */
  readonly input: string | null;
  readonly traceback: string | null;
}

export interface NodeRun {
  readonly type: string;
  readonly state: NodeStateName;
  readonly seconds: number | null;
  readonly reason: string | null;
  readonly progress: Progress | null;
  readonly preview: Preview | null;
  readonly error: NodeError | null;
  /** What it told that there is to know. */
  readonly warnings: readonly string[];
}

export interface LiveRun {
  readonly summary: RunSummary;
  /** As it runs: values of the graph's inputs put in, seeds drawn. */
  readonly graph: GraphDocument;
  readonly nodes: Names<NodeRun>;
  readonly artifacts: readonly Artifact[];
  readonly outputs: Run["outputs"];
  /** Whether it was read after its end: before, no outputs are told. */
  readonly settled: boolean;
  /** The id of the last event that is in it. */
  readonly last: number;
}

export function isOver(summary: RunSummary): boolean {
  return summary.state === "succeeded" || summary.state === "failed" || summary.state === "cancelled";
}

/** A run as the server tells all of it. */
export function liveRun(run: Run): LiveRun {
  const { graph, nodes, artifacts, outputs, last_event, targets: _targets, ...summary } = run;
  return {
    summary,
    graph,
    nodes: record(
      nodes.map((node) => [
        node.node_id,
        {
          type: node.type,
          state: node.state,
          seconds: node.seconds,
          reason: node.reason,
          progress: begun(node.done, node.total, node.started ?? run.started ?? run.created),
          preview: null,
          error: node.state === "failed" ? errorOf(run, node) : null,
          warnings: node.warnings,
        },
      ]),
    ),
    artifacts,
    outputs,
    settled: isOver(summary),
    last: last_event,
  };
}

/** The run after an event; itself when the event is none of its, or was in it already. */
export function after(run: LiveRun, event: ServerEvent): LiveRun {
  if (event.run_id !== run.summary.id) return run;
  if (event.id === null) return event.kind === "node_preview" ? previewed(run, event) : run;
  if (event.id <= run.last) return run;
  return { ...changed(run, event), last: event.id };
}

/** How much of it is done, from 0 to 1; of a run that has not begun, 0. */
export function fraction(run: LiveRun): number {
  if (isOver(run.summary)) return 1;
  const nodes = Object.values(run.nodes);
  if (nodes.length === 0) return 0;
  return nodes.reduce((sum, node) => sum + share(node), 0) / nodes.length;
}

/** The node that it is at: of those that run, the one that has told how far it is. */
export function current(run: LiveRun): { readonly id: string; readonly node: NodeRun } | null {
  const running = Object.entries(run.nodes).filter(([, node]) => node.state === "running");
  const found = running.find(([, node]) => node.progress !== null) ?? running[0];
  return found === undefined ? null : { id: found[0], node: found[1] };
}

function share(node: NodeRun): number {
  if (node.state === "waiting") return 0;
  if (node.state !== "running") return 1;
  return node.progress === null || node.progress.total <= 0 ? 0 : Math.min(1, node.progress.done / node.progress.total);
}

function changed(run: LiveRun, event: ServerEvent): LiveRun {
  const { data } = event;
  switch (event.kind) {
    case "run_started":
      return summarized(run, { state: "running", started: event.time, position: null });
    case "run_planned":
      return run;
    case "run_cancelling":
      return summarized(run, { cancelling: true });
    case "run_requeued":
      return requeued(run, event);
    case "run_finished":
      return finished(run, event);
    case "node_started":
      return noded(run, event, { type: text(data["type"]) ?? "", state: "running", progress: null });
    case "node_progress":
      return noded(run, event, { progress: progressed(run, event) });
    case "node_cached":
      return noded(run, event, { state: "cached", reason: text(data["reason"]), ...SETTLED });
    case "node_finished":
      return noded(run, event, { state: "done", seconds: number(data["seconds"]), reason: text(data["reason"]), ...SETTLED });
    case "node_failed":
      return noded(run, event, { state: "failed", reason: text(data["message"]), error: toldError(event), ...SETTLED });
    case "node_skipped":
      return noded(run, event, { state: "skipped", reason: text(data["reason"]), ...SETTLED });
    case "artifact":
      return { ...run, artifacts: [...run.artifacts, artifactOf(event)] };
    case "warning":
      return warned(run, event);
    default:
      return run;
  }
}

const SETTLED = { progress: null, preview: null } as const;
const UNKNOWN: NodeRun = { type: "", state: "waiting", seconds: null, reason: null, progress: null, preview: null, error: null, warnings: [] };

/** The file that an event tells of. */
export function artifactOf(event: ServerEvent): Artifact {
  const { data } = event;
  return {
    run_id: event.run_id ?? "",
    node_id: event.node_id ?? "",
    sha256: text(data["sha256"]) ?? "",
    name: text(data["name"]) ?? "",
    media_type: text(data["media_type"]) ?? "",
    size: number(data["size"]) ?? 0,
    created: event.time,
  };
}

function noded(run: LiveRun, event: ServerEvent, change: Partial<NodeRun>): LiveRun {
  if (event.node_id === null) return run;
  const before = run.nodes[event.node_id] ?? UNKNOWN;
  return { ...run, nodes: put(run.nodes, event.node_id, { ...before, ...change }) };
}

function summarized(run: LiveRun, change: Partial<RunSummary>): LiveRun {
  return { ...run, summary: { ...run.summary, ...change } };
}

function warned(run: LiveRun, event: ServerEvent): LiveRun {
  const before = (event.node_id === null ? undefined : run.nodes[event.node_id]?.warnings) ?? [];
  return noded(run, event, { warnings: [...new Set([...before, text(event.data["message"]) ?? ""])] });
}

/** Its worker died: it begins anew. */
function requeued(run: LiveRun, event: ServerEvent): LiveRun {
  const nodes = record(
    Object.entries(run.nodes).map(([id, node]): [string, NodeRun] => [id, { ...UNKNOWN, type: node.type }]),
  );
  const attempt = number(event.data["attempt"]) ?? run.summary.attempt;
  return { ...summarized(run, { state: "queued", started: null, attempt, cancelling: false }), nodes };
}

function finished(run: LiveRun, event: ServerEvent): LiveRun {
  const { data } = event;
  const state = (text(data["state"]) ?? "failed") as RunSummary["state"];
  const nodes = record(
    Object.entries(run.nodes).map(([id, node]): [string, NodeRun] => [id, { ...node, ...SETTLED, state: left(node.state) }]),
  );
  const change = { state, cancelling: false, finished: event.time, position: null };
  const message = text(data["error"]);
  const error: RunError | null = message === null ? null : { code: "", message };
  return { ...summarized(run, { ...change, seconds: number(data["seconds"]), error }), nodes };
}

function left(state: NodeStateName): NodeStateName {
  return state === "running" || state === "waiting" ? "skipped" : state;
}

function previewed(run: LiveRun, event: ServerEvent): LiveRun {
  const { data } = event;
  // One that was on its way while the node ended shows less than there is.
  if (event.node_id === null || run.nodes[event.node_id]?.state !== "running") return run;
  const url = `data:${text(data["media_type"]) ?? "image/jpeg"};base64,${text(data["base64"]) ?? ""}`;
  const preview = { url, width: number(data["width"]) ?? 0, height: number(data["height"]) ?? 0 };
  return noded(run, event, { preview });
}

function progressed(run: LiveRun, event: ServerEvent): Progress | null {
  const done = number(event.data["done"]);
  const total = number(event.data["total"]);
  const before = event.node_id === null ? undefined : run.nodes[event.node_id]?.progress;
  if (before === null || before === undefined) return begun(done, total, event.time);
  if (done === null || total === null) return before;
  // It counts from the beginning again: another pass.
  if (done < before.done || total !== before.total) return begun(done, total, event.time);
  const ahead = done - before.since.done;
  const pace = ahead > 0 ? (event.time - before.since.time) / ahead : null;
  return { done, total, since: before.since, left: pace === null ? null : pace * Math.max(0, total - done) };
}

function begun(done: number | null, total: number | null, time: number): Progress | null {
  return done === null || total === null ? null : { done, total, left: null, since: { time, done } };
}

/** What the run says of the node that failed it; of another that failed, only its reason is kept. */
function errorOf(run: Run, node: NodeState): NodeError {
  const found = run.error?.node_id === node.node_id ? run.error : null;
  const { message = node.reason ?? "it failed", error = null, input = null, traceback = null } = found ?? {};
  return { message, error, input, traceback };
}

function toldError(event: ServerEvent): NodeError {
  const { message, error, input, traceback } = event.data;
  return { message: text(message) ?? "it failed", error: text(error), input: text(input), traceback: text(traceback) };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
