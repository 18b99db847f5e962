/** The runs of the open documents, followed as they go. They are no part of a document, and undo leaves them alone. */

import { create } from "zustand";

import { Problem, Unreachable } from "../api/http";
import { cancelRun, showRun, submit } from "../api/runs";
import type { Artifact, RunRequest, RunSummary, ServerEvent, Values } from "../api/schema";
import { isRecord, type Names, omit, put, record } from "../model/record";
import { hear, lastHeard, restartStream } from "./connection";
import { memory } from "./memory";
import { dropPreviews, keepPreview } from "./previews";
import { after, isOver, type LiveRun, liveRun } from "./run";
import { uniqueName } from "./unique";

interface Runs {
  /** The runs that are followed, by id. */
  readonly live: Names<LiveRun>;
  /** By document, its runs, the oldest first. */
  readonly owned: Names<readonly string[]>;
  /** By document, the run that its nodes show. */
  readonly shown: Names<string>;
  /** By document, the run that its nodes show until the one that they shall show has been read. */
  readonly standing: Names<string>;
}

/** What is remembered of a document. */
interface Kept {
  readonly owned: readonly string[];
  readonly shown: string | undefined;
}

/** Runs of a document that are remembered. */
const REMEMBERED = 100;
const remembered = memory("nodeflow.runs", readKept);

export const useRuns = create<Runs>()(() => ({ live: record(), owned: record(), shown: record(), standing: record() }));

/** A run that is being read: what was told of it since, and whether it is to be read once more. */
interface Reading {
  readonly told: ServerEvent[];
  again: boolean;
  done: Promise<void>;
}

const loading = new Map<string, Reading>();

/** Have a document's graph run. Throws Problem with all that is wrong, and Unreachable. */
export async function start(document: string, request: RunRequest): Promise<readonly RunSummary[]> {
  const heard = lastHeard();
  const accepted = await submitted(request);
  own(
    document,
    accepted.map(({ id }) => id),
  );
  const first = accepted[0];
  if (first === undefined) return accepted;
  if (!isBusy(document)) show(document, first.id);
  await watch(first.id);
  // A run that was just accepted has later events than any before it, unless the server forgot all that was.
  const live = useRuns.getState().live[first.id];
  if (heard !== null && live !== undefined && live.last <= heard) restartStream();
  return accepted;
}

/** Where the line breaks before the answer is there, the request is sent once more; its key keeps it from running twice. */
async function submitted(request: RunRequest): Promise<readonly RunSummary[]> {
  const key = uniqueName();
  try {
    return await submit(request, key);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return submit(request, key);
  }
}

/** Stop the run that the document shows; one that waits goes at once. */
export async function cancel(id: string): Promise<void> {
  const summary = await cancelRun(id);
  const { live } = useRuns.getState();
  const run = live[id];
  if (run !== undefined && !isOver(run.summary)) {
    useRuns.setState({ live: put(live, id, { ...run, summary: { ...run.summary, ...summary } }) });
  }
}

/** Have the nodes of a document show a run. */
export function show(document: string, id: string): void {
  const { live, shown, standing } = useRuns.getState();
  const before = shown[document];
  const known = before !== undefined && live[before] !== undefined;
  useRuns.setState({ shown: put(shown, document, id), ...(known && { standing: put(standing, document, before) }) });
  remember(document);
  if (live[id] === undefined) void watch(id);
}

/** The run that a document shows; while that is being read, the one that it showed before. */
export function shownRun({ live, shown, standing }: Runs, document: string): LiveRun | undefined {
  const id = shown[document];
  return id === undefined ? undefined : (live[id] ?? live[standing[document] ?? ""]);
}

/** What a node made when it last made anything, in the runs of a document before the one that is shown. */
export function madeBefore(state: Runs, document: string, node: string): readonly Artifact[] {
  const run = lastBefore(state, document, ({ artifacts }) => artifacts.some(({ node_id }) => node_id === node));
  return (run?.artifacts ?? []).filter(({ node_id }) => node_id === node);
}

/** The values that a node gave when it last gave any, in those runs. */
export function gaveBefore(state: Runs, document: string, node: string): Values | undefined {
  return lastBefore(state, document, ({ outputs }) => node in outputs)?.outputs[node];
}

function lastBefore({ live, owned, shown }: Runs, document: string, holds: (run: LiveRun) => boolean): LiveRun | undefined {
  const ids = owned[document] ?? [];
  const at = ids.indexOf(shown[document] ?? "");
  const before = ids.slice(0, at < 0 ? ids.length : at).map((id) => live[id]);
  return before.findLast((run) => run !== undefined && holds(run));
}

/** Whether the run that a document shows has not ended. */
export function isBusy(document: string): boolean {
  const run = shownRun(useRuns.getState(), document);
  return run !== undefined && !isOver(run.summary);
}

/** The document that a run was started from. */
export function ownerOf(state: Runs, id: string): string | undefined {
  return Object.entries(state.owned).find(([, ids]) => ids.includes(id))?.[0];
}

/** What a value of a node was when it last ran: seeds that were left open are drawn. */
export function lastValue(document: string, node: string, input: string): unknown {
  const nodes = shownRun(useRuns.getState(), document)?.graph["nodes"];
  const found = isRecord(nodes) ? nodes[node] : undefined;
  const values = isRecord(found) ? found["values"] : undefined;
  return isRecord(values) ? values[input] : undefined;
}

/** Forget the runs of a document that is closed; they go on. */
export function disown(document: string): void {
  useRuns.setState(({ owned, shown, standing }) => ({
    owned: omit(owned, document),
    shown: omit(shown, document),
    standing: omit(standing, document),
  }));
  remembered.put(document, undefined);
  dropPreviews(document);
}

/** Find the runs again that the open documents had, and follow all runs from now on; the answer ends it. */
export function followRuns(documents: readonly string[]): () => void {
  const open = new Set(documents);
  const ours = [...remembered.all()].filter(([id]) => open.has(id));
  useRuns.setState({
    owned: record(ours.map(([id, { owned }]) => [id, owned])),
    shown: record(ours.flatMap(([id, { shown }]) => (shown === undefined ? [] : [[id, shown]]))),
  });
  return hear({ event: tell, opened: refresh });
}

function refresh(): void {
  const { live, shown } = useRuns.getState();
  const wanted = new Set(Object.values(shown));
  for (const [id, run] of Object.entries(live)) if (!isOver(run.summary)) wanted.add(id);
  for (const id of wanted) void watch(id);
}

function tell(event: ServerEvent): void {
  const id = event.run_id;
  if (id === null) return;
  loading.get(id)?.told.push(event);
  const state = useRuns.getState();
  const run = state.live[id];
  if (event.kind === "run_deleted") return forget(id);
  if (run !== undefined) {
    const next = told(run, event);
    if (next !== run) useRuns.setState({ live: put(state.live, id, next) });
  }
  if (event.kind === "run_started") begun(id);
  // The whole of it tells more than its last event: outputs, and the error with its traceback.
  if (event.kind === "run_finished" && (run !== undefined || loading.has(id))) void watch(id, true);
}

/** A run after an event; what a node shows is kept for when it has ended. */
function told(run: LiveRun, event: ServerEvent): LiveRun {
  const next = after(run, event);
  const node = event.kind === "node_preview" ? event.node_id : null;
  const preview = next.nodes[node ?? ""]?.preview ?? null;
  const document = ownerOf(useRuns.getState(), run.summary.id);
  if (node !== null && preview !== null && document !== undefined) keepPreview(document, node, { run: run.summary.id, preview });
  return next;
}

/** Whatever a document showed, it shows the run of its that begins. */
function begun(id: string): void {
  const document = ownerOf(useRuns.getState(), id);
  if (document !== undefined) show(document, id);
}

/** Read all of a run. One that is being read is not read twice, unless it has `changed` since that began. */
function watch(id: string, changed = false): Promise<void> {
  const busy = loading.get(id);
  if (busy !== undefined) {
    busy.again ||= changed;
    return busy.done;
  }
  const reading: Reading = { told: [], again: false, done: Promise.resolve() };
  loading.set(id, reading);
  reading.done = read(id, reading);
  return reading.done;
}

/** Put on top of what is read what is told meanwhile. */
async function read(id: string, reading: Reading): Promise<void> {
  try {
    const run = await showRun(id);
    const latest = reading.told.reduce(told, liveRun(run));
    useRuns.setState(({ live }) => ({ live: put(live, id, withPreviews(latest, live[id])) }));
  } catch (error) {
    if (error instanceof Problem && error.kind === "not-found") forget(id);
    // When the line is there again, it is read again.
    else if (!(error instanceof Unreachable) && !(error instanceof Problem)) throw error;
  } finally {
    loading.delete(id);
  }
  if (reading.again) await watch(id);
}

/** A picture of what is being made stays until a fresher one comes. */
function withPreviews(run: LiveRun, before: LiveRun | undefined): LiveRun {
  if (before === undefined) return run;
  const nodes = Object.entries(run.nodes).map(([id, node]) => {
    const preview = node.state === "running" ? (before.nodes[id]?.preview ?? null) : null;
    return [id, { ...node, preview, progress: before.nodes[id]?.progress ?? node.progress }] as const;
  });
  return { ...run, nodes: record(nodes) };
}

function forget(id: string): void {
  const before = useRuns.getState();
  const others = (from: Names<string>): Names<string> => record(Object.entries(from).filter(([, each]) => each !== id));
  useRuns.setState(({ live, owned, shown, standing }) => ({
    live: omit(live, id),
    owned: record(Object.entries(owned).map(([document, ids]) => [document, ids.filter((each) => each !== id)])),
    shown: others(shown),
    standing: others(standing),
  }));
  for (const [document, ids] of Object.entries(before.owned)) if (ids.includes(id)) remember(document);
}

function own(document: string, ids: readonly string[]): void {
  useRuns.setState(({ owned }) => ({
    owned: put(owned, document, [...(owned[document] ?? []), ...ids].slice(-REMEMBERED)),
  }));
  remember(document);
}

function remember(document: string): void {
  const { owned, shown } = useRuns.getState();
  remembered.put(document, { owned: owned[document] ?? [], shown: shown[document] });
}

function readKept(found: unknown): Kept | undefined {
  if (!isRecord(found) || !Array.isArray(found["owned"])) return undefined;
  const { owned, shown } = found;
  return { owned: owned.filter((id) => typeof id === "string"), shown: typeof shown === "string" ? shown : undefined };
}
