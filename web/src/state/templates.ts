/** The graphs that come with nodeflow: they are built into the editor. */

import { type Document, parseText } from "../model/document";
import { type Names, record } from "../model/record";

export interface Template {
  /** As its file is called. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly document: Document;
}

const FILES = import.meta.glob<string>("../../../graphs/*.json", { query: "?raw", import: "default", eager: true });

/** In the order in which somebody new would try them. */
const FIRST = ["txt2img", "img2img", "inpaint"];

export const TEMPLATES: readonly Template[] = Object.entries(FILES)
  .map(([path, text]) => template(path, text))
  .toSorted((a, b) => place(a) - place(b));

/** By node type, in how many of them it is. */
export const USES: Names<number> = uses();

export function findTemplate(name: string): Template | undefined {
  return TEMPLATES.find((each) => each.name === name);
}

function uses(): Names<number> {
  const found = new Map<string, number>();
  for (const { document } of TEMPLATES) {
    for (const type of new Set(Object.values(document.nodes).map((node) => node.type))) found.set(type, (found.get(type) ?? 0) + 1);
  }
  return record(found);
}

function template(path: string, text: string): Template {
  const document = parseText(text);
  const name = path.replace(/^.*\//, "").replace(/\.json$/, "");
  const { title, description } = document.meta ?? {};
  return {
    name,
    title: typeof title === "string" ? title : name,
    description: typeof description === "string" ? description : "",
    document,
  };
}

function place({ name }: Template): number {
  const at = FIRST.indexOf(name);
  return at < 0 ? FIRST.length : at;
}
