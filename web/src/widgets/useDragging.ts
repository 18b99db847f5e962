/** Changing a number by dragging sideways over its field; a press without a drag begins typing. */

import { useRef, useState, type PointerEvent, type RefObject } from "react";
import { dragged, type Limits, type Numeric } from "./numbers";

/** Pixels to move before a press is a drag. */
const SLACK = 3;

export interface Dragging {
  input: RefObject<HTMLInputElement | null>;
  value: Numeric | undefined;
  limits: Limits;
  disabled: boolean | undefined;
  onStart: () => void;
  onChange: (value: Numeric) => void;
}

export function useDragging({ input, value, limits, disabled, onStart, onChange }: Dragging) {
  const press = useRef<{ x: number; from: Numeric; moved: boolean }>(null);
  const [dragging, setDragging] = useState(false);

  const end = (event: PointerEvent<HTMLInputElement>) => {
    const was = press.current;
    press.current = null;
    setDragging(false);
    if (was === null || was.moved || event.type === "pointercancel") return;
    input.current?.focus();
    input.current?.select();
  };

  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLInputElement>) => {
      if (disabled === true || event.button !== 0 || document.activeElement === input.current) return;
      if (value === undefined) return;
      // The field takes the focus when the press turns out to be none of a drag.
      if (event.pointerType === "mouse") event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      press.current = { x: event.clientX, from: value, moved: false };
    },
    onPointerMove: (event: PointerEvent<HTMLInputElement>) => {
      const was = press.current;
      if (was === null) return;
      const pixels = event.clientX - was.x;
      if (!was.moved && Math.abs(pixels) < SLACK) return;
      if (!was.moved) {
        was.moved = true;
        setDragging(true);
        onStart();
      }
      const speed = event.shiftKey ? "coarse" : event.altKey ? "fine" : "usual";
      onChange(dragged(was.from, pixels, limits, speed));
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
  return { dragging, handlers };
}
