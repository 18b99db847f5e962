/** A value that may be left open: a switch, and the widget of the value where it is not. */

import { useRef } from "react";
import { Switch } from "../ui/Switch";
import type { Widget, WidgetProps } from "./contract";
import { initial, withoutNull } from "./schema";

/** The widget with a switch before it. */
export function nullable(Inner: Widget): Widget {
  return function NullableWidget(props: WidgetProps) {
    const { id, port, value, onChange, disabled } = props;
    const plain = withoutNull(port);
    const last = useRef<unknown>(undefined);
    const given = value !== null && value !== undefined;
    if (given) last.current = value;
    return (
      <div className="nullable nodrag">
        <Switch
          {...(given ? {} : { id })}
          label={`${port.title}: set a value`}
          checked={given}
          disabled={disabled}
          onChange={(on) => onChange(on ? (last.current ?? initial(plain)) : null)}
        />
        {given ? <Inner {...props} port={plain} /> : <span className="nullable__open">not set</span>}
      </div>
    );
  };
}
