/** A field for a number: typed, stepped with arrow keys and buttons, changed by dragging sideways. */

import { useRef, useState, type KeyboardEvent } from "react";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import { clamp, filled, isNumeric, outside, parseNumber, shown, stepped, type Limits, type Numeric } from "./numbers";
import { useDragging } from "./useDragging";
import { useGesture } from "./useGesture";

export interface NumberFieldProps {
  id: string;
  label: string;
  value: unknown;
  limits: Limits;
  onChange: (value: Numeric, merge?: string) => void;
  disabled?: boolean | undefined;
  invalid?: string | undefined;
  describedBy?: string | undefined;
  placeholder?: string | undefined;
  /** Shows how much of its range the number fills. */
  bar?: boolean;
}

export function NumberField(props: NumberFieldProps) {
  const { id, label, value, limits, onChange, disabled, invalid, describedBy, placeholder, bar = false } = props;
  const [draft, setDraft] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  const gesture = useGesture(id);
  const number = isNumeric(value) ? value : undefined;
  const typed = draft === undefined ? number : parseNumber(draft, limits.integer);
  const wrong = invalid ?? (typed === undefined ? undefined : outside(typed, limits));

  const change = (next: Numeric) => {
    if (next !== number) onChange(next, gesture.merge());
  };
  const step = (steps: number) => {
    setDraft(undefined);
    change(number === undefined ? clamp(0, limits) : stepped(number, steps, limits));
  };
  const commit = () => {
    // What is no number stays as it was; what is out of range is kept, and said to be.
    if (draft !== undefined && typed !== undefined) change(typed);
    setDraft(undefined);
  };
  const drag = useDragging({ input, value: number, limits, disabled, onStart: gesture.begin, onChange: change });

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const far = event.shiftKey ? 10 : 1;
    const steps = { ArrowUp: far, ArrowDown: -far, PageUp: 10, PageDown: -10 }[event.key];
    if (steps !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) step(steps);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) commit();
    else if (event.key === "Escape" && draft !== undefined) setDraft(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const part = bar ? filled(number, limits) : undefined;
  return (
    <div className={classes("number field nodrag", drag.dragging && "number--dragging", wrong !== undefined && "field--invalid")}>
      {part !== undefined && <div className="number__bar" style={{ transform: `scaleX(${part})` }} />}
      <input
        id={id}
        ref={input}
        className="number__input"
        type="text"
        inputMode={limits.integer ? "numeric" : "decimal"}
        role="spinbutton"
        autoComplete="off"
        spellCheck={false}
        aria-label={label}
        aria-valuenow={number === undefined ? undefined : Number(number)}
        aria-valuetext={number === undefined ? undefined : shown(number)}
        aria-valuemin={limits.min === undefined ? undefined : Number(limits.min)}
        aria-valuemax={limits.max === undefined ? undefined : Number(limits.max)}
        aria-invalid={wrong !== undefined || undefined}
        aria-describedby={describedBy}
        title={wrong}
        disabled={disabled}
        placeholder={placeholder}
        value={draft ?? shown(value)}
        onFocus={gesture.begin}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={onKeyDown}
        {...drag.handlers}
      />
      {/* For the pointer; the keyboard has arrow keys. */}
      <span className="number__steps" aria-hidden="true">
        <button type="button" tabIndex={-1} disabled={disabled} onClick={() => step(1)}>
          <Icon name="chevron-up" size={10} />
        </button>
        <button type="button" tabIndex={-1} disabled={disabled} onClick={() => step(-1)}>
          <Icon name="chevron-down" size={10} />
        </button>
      </span>
    </div>
  );
}
