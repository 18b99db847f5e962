/** A name out of a long list: a button that opens a field to search in, and what is found, fetched as needed. */

import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import { Popover } from "../ui/Popover";
import { ChoiceList } from "./ChoiceList";
import type { WidgetContext } from "./contract";

export interface ChoiceFieldProps {
  id: string;
  label: string;
  table: string;
  value: string | undefined;
  /** What is shown for the value, where it is not its name. */
  shown?: ReactNode;
  onChange: (value: string) => void;
  disabled?: boolean | undefined;
  invalid?: string | undefined;
  describedBy?: string | undefined;
  context: WidgetContext;
}

export function ChoiceField(props: ChoiceFieldProps) {
  const { id, label, table, value, shown, onChange, disabled, invalid, describedBy, context } = props;
  const button = useRef<HTMLButtonElement>(null);
  const [opened, open] = useState<string>();

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") open("");
    else if (event.key.length === 1 && /\w/.test(event.key)) open(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const close = () => {
    open(undefined);
    button.current?.focus({ preventScroll: true });
  };
  return (
    <>
      <button
        id={id}
        ref={button}
        type="button"
        className={classes("choice field nodrag", invalid !== undefined && "field--invalid")}
        aria-haspopup="dialog"
        aria-expanded={opened !== undefined}
        aria-label={`${label}: ${value ?? "none chosen"}`}
        aria-describedby={describedBy}
        title={value}
        disabled={disabled}
        onClick={() => open(opened === undefined ? "" : undefined)}
        onKeyDown={onKeyDown}
      >
        <span className={classes("choice__name", value === undefined && "choice__name--none")}>
          {shown ?? value ?? "Choose"}
        </span>
        <Icon name="chevron-down" size={14} />
      </button>
      {opened !== undefined && (
        <Popover anchor={button} wide label={`Choices of ${label}`} className="choices" onClose={close}>
          <ChoiceList
            label={label}
            query={opened}
            value={value}
            search={(query, after) => context.choices(table, query, after)}
            onChoose={(name) => {
              close();
              if (name !== value) onChange(name);
            }}
          />
        </Popover>
      )}
    </>
  );
}
