/** Any JSON, written as text: what is no JSON yet is not taken, and says why. */

import { useId, useState } from "react";
import { parseJson, writeJson } from "../model/json";
import { classes } from "../ui/classes";
import type { WidgetProps } from "./contract";

export function JsonWidget({ id, port, value, onChange, disabled, invalid, describedBy }: WidgetProps) {
  const [draft, setDraft] = useState<string>();
  const message = useId();
  const problem = draft === undefined ? undefined : flaw(draft, port.schema?.type);
  const wrong = problem ?? invalid;
  return (
    <div className="json">
      <textarea
        id={id}
        className={classes("text text--long text--code field nodrag nowheel", wrong !== undefined && "field--invalid")}
        rows={2}
        spellCheck={false}
        aria-label={port.title}
        aria-invalid={wrong !== undefined || undefined}
        aria-describedby={problem === undefined ? describedBy : message}
        disabled={disabled}
        value={draft ?? (value === undefined ? "" : writeJson(value, 1))}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => {
          if (draft === undefined || problem !== undefined) return;
          const next = parseJson(draft);
          if (value === undefined || writeJson(next) !== writeJson(value)) onChange(next);
          setDraft(undefined);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") setDraft(undefined);
        }}
      />
      {problem !== undefined && (
        <p className="field__problem" id={message}>
          {problem}
        </p>
      )}
    </div>
  );
}

/** Why the text is not taken. */
function flaw(text: string, type: unknown): string | undefined {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return `This is no JSON yet: ${error.message}`;
    throw error;
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return type === "object" && !isObject ? 'An object is wanted, such as {"name": 1}' : undefined;
}
