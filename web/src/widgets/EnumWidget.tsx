/** One of a few choices that the schema names. */

import { Icon } from "../ui/icons";
import { classes } from "../ui/classes";
import type { WidgetProps } from "./contract";

export function EnumWidget({ id, port, value, onChange, disabled, invalid, describedBy }: WidgetProps) {
  const options = port.schema?.enum ?? [];
  const at = options.indexOf(value);
  return (
    <div className={classes("select field nodrag", invalid !== undefined && "field--invalid")}>
      <select
        id={id}
        aria-label={port.title}
        aria-invalid={invalid !== undefined || undefined}
        aria-describedby={describedBy}
        disabled={disabled}
        value={at}
        onChange={(event) => onChange(options[Number(event.target.value)])}
        onKeyDown={(event) => {
          if (!event.ctrlKey && !event.metaKey && event.key !== "Escape") event.stopPropagation();
        }}
      >
        {at < 0 && (
          <option value={-1} disabled>
            {value === undefined ? "Choose" : String(value)}
          </option>
        )}
        {options.map((option, index) => (
          <option key={String(option)} value={index}>
            {String(option)}
          </option>
        ))}
      </select>
      <Icon name="chevron-down" size={14} />
    </div>
  );
}
