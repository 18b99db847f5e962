/** A number, with its range. */

import type { WidgetProps } from "./contract";
import { NumberField } from "./NumberField";
import { limitsOf } from "./numbers";

export function NumberWidget(props: WidgetProps) {
  return <NumberField {...props} label={props.port.title} limits={limitsOf(props.port.schema ?? {}, props.port)} />;
}
