/** The keyboard: the command that a key is for is done, unless a field or a dialog has the key. */

import { useEffect } from "react";

import { commandOf, type CommandId } from "./keys";
import { perform } from "./state/commands";

/** The browser's own events bring these, with the clipboard. */
const CLIPBOARD: ReadonlySet<CommandId> = new Set(["cut", "copy", "paste", "pasteLinked"]);
const FIELDS = "input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select, [contenteditable=true]";

export function useShortcuts(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const { target } = event;
      if (document.querySelector("dialog[open]") !== null) return;
      const typing = target instanceof Element && target.closest(FIELDS) !== null;
      if (typing && event.key === "Escape") return leave(target);
      const id = commandOf(event, typing);
      if (id === undefined || CLIPBOARD.has(id) || (event.repeat && !REPEATED.has(id))) return;
      if (perform(id)) event.preventDefault();
    };
    // The canvas takes arrows for itself, to move what is selected, also with Alt.
    const onArrow = (event: KeyboardEvent) => {
      if (!event.altKey || !event.key.startsWith("Arrow")) return;
      onKey(event);
      if (event.defaultPrevented) event.stopPropagation();
    };
    window.addEventListener("keydown", onKey);
    window.addEventListener("keydown", onArrow, true);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("keydown", onArrow, true);
    };
  }, []);
}

const REPEATED: ReadonlySet<CommandId> = new Set(["undo", "redo", "zoomIn", "zoomOut"]);

/** Escape leaves a field for the node that it is in. */
function leave(field: Element): void {
  const node = field.closest<HTMLElement>(".react-flow__node");
  if (node !== null) node.focus({ preventScroll: true });
  else if (field instanceof HTMLElement) field.blur();
}
