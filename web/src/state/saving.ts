/** Documents on the server and in files: save, open, import, export, close. */

import { Problem, Unreachable } from "../api/http";
import { deleteGraph, importGraph, listGraphs, readGraph, saveGraph } from "../api/graphs";
import { showRun } from "../api/runs";
import type { GraphDocument, GraphSummary } from "../api/schema";
import { type Document, DocumentError, dump, dumpText, parse } from "../model/document";
import { runnable } from "../model/runnable";
import { toast } from "../ui/messages";
import { useCatalogue } from "./catalogue";
import { forgetChecks } from "./checks";
import { activate, activeTab, closeTab, describeTab, isChanged, markSaved, openTab, type Tab, useDocuments } from "./documents";
import { closeDialog, showDialog } from "./panels";
import { beginAs } from "./modes";
import { addPicture, pictureReader } from "./pictures";
import { complain } from "./running";
import { disown } from "./runs";
import { findTemplate } from "./templates";

/** Save the document in front under its name, or ask for one. */
export async function save(): Promise<void> {
  const tab = activeTab();
  if (tab.name === null) return saveAs();
  await saveUnder(tab, tab.name, tab.etag);
}

export function saveAs(): void {
  showDialog({ what: "save", tab: activeTab().id });
}

/**
 * Save a tab under a name; answers whether it was. `etag` is that of what it takes the place of, null where nothing may
 * be there, "*" for whatever is there. Where somebody else was faster, it is asked what shall be done.
 */
export async function saveUnder(tab: Tab, name: string, etag: string | null): Promise<boolean> {
  const { document } = tab;
  try {
    markSaved(tab.id, name, await saveGraph(name, dump(running(document)), etag), document);
    closeDialog();
    toast("good", `Saved as ${name}`);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.kind === "precondition-failed") showDialog({ what: "conflict", tab: tab.id, name });
    else complain("It could not be saved", error);
    return false;
  }
}

/** Open a saved graph, or go to the tab that has it. */
export async function openSaved(name: string): Promise<void> {
  const there = useDocuments.getState().tabs.find((tab) => tab.name === name);
  if (there !== undefined) return activate(there.id);
  await openAnew(name);
}

/** Open a saved graph in a tab of its own, as it is on the server. */
export async function openAnew(name: string): Promise<void> {
  await opening(name, async () => {
    const { graph, etag } = await readGraph(name);
    open({ document: parse(graph), title: name, name, etag });
  });
}

export function openTemplate(name: string): void {
  const template = findTemplate(name);
  if (template === undefined) return void toast("warning", `There is no template ${name}`);
  open({ document: template.document, title: template.title });
}

/** Open the graph in a JSON file or a PNG; a picture that carries none is added as a picture. */
export async function openFile(file: File): Promise<void> {
  const picture = canBeAdded(file);
  if (picture && file.type !== "image/png") return addPicture(file);
  await opening(
    file.name,
    async () => {
      try {
        const document = parse(await importGraph(file));
        open({ document, title: file.name.replace(/\.[^.]*$/, "") });
        toast("good", `Opened the graph in ${file.name}`);
      } catch (error) {
        if (!picture || !carriesNone(error)) throw error;
        await addPicture(file);
        toast("good", `Added ${file.name} as a picture`, { detail: reason(error) });
      }
    },
    picture ? { label: "Add it as a picture", run: () => void addPicture(file) } : undefined,
  );
}

function canBeAdded(file: File): boolean {
  return file.type.startsWith("image/") && pictureReader(useCatalogue.getState().catalogue) !== undefined;
}

function carriesNone(error: unknown): error is Problem {
  return error instanceof Problem && error.flaws[0]?.code === "no_graph";
}

/** Open the graph that made what a run made. */
export async function openGraphOf(run: string, title: string): Promise<void> {
  await opening(title, async () => openGraph((await showRun(run)).graph, title));
}

export function openGraph(graph: GraphDocument, title: string): void {
  open({ document: parse(graph), title });
}

function open(parts: Partial<Tab> & { document: Document }): void {
  beginAs(openTab(parts), parts.document);
}

/** Give the document in front as a file. */
export function exportDocument(): void {
  const { document, title } = activeTab();
  download(new Blob([dumpText(running(document))], { type: "application/json" }), `${fileName(title)}.json`);
}

/** As it is run: what is muted or bypassed is set aside, so that whoever runs the graph runs what the editor would. */
function running(document: Document): Document {
  return runnable(document, useCatalogue.getState().catalogue);
}

export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = window.document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Close a tab; one with changes that are nowhere else asks first. */
export function close(id: string): void {
  const tab = useDocuments.getState().tabs.find((each) => each.id === id);
  if (tab === undefined) return;
  if (isChanged(tab) && Object.keys(tab.document.nodes).length > 0) showDialog({ what: "close", tab: id });
  else closeNow(id);
}

export function closeNow(id: string): void {
  closeTab(id);
  disown(id);
  forgetChecks(id);
}

/** The saved graphs; none where the server cannot be asked. */
export async function savedGraphs(): Promise<readonly GraphSummary[]> {
  const found: GraphSummary[] = [];
  try {
    for (let after: string | null | undefined; after !== null; ) {
      const page = await listGraphs(after);
      found.push(...page.items);
      after = page.next;
    }
  } catch (error) {
    complain("The saved graphs could not be listed", error);
  }
  return found;
}

/** Delete a saved graph. A tab that has it keeps its document, which is then saved nowhere. */
export async function removeSaved({ name, etag }: GraphSummary): Promise<void> {
  try {
    await deleteGraph(name, etag);
    for (const tab of useDocuments.getState().tabs) if (tab.name === name) describeTab(tab.id, { name: null, etag: null });
  } catch (error) {
    complain(`${name} could not be deleted`, error);
  }
}

function fileName(title: string): string {
  return title.replaceAll(/[/\\:*?"<>|]+/g, "-") || "graph";
}

interface Action {
  readonly label: string;
  readonly run: () => void;
}

/** `otherwise` is what else could be done with what has no graph in it. */
async function opening(what: string, work: () => Promise<void>, otherwise?: Action): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Unreachable || error instanceof DocumentError)) throw error;
    toast("error", `${what} could not be opened`, { detail: reason(error), action: otherwise });
  }
}

function reason(error: Error): string {
  const [flaw] = error instanceof Problem ? error.flaws : [];
  return flaw?.message ?? error.message;
}

