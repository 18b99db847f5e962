/** A text of several lines; in a prompt, Ctrl+Up and Ctrl+Down weigh what is selected. */

import { useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { classes } from "../ui/classes";
import type { WidgetProps } from "./contract";
import { useGesture } from "./useGesture";
import { weighted } from "./weights";

const CHANGE = 0.05;

export function LongTextWidget({ id, port, value, onChange, disabled, invalid, describedBy }: WidgetProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gesture = useGesture(id);
  const [active, setActive] = useState(false);
  const [selection, select] = useState<readonly [start: number, end: number]>();
  const prompt = port.widget?.prompt === true;

  useLayoutEffect(() => {
    if (selection !== undefined) area.current?.setSelectionRange(...selection);
  }, [selection]);

  const weigh = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (!prompt || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    event.stopPropagation();
    const { value: text, selectionStart: start, selectionEnd: end } = event.currentTarget;
    const made = weighted({ text, start, end }, event.key === "ArrowUp" ? CHANGE : -CHANGE);
    if (made.text !== text) onChange(made.text, gesture.merge());
    select([made.start, made.end]);
  };

  return (
    <textarea
      id={id}
      ref={area}
      // A wheel over a text that is being written scrolls the text, else the canvas.
      className={classes("text text--long field nodrag", active && "nowheel", invalid !== undefined && "field--invalid")}
      rows={3}
      spellCheck={false}
      aria-label={port.title}
      aria-invalid={invalid !== undefined || undefined}
      aria-describedby={describedBy}
      aria-keyshortcuts={prompt ? "Control+ArrowUp Control+ArrowDown" : undefined}
      disabled={disabled}
      value={typeof value === "string" ? value : ""}
      onFocus={() => {
        gesture.begin();
        setActive(true);
      }}
      onBlur={() => setActive(false)}
      onChange={(event) => onChange(event.target.value, gesture.merge())}
      onKeyDown={weigh}
    />
  );
}
