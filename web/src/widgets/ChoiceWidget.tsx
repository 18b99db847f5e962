/** A name of a table, or of a file of some kind. */

import { ChoiceField } from "./ChoiceField";
import type { WidgetProps } from "./contract";

export function ChoiceWidget(props: WidgetProps) {
  const { port, value } = props;
  const table = port.widget?.choices ?? port.widget?.files ?? "";
  return (
    <ChoiceField {...props} label={port.title} table={table} value={typeof value === "string" && value !== "" ? value : undefined} />
  );
}
