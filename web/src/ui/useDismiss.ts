/** Closes a floating part on Escape, and on a press anywhere else. */

import { useEffect, useEffectEvent, type RefObject } from "react";

export function useDismiss(parts: RefObject<HTMLElement | null>[], close: () => void) {
  const dismiss = useEffectEvent(close);
  const holds = useEffectEvent((target: Node) => parts.some((part) => part.current?.contains(target)));
  useEffect(() => {
    const onPress = (event: PointerEvent) => {
      if (event.target instanceof Node && !holds(event.target)) dismiss();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      event.preventDefault();
      dismiss();
    };
    document.addEventListener("pointerdown", onPress, true);
    document.addEventListener("keydown", onKey, true);
    return () => {
      document.removeEventListener("pointerdown", onPress, true);
      document.removeEventListener("keydown", onKey, true);
    };
  }, []);
}
