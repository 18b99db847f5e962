/** What is sent to be run: the document with its muted and bypassed nodes taken out. */

import { type Catalogue, inputOf } from "./catalogue";
import { type Document, dump, type GraphNode, joinPort, splitPort } from "./document";
import { origin } from "./passing";
import { filter, isRecord, type Names, omit, put, record } from "./record";
import { typeOf } from "./typing";

/**
 * The document without its muted nodes and what cannot do without them, and with the links around its bypassed nodes
 * joined. What was taken out is set aside in the layout, so that a picture made by the run has it.
 */
export function runnable(document: Document, catalogue: Catalogue): Document {
  const { places } = document.layout;
  const off = new Set(Object.keys(document.nodes).filter((id) => places[id]?.mode !== undefined));
  if (off.size === 0) return document;
  const joined = withNodes(document, (id, node) => (off.has(id) ? node : around(document, catalogue, node)));
  const gone = dropped(joined, catalogue, off);
  const nodes = filter(withNodes(joined, (_, node) => without(node, gone)).nodes, (_, id) => !gone.has(id));
  const inputs = filter(document.inputs, (end) => !gone.has(splitPort(end)?.node ?? ""));
  const sent = { ...document, nodes, inputs };
  return { ...sent, layout: { ...document.layout, aside: aside(document, sent) } };
}

/** The nodes that do not run: those that are off, and those that lack something they need for it. */
function dropped(document: Document, catalogue: Catalogue, off: ReadonlySet<string>): ReadonlySet<string> {
  const gone = new Set(off);
  for (let before = -1; before !== gone.size; ) {
    before = gone.size;
    for (const [id, node] of Object.entries(document.nodes)) {
      const lacking = Object.keys(node.links).some((port) => lost(document, catalogue, id, port, gone));
      if (!gone.has(id) && lacking) gone.add(id);
    }
  }
  return gone;
}

/** Whether an input that a node cannot do without is fed by a node that is gone, or by none at all. */
function lost(document: Document, catalogue: Catalogue, id: string, port: string, gone: ReadonlySet<string>): boolean {
  const link = document.nodes[id]?.links[port] ?? "";
  const type = typeOf(document, catalogue, id);
  const required = type === undefined || inputOf(type, port)?.required === true;
  return required && (link === "" || gone.has(splitPort(link)?.node ?? ""));
}

/** The node with its links past bypassed nodes; a link that leads nowhere any more is empty. */
function around(document: Document, catalogue: Catalogue, node: GraphNode): GraphNode {
  const { places } = document.layout;
  let { links } = node;
  for (const [port, link] of Object.entries(node.links)) {
    const from = splitPort(link);
    if (from === undefined || places[from.node]?.mode !== "bypassed") continue;
    const source = origin(document, catalogue, from, (id) => places[id]?.mode === "bypassed");
    links = put(links, port, source === undefined ? "" : joinPort(source));
  }
  return links === node.links ? node : { ...node, links };
}

function without(node: GraphNode, gone: ReadonlySet<string>): GraphNode {
  const links = filter(node.links, (link) => link !== "" && !gone.has(splitPort(link)?.node ?? ""));
  return links === node.links ? node : { ...node, links };
}

/** What was taken out of the whole document: in a file it is brought back from there. */
export function aside(whole: Document, sent: Document): { nodes: Names<unknown>; links: Names<Names<string>>; inputs: Names<string> } {
  const written = dump(whole)["nodes"];
  const nodes = isRecord(written) ? omit(record(Object.entries(written)), ...Object.keys(sent.nodes)) : record<unknown>();
  const links = Object.entries(sent.nodes).flatMap(([id, node]): [string, Names<string>][] => {
    const before = whole.nodes[id]?.links ?? record();
    const changed = filter(before, (link, port) => node.links[port] !== link);
    return Object.keys(changed).length === 0 ? [] : [[id, changed]];
  });
  return { nodes, links: record(links), inputs: omit(whole.inputs, ...Object.keys(sent.inputs)) };
}

function withNodes(document: Document, change: (id: string, node: GraphNode) => GraphNode): Document {
  return { ...document, nodes: record(Object.entries(document.nodes).map(([id, node]) => [id, change(id, node)])) };
}
