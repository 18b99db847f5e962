/** Copying and pasting through the system's clipboard, as JSON: also between tabs, windows and text editors. */

import { type Document, DocumentError, dumpText, parseText } from "../model/document";
import { copy } from "../model/clipboard";
import { bounds } from "../model/frames";
import type { Point } from "../model/arrangement";
import { activeDocument } from "../state/documents";
import { selectedIds } from "../state/selection";
import { toast } from "../ui";
import { put, removeSelected } from "./actions";

/** The last thing that was copied here; menus paste it, since a page may not read the clipboard unasked. */
let held: Document | undefined;
let pasted = 0;

/** Whether a menu has something to paste. */
export function canPaste(): boolean {
  return held !== undefined;
}

/** Copy what is selected; answers its text, undefined where nothing is. */
export function copySelected(): string | undefined {
  const ids = selectedIds();
  if (ids.length === 0) return undefined;
  held = copy(activeDocument(), ids);
  pasted = 0;
  return dumpText(held);
}

/** Copy by a menu: through the clipboard where the page may write to it. */
export function copyByMenu(): void {
  const text = copySelected();
  if (text !== undefined && window.isSecureContext) void navigator.clipboard.writeText(text).catch(refused);
}

/** A browser may keep a page from its clipboard; what was copied is held here all the same. */
function refused(error: unknown): void {
  if (!(error instanceof DOMException)) throw error;
}

/** Paste text that holds a graph, at a point or beside where it was; answers whether it did. */
export function pasteText(text: string, incoming: boolean, at?: Point): boolean {
  if (!text.trimStart().startsWith("{")) return false;
  try {
    pasteClip(parseText(text), incoming, at);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    toast("warning", "What is in the clipboard is no graph.", { detail: error.message });
  }
  return true;
}

/** Paste what was copied here last. */
export function pasteHeld(incoming: boolean, at?: Point): void {
  if (held !== undefined) pasteClip(held, incoming, at);
}

function pasteClip(clip: Document, incoming: boolean, at?: Point): void {
  const { places, groups, notes } = clip.layout;
  const things = [...Object.values(places), ...Object.values(groups), ...Object.values(notes)];
  pasted += 1;
  if (at === undefined || things.length === 0) return put("Paste", clip, [40 * pasted, 40 * pasted], incoming);
  const [x, y] = bounds(things.map((thing) => ({ at: thing.at, size: [0, 0] as const }))).at;
  put("Paste", clip, [Math.round(at[0] - x), Math.round(at[1] - y)], incoming);
}

/** Serve the clipboard's own events, except in fields; `where` says at which point to paste. The answer ends it. */
export function serveClipboard(where: () => Point | undefined): () => void {
  let shift = false;
  const onKey = (event: KeyboardEvent) => {
    ({ shiftKey: shift } = event);
  };
  const onCopy = (event: ClipboardEvent) => {
    const text = isOurs(event) ? copySelected() : undefined;
    if (text === undefined) return;
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    if (event.type === "cut") removeSelected(false);
  };
  const onPaste = (event: ClipboardEvent) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (isOurs(event) && pasteText(text, shift, where())) event.preventDefault();
  };
  window.addEventListener("keydown", onKey, true);
  for (const type of ["copy", "cut"] as const) document.addEventListener(type, onCopy);
  document.addEventListener("paste", onPaste);
  return () => {
    window.removeEventListener("keydown", onKey, true);
    for (const type of ["copy", "cut"] as const) document.removeEventListener(type, onCopy);
    document.removeEventListener("paste", onPaste);
  };
}

function isOurs(event: ClipboardEvent): boolean {
  const { target } = event;
  const typed = target instanceof Element && target.closest("input, textarea, select, [contenteditable=true], dialog") !== null;
  return !typed && window.getSelection()?.isCollapsed !== false;
}
