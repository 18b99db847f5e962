/** A number on a slider, with a field beside it. */

import type { CSSProperties } from "react";
import type { WidgetProps } from "./contract";
import { NumberField } from "./NumberField";
import { filled, isNumeric, limitsOf } from "./numbers";
import { useGesture } from "./useGesture";

export function SliderWidget(props: WidgetProps) {
  const { id, port, value, onChange, disabled } = props;
  const limits = limitsOf(port.schema ?? {}, port);
  const gesture = useGesture(`${id}:slider`);
  const part = filled(value, limits) ?? 0;
  return (
    <div className="slider nodrag">
      <input
        className="slider__range"
        type="range"
        aria-label={`${port.title}, slider`}
        min={Number(limits.min)}
        max={Number(limits.max)}
        step={limits.step}
        disabled={disabled}
        value={isNumeric(value) ? Number(value) : Number(limits.min)}
        style={{ "--part": part } as CSSProperties}
        onPointerDown={gesture.begin}
        onFocus={gesture.begin}
        onChange={(event) => onChange(Number(event.target.value), gesture.merge())}
        onKeyDown={(event) => event.stopPropagation()}
      />
      <NumberField {...props} label={port.title} limits={limits} />
    </div>
  );
}
