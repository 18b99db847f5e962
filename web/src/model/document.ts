/** A document: the graph as docs/graph-format.md has it, and what the editor keeps in its layout. */

import { dumpLayout, EMPTY_LAYOUT, type Layout, parseLayout } from "./arrangement";
import { parseJson, writeJson } from "./json";
import { isRecord, type Names, omit, record } from "./record";

export type { Group, Layout, Mode, Note, Place, Point, Size } from "./arrangement";

export interface GraphNode {
  readonly type: string;
  readonly version?: number;
  readonly values: Names<unknown>;
  readonly links: Names<string>;
  readonly title?: string;
  /** Fields that this editor does not know. They are written back as they were. */
  readonly rest: Names<unknown>;
}

export interface Document {
  readonly nodes: Names<GraphNode>;
  /** What a caller may set, by name: `node.input`. */
  readonly inputs: Names<string>;
  readonly layout: Layout;
  readonly meta?: Names<unknown>;
  readonly rest: Names<unknown>;
}

/** A node's port. */
export interface End {
  readonly node: string;
  readonly port: string;
}

export interface Link {
  readonly from: End;
  readonly to: End;
}

export class DocumentError extends Error {
  override name = "DocumentError";
}

export const EMPTY: Document = { nodes: record(), inputs: record(), layout: EMPTY_LAYOUT, rest: record() };

const KNOWN = new Set(["nodeflow", "nodes", "inputs", "layout", "meta"]);
const KNOWN_OF_NODE = new Set(["type", "version", "values", "links", "title"]);

/** Read a graph. Throws `DocumentError`, which says what is wrong, for what is none. */
export function parse(source: unknown): Document {
  if (!isRecord(source)) throw new DocumentError("a graph is a JSON object");
  if (source["nodeflow"] !== 1) throw new DocumentError(noFormat(source));
  const nodes = part(source, "nodes", "the graph");
  const meta = source["meta"];
  const read: Document = {
    nodes: record(Object.entries(nodes).map(([id, node]) => [id, parseNode(id, node)])),
    inputs: texts(part(source, "inputs", "the graph"), "inputs"),
    layout: parseLayout(source["layout"]),
    ...(isRecord(meta) ? { meta: record(Object.entries(meta)) } : {}),
    rest: others(source, KNOWN),
  };
  return restored(returned(read));
}

/** Read a graph from JSON text. */
export function parseText(text: string): Document {
  let source: unknown;
  try {
    source = parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new DocumentError(`this is no JSON: ${error.message}`, { cause: error });
    throw error;
  }
  return parse(source);
}

/** The document as JSON has it, with no empty part. */
export function dump(document: Document): Record<string, unknown> {
  const nodes = record(Object.entries(document.nodes).map(([id, node]) => [id, dumpNode(node)]));
  return {
    nodeflow: 1,
    nodes,
    ...filled("inputs", document.inputs),
    ...filled("layout", dumpLayout(document.layout)),
    ...(document.meta === undefined ? {} : { meta: document.meta }),
    ...document.rest,
  };
}

/** The document as JSON text, to be saved in a file. */
export function dumpText(document: Document): string {
  return `${writeJson(dump(document), 2)}\n`;
}

/** `node.output` as its two names; undefined when it is not of that form. */
export function splitPort(text: string): End | undefined {
  const dot = text.indexOf(".");
  const node = text.slice(0, dot);
  const port = text.slice(dot + 1);
  return dot > 0 && port !== "" && /^[A-Za-z0-9_-]{1,64}$/.test(node) ? { node, port } : undefined;
}

export function joinPort(end: End): string {
  return `${end.node}.${end.port}`;
}

/** Every link whose ends are written as links are, also those from nodes that are not there. */
export function links(document: Document): Link[] {
  const found: Link[] = [];
  for (const [id, node] of Object.entries(document.nodes)) {
    for (const [port, text] of Object.entries(node.links)) {
      const from = splitPort(text);
      if (from !== undefined) found.push({ from, to: { node: id, port } });
    }
  }
  return found;
}

function parseNode(id: string, source: unknown): GraphNode {
  const what = `node ${JSON.stringify(id)}`;
  if (!isRecord(source)) throw new DocumentError(`${what} must be an object`);
  const { type, version, title } = source;
  if (typeof type !== "string") throw new DocumentError(`${what} must have a type`);
  return {
    type,
    ...(typeof version === "number" ? { version } : {}),
    values: record(Object.entries(part(source, "values", what))),
    links: texts(part(source, "links", what), `the links of ${what}`),
    ...(typeof title === "string" ? { title } : {}),
    rest: others(source, KNOWN_OF_NODE),
  };
}

function dumpNode(node: GraphNode): Record<string, unknown> {
  return {
    type: node.type,
    ...(node.version === undefined ? {} : { version: node.version }),
    ...filled("values", node.values),
    ...filled("links", node.links),
    ...(node.title === undefined ? {} : { title: node.title }),
    ...node.rest,
  };
}

/** Without the named inputs that were added for a batch: a picture of one opens as what it was made from. */
function returned(document: Document): Document {
  const { lent, ...layout } = document.layout;
  return lent === undefined ? document : { ...document, inputs: omit(document.inputs, ...lent), layout };
}

/** With the nodes that were set aside for a run put back: a picture's graph tells of muted nodes that way. */
function restored(document: Document): Document {
  const { aside, ...layout } = document.layout;
  if (aside === undefined) return document;
  const nodes = Object.entries(document.nodes).map(([id, node]): [string, GraphNode] => {
    const missing = aside.links[id];
    if (missing === undefined) return [id, node];
    return [id, { ...node, links: record([...Object.entries(node.links), ...Object.entries(missing)]) }];
  });
  const back = Object.entries(aside.nodes).map(([id, node]): [string, GraphNode] => [id, parseNode(id, node)]);
  const inputs = record([...Object.entries(document.inputs), ...Object.entries(aside.inputs)]);
  return { ...document, nodes: record([...nodes, ...back]), inputs, layout };
}

function part(source: Record<string, unknown>, name: string, where: string): Record<string, unknown> {
  const found = source[name] ?? {};
  if (!isRecord(found)) throw new DocumentError(`${name} of ${where} must be an object`);
  return found;
}

function texts(source: Record<string, unknown>, what: string): Names<string> {
  const entries = Object.entries(source).map(([name, value]): [string, string] => {
    if (typeof value !== "string") throw new DocumentError(`${name} in ${what} must be a text such as "node.port"`);
    return [name, value];
  });
  return record(entries);
}

function others(source: Record<string, unknown>, known: ReadonlySet<string>): Names<unknown> {
  return record(Object.entries(source).filter(([name]) => !known.has(name)));
}

function filled(name: string, value: unknown): Record<string, unknown> {
  return isRecord(value) && Object.keys(value).length === 0 ? {} : { [name]: value };
}

function noFormat(source: Record<string, unknown>): string {
  if ("nodeflow" in source) return `this graph has version ${JSON.stringify(source["nodeflow"])} of the format; this editor reads 1`;
  return 'this is no graph of nodeflow: it has no "nodeflow": 1';
}
