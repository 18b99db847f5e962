/** The widget of an input, with its value from the document. */

import { createElement } from "react";

import type { Port } from "../model/catalogue";
import { seedMode } from "../model/seeds";
import { useWidgetContext } from "../state/widgets";
import { widgetFor } from "../widgets";
import { useDocument } from "./active";

export interface ValueFieldProps {
  id: string;
  port: Port;
  fieldId: string;
  invalid: string | undefined;
  describedBy: string | undefined;
  onChange: (value: unknown, merge?: string) => void;
}

export function ValueField({ id, port, fieldId, ...rest }: ValueFieldProps) {
  const value = useDocument(({ nodes }) => {
    const values = nodes[id]?.values;
    return values !== undefined && port.name in values ? values[port.name] : port.default;
  });
  // What becomes of a seed is no value of it, but its widget shows it.
  useDocument((document) => (port.widget?.seed === true ? seedMode(document, { node: id, port: port.name }) : undefined));
  const context = useWidgetContext(id, port);
  const widget = widgetFor(port);
  return widget === undefined ? null : createElement(widget, { id: fieldId, port, value, context, ...rest });
}
