/** What there is to make graphs of: node types, wire types, choices, models, plugins. */
import { ask, get, query } from "./http";
import type { Choice, ModelKind, NodeType, Page, Plugin, WireType } from "./schema";

export interface NodeTypes {
  readonly nodes: readonly NodeType[];
  readonly etag: string;
}

/** Every node type; null when they are still those of the etag. */
export async function listNodes(etag?: string): Promise<NodeTypes | null> {
  const headers: Record<string, string> = etag === undefined ? {} : { "If-None-Match": `"${etag}"` };
  const answer = await ask<{ nodes: readonly NodeType[] }>("GET", "/v1/nodes", { headers });
  if (answer.status === 304) return null;
  return { nodes: answer.data.nodes, etag: (answer.headers.get("ETag") ?? "").replace(/^"|"$/g, "") };
}

export async function listTypes(): Promise<readonly WireType[]> {
  return (await get<{ types: readonly WireType[] }>("/v1/types")).types;
}

/** The names of a table or of a kind of model files that hold a text. */
export function listChoices(name: string, q = "", after?: string): Promise<Page<Choice>> {
  return get(`/v1/choices/${encodeURIComponent(name)}${query({ q: q || undefined, after, limit: 200 })}`);
}

export async function listModels(): Promise<readonly ModelKind[]> {
  return (await get<{ kinds: readonly ModelKind[] }>("/v1/models")).kinds;
}

export async function listPlugins(): Promise<readonly Plugin[]> {
  return (await get<{ plugins: readonly Plugin[] }>("/v1/plugins")).plugins;
}
