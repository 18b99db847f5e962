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

/** To make pictures with, in the order in which somebody new would try them. */
export const TEMPLATES: readonly Template[] = templates(
  import.meta.glob<string>("../../../graphs/*.json", { query: "?raw", import: "default", eager: true }),
  ["txt2img", "img2img", "inpaint"],
);

/** To see how diffusion works, in the order of docs/learn. */
export const LESSONS: readonly Template[] = templates(
  import.meta.glob<string>("../../../graphs/learn/*.json", { query: "?raw", import: "default", eager: true }),
  ["forward-process", "reverse-process", "latent-space", "attention", "guidance", "train-tiny", "train-default"],
);

/** By node type, in how many of those to make pictures with it is. */
export const USES: Names<number> = uses();

export function findTemplate(name: string): Template | undefined {
  return [...TEMPLATES, ...LESSONS].find((each) => each.name === name);
}

function uses(): Names<number> {
  const found = new Map<string, number>();
  for (const { document } of TEMPLATES) {
    for (const type of new Set(Object.values(document.nodes).map((node) => node.type))) found.set(type, (found.get(type) ?? 0) + 1);
  }
  return record(found);
}

/** What is not among `first` comes after. */
function templates(files: Readonly<Record<string, string>>, first: readonly string[]): readonly Template[] {
  const place = ({ name }: Template): number => (first.includes(name) ? first.indexOf(name) : first.length);
  return Object.entries(files)
    .map(([path, text]) => template(path, text))
    .toSorted((a, b) => place(a) - place(b));
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
