/** Keys to press, such as `Ctrl+Enter`. */

import { Fragment } from "react";

const SIGNS: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ContextMenu: "Menu",
  Escape: "Esc",
};

/** The key as it is written on the keyboard at hand. */
function sign(key: string): string {
  if (key === "Ctrl" && navigator.platform.startsWith("Mac")) return "⌘";
  return SIGNS[key] ?? key;
}

export function Kbd({ keys }: { keys: string }) {
  const parts = keys.split(/(?<=.)\+(?=.)/);
  return (
    <span className="keys">
      {parts.map((part, index) => (
        <Fragment key={part}>
          {index > 0 && <span className="visually-hidden"> + </span>}
          <kbd>{sign(part)}</kbd>
        </Fragment>
      ))}
    </span>
  );
}
