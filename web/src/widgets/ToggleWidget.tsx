/** Yes or no. */

import { Switch } from "../ui/Switch";
import type { WidgetProps } from "./contract";

export function ToggleWidget({ id, port, value, onChange, disabled, describedBy }: WidgetProps) {
  return (
    <Switch
      id={id}
      className="nodrag"
      label={port.title}
      checked={value === true}
      onChange={onChange}
      disabled={disabled}
      describedBy={describedBy}
    />
  );
}
