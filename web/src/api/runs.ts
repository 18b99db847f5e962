/** Runs: submit, look, cancel, retry, move, forget. */
import { ask, get, post, query } from "./http";
import type { BatchAnswer, Page, Place, Run, RunRequest, RunState, RunSummary } from "./schema";

/** The runs that were accepted, one or those of a batch. `key` makes it safe to ask again. */
export async function submit(request: RunRequest, key: string): Promise<readonly RunSummary[]> {
  const accepted = await post<BatchAnswer | RunSummary>("/v1/runs", request, { headers: { "Idempotency-Key": key } });
  return "runs" in accepted ? accepted.runs : [accepted];
}

export function showRun(id: string): Promise<Run> {
  return get(path(id));
}

export interface RunsQuery {
  readonly state?: RunState;
  readonly batch?: string;
  readonly order?: "newest" | "queue";
  readonly after?: string;
  readonly limit?: number;
}

export function listRuns(asked: RunsQuery = {}): Promise<Page<RunSummary>> {
  return get(`/v1/runs${query({ ...asked })}`);
}

export function cancelRun(id: string): Promise<RunSummary> {
  return post(`${path(id)}/cancel`, undefined);
}

export function retryRun(id: string): Promise<RunSummary> {
  return post(`${path(id)}/retry`, undefined);
}

export function moveRun(id: string, place: Place, anchor?: string): Promise<RunSummary> {
  return post(`${path(id)}/move`, anchor === undefined ? { place } : { place, anchor });
}

export async function deleteRun(id: string): Promise<void> {
  await ask("DELETE", path(id));
}

/** Forget those that have ended, or that ended in one state. */
export async function clearRuns(state?: RunState): Promise<void> {
  await ask("DELETE", `/v1/runs${query({ state })}`);
}

function path(id: string): string {
  return `/v1/runs/${encodeURIComponent(id)}`;
}
