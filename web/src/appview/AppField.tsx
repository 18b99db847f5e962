/** A field of an app: an input that the graph names, with its widget. */

import { createElement, useId } from "react";

import { useInputFinding } from "../canvas/running";
import { setValue } from "../model/edit";
import type { NamedInput } from "../model/inputs";
import { edit } from "../state/documents";
import { plainly } from "../state/findings";
import { useWidgetContext } from "../state/widgets";
import { classes } from "../ui";
import { kindOf, widgetFor } from "../widgets";
import { aboutOf, labelOf } from "./labels";

export function AppField({ input: { name, end, port, value } }: { input: NamedInput }) {
  const id = useId();
  const context = useWidgetContext(end.node, port);
  const finding = useInputFinding(end.node, end.port);
  const problem = finding === undefined || finding.unfinished ? undefined : plainly(finding);
  const widget = widgetFor(port);
  if (widget === undefined) return null;
  const label = labelOf(name);
  const about = aboutOf(port.description);
  return (
    <div className={classes("app-field", kindOf(port) === "toggle" && "app-field--inline")}>
      <label className="app-field__label" htmlFor={id}>
        {label}
      </label>
      {about !== undefined && <p className="app-field__about">{about}</p>}
      {createElement(widget, {
        id,
        port: { ...port, title: label },
        value,
        context,
        invalid: problem,
        describedBy: problem === undefined ? undefined : `${id}problem`,
        onChange: (next, merge) => edit(`Set ${label}`, (document) => setValue(document, end, next), merge),
      })}
      {problem !== undefined && (
        <p className="field__problem" id={`${id}problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}
