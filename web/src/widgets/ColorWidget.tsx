/** A colour such as `#ff8800`: picked, or written. */

import { useState } from "react";
import { classes } from "../ui/classes";
import type { WidgetProps } from "./contract";
import { useGesture } from "./useGesture";

const COLOR = /^#[0-9a-fA-F]{6}$/;

/** A colour as people write it, in full; undefined where it is none. */
export function parseColor(text: string): string | undefined {
  const plain = text.trim().replace(/^#?/, "#");
  if (/^#[0-9a-fA-F]{3}$/.test(plain)) return plain.replace(/[^#]/g, (digit) => digit + digit).toLowerCase();
  return COLOR.test(plain) ? plain.toLowerCase() : undefined;
}

export function ColorWidget({ id, port, value, onChange, disabled, invalid, describedBy }: WidgetProps) {
  const [draft, setDraft] = useState<string>();
  const gesture = useGesture(id);
  const color = typeof value === "string" ? value : "";
  const commit = () => {
    const parsed = draft === undefined ? undefined : parseColor(draft);
    if (parsed !== undefined && parsed !== color) onChange(parsed);
    setDraft(undefined);
  };
  return (
    <div className={classes("color field nodrag", invalid !== undefined && "field--invalid")}>
      <input
        className="color__swatch"
        type="color"
        aria-label={`${port.title}, picker`}
        disabled={disabled}
        value={COLOR.test(color) ? color : "#000000"}
        onFocus={gesture.begin}
        onChange={(event) => onChange(event.target.value, gesture.merge())}
      />
      <input
        id={id}
        className="color__text"
        type="text"
        autoComplete="off"
        spellCheck={false}
        aria-label={port.title}
        aria-invalid={invalid !== undefined || undefined}
        aria-describedby={describedBy}
        disabled={disabled}
        value={draft ?? color}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) commit();
          if (event.key === "Escape") setDraft(undefined);
        }}
      />
    </div>
  );
}
