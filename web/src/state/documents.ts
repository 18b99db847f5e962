/** The documents that are open, one a tab, each with its history. The only way to change one is `edit`. */

import { create } from "zustand";

import { type Document, EMPTY } from "../model/document";
import { type History, recorded, redone, started, undone } from "../model/history";

export interface Tab {
  readonly id: string;
  /** What the tab says: the name it is saved under, or where it came from. */
  readonly title: string;
  /** The name it is saved under on the server; null for one that is not. */
  readonly name: string | null;
  /** The etag of what is saved, as it was read or written last. */
  readonly etag: string | null;
  readonly document: Document;
  /** The document as it was saved, opened or made last; another one has changes that are not saved. */
  readonly saved: Document;
  readonly history: History<Document>;
}

export interface DocumentsState {
  /** There is always one. */
  readonly tabs: readonly Tab[];
  readonly active: string;
}

export type Change = (document: Document) => Document;

let count = 0;

function tab(parts: Partial<Tab> = {}): Tab {
  count += 1;
  const document = parts.document ?? EMPTY;
  const id = parts.id ?? `tab${Date.now().toString(36)}${count}`;
  return { id, title: "Untitled", name: null, etag: null, document, saved: document, history: started(), ...parts };
}

function first(): DocumentsState {
  const only = tab();
  return { tabs: [only], active: only.id };
}

export const useDocuments = create<DocumentsState>(first);

/** The tab that is in front. */
export function activeTab(state: DocumentsState = useDocuments.getState()): Tab {
  const found = state.tabs.find(({ id }) => id === state.active) ?? state.tabs[0];
  if (found === undefined) throw new Error("there is no tab");
  return found;
}

export function activeDocument(state: DocumentsState = useDocuments.getState()): Document {
  return activeTab(state).document;
}

export function isChanged({ document, saved }: Tab): boolean {
  return document !== saved;
}

/** Change the document in front: one step to undo. Changes with one merge key in one go are one step together. */
export function edit(label: string, change: Change, merge?: string): void {
  editTab(useDocuments.getState().active, label, change, merge);
}

export function editTab(id: string, label: string, change: Change, merge?: string): void {
  updateTab(id, (before) => {
    const document = change(before.document);
    if (document === before.document) return before;
    return { ...before, document, history: recorded(before.history, before.document, label, Date.now(), merge) };
  });
}

/** Take back the last step; answers what it was, undefined where there is none. */
export function undo(): string | undefined {
  return step(undone);
}

export function redo(): string | undefined {
  return step(redone);
}

/** Open a document in a new tab in front; takes the place of an empty one that nothing was done with. */
export function openTab(parts: Partial<Tab> & { document: Document }): string {
  const made = tab(parts);
  useDocuments.setState((state) => {
    const front = activeTab(state);
    const blank = front.name === null && front.document === EMPTY && front.history.past.length === 0;
    const at = state.tabs.indexOf(front);
    return { tabs: state.tabs.toSpliced(blank ? at : at + 1, blank ? 1 : 0, made), active: made.id };
  });
  return made.id;
}

export function newTab(): string {
  const made = tab();
  useDocuments.setState((state) => ({ tabs: [...state.tabs, made], active: made.id }));
  return made.id;
}

/** Close a tab; the one beside it comes in front, and an empty one where it was the last. */
export function closeTab(id: string): void {
  useDocuments.setState((state) => {
    const at = state.tabs.findIndex((each) => each.id === id);
    if (at < 0) return state;
    const tabs = state.tabs.toSpliced(at, 1);
    if (tabs.length === 0) return first();
    return { tabs, active: state.active === id ? (tabs[Math.min(at, tabs.length - 1)]?.id ?? "") : state.active };
  });
}

export function activate(id: string): void {
  useDocuments.setState((state) => (state.tabs.some((each) => each.id === id) ? { active: id } : state));
}

/** Put tabs in place of all that are open: those that were open when the page was left. */
export function restoreTabs(tabs: readonly Partial<Tab>[], active: string | undefined): void {
  const made = tabs.map(tab);
  const front = made.find(({ id }) => id === active) ?? made[0];
  if (front !== undefined) useDocuments.setState({ tabs: made, active: front.id });
}

/** Note that a tab's document, as it is or as it was when saving began, is what the server has. */
export function markSaved(id: string, name: string, etag: string, saved?: Document): void {
  updateTab(id, (before) => ({ ...before, name, title: name, etag, saved: saved ?? before.document }));
}

/** Change what a tab says of itself: its title, its name, its etag. */
export function describeTab(id: string, parts: Partial<Pick<Tab, "title" | "name" | "etag" | "saved">>): void {
  updateTab(id, (before) => ({ ...before, ...parts }));
}

/** The label of the step that `undo` or `redo` would take. */
export function nextSteps({ history }: Tab): { undo: string | undefined; redo: string | undefined } {
  return { undo: history.past.at(-1)?.label, redo: history.future.at(-1)?.label };
}

function step(take: typeof undone<Document>): string | undefined {
  const before = activeTab();
  const found = take(before.history, before.document);
  if (found === undefined) return undefined;
  updateTab(before.id, (now) => ({ ...now, document: found.document, history: found.history }));
  return found.label;
}

function updateTab(id: string, change: (before: Tab) => Tab): void {
  useDocuments.setState((state) => {
    const at = state.tabs.findIndex((each) => each.id === id);
    const before = state.tabs[at];
    const after = before === undefined ? undefined : change(before);
    return after === undefined || after === before ? state : { tabs: state.tabs.with(at, after) };
  });
}
