/** A text of one line. */

import { classes } from "../ui/classes";
import type { WidgetProps } from "./contract";
import { useGesture } from "./useGesture";

export function TextWidget({ id, port, value, onChange, disabled, invalid, describedBy }: WidgetProps) {
  const gesture = useGesture(id);
  return (
    <input
      id={id}
      className={classes("text field nodrag", invalid !== undefined && "field--invalid")}
      type="text"
      autoComplete="off"
      spellCheck={false}
      aria-label={port.title}
      aria-invalid={invalid !== undefined || undefined}
      aria-describedby={describedBy}
      disabled={disabled}
      value={typeof value === "string" ? value : ""}
      onFocus={gesture.begin}
      onChange={(event) => onChange(event.target.value, gesture.merge())}
    />
  );
}
