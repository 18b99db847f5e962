/** A bar between two parts, to be dragged or moved with the arrow keys. */

import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { classes } from "./classes";

export interface SplitterProps {
  label: string;
  /** Which way the bar itself runs. */
  orientation: "vertical" | "horizontal";
  /** The size of the part that it resizes, in pixels. */
  value: number;
  min: number;
  max: number;
  /** What a double click goes back to. */
  usual: number;
  /** The part that it resizes comes after the bar, so that moving on makes it smaller. */
  after?: boolean;
  onChange: (value: number) => void;
}

const STEP = 16;

export function Splitter({ label, orientation, value, min, max, usual, after = false, onChange }: SplitterProps) {
  const from = useRef<{ at: number; value: number }>(null);
  const along = (event: PointerEvent) => (orientation === "vertical" ? event.clientX : event.clientY);
  const sign = after ? -1 : 1;
  const set = (wanted: number) => onChange(Math.min(max, Math.max(min, Math.round(wanted))));

  const onKeyDown = (event: KeyboardEvent) => {
    const keys = orientation === "vertical" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    const direction = keys.indexOf(event.key);
    if (direction >= 0) set(value + sign * STEP * (direction === 0 ? -1 : 1));
    else if (event.key === "Home") set(min);
    else if (event.key === "End") set(max);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    // A separator that takes the focus is a widget, as the ARIA pattern of a window splitter has it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className={classes("splitter", `splitter--${orientation}`)}
      role="separator"
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={Math.round(value)}
      aria-valuemin={min}
      aria-valuemax={max}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onKeyDown={onKeyDown}
      onDoubleClick={() => set(usual)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { at: along(event), value };
      }}
      onPointerMove={(event) => {
        if (from.current !== null) set(from.current.value + sign * (along(event) - from.current.at));
      }}
      onPointerUp={() => (from.current = null)}
      onPointerCancel={() => (from.current = null)}
    />
  );
}
