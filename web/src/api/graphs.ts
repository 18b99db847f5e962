/** Saved graphs, checking one, and the graph inside a file. */
import { ask, get, post, query, type Asked } from "./http";
import type { Check, GraphDocument, GraphSummary, Page, Values } from "./schema";

export interface Saved {
  readonly graph: GraphDocument;
  readonly etag: string;
}

export function listGraphs(after?: string): Promise<Page<GraphSummary>> {
  return get(`/v1/graphs${query({ after, limit: 200 })}`);
}

export async function readGraph(name: string): Promise<Saved> {
  const answer = await ask<GraphDocument>("GET", path(name));
  return { graph: answer.data, etag: bare(answer.headers.get("ETag")) };
}

/**
 * Save under a name; the new etag. `etag` is the one it had when it was read, null where none may be there yet, and "*"
 * to write over whatever is there. Throws a Problem `precondition-failed` when somebody else was faster.
 */
export async function saveGraph(name: string, graph: GraphDocument, etag: string | null): Promise<string> {
  const headers: Record<string, string> =
    etag === null ? { "If-None-Match": "*" } : { "If-Match": etag === "*" ? "*" : `"${etag}"` };
  const answer = await ask<GraphSummary>("PUT", path(name), { json: graph, headers });
  return answer.data.etag;
}

export async function deleteGraph(name: string, etag: string): Promise<void> {
  await ask("DELETE", path(name), { headers: { "If-Match": etag === "*" ? "*" : `"${etag}"` } });
}

export interface CheckRequest {
  readonly graph: GraphDocument;
  readonly inputs?: Values;
  readonly targets?: readonly string[];
}

export function checkGraph(request: CheckRequest, signal?: AbortSignal): Promise<Check> {
  return post("/v1/graphs/validate", request, signal ? { signal } : {});
}

/** The graph in a picture or a JSON file. */
export async function importGraph(file: Blob): Promise<GraphDocument> {
  const body = new Blob([file], { type: "application/octet-stream" });
  const asked: Asked = { body };
  return (await ask<{ graph: GraphDocument }>("POST", "/v1/graphs/import", asked)).data.graph;
}

function path(name: string): string {
  return `/v1/graphs/${encodeURIComponent(name)}`;
}

function bare(etag: string | null): string {
  return (etag ?? "").replace(/^W\//, "").replace(/^"|"$/g, "");
}
