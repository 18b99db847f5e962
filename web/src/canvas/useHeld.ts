/** Whether Ctrl or Cmd is held down: a drag in empty space then selects, and does not move the view. */

import { useEffect, useState } from "react";

const EVENTS = ["keydown", "keyup", "pointermove", "pointerdown"] as const;

export function useHeld(): boolean {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    const follow = (event: KeyboardEvent | PointerEvent) => setHeld(event.ctrlKey || event.metaKey);
    const release = () => setHeld(false);
    for (const each of EVENTS) window.addEventListener(each, follow, true);
    window.addEventListener("blur", release);
    return () => {
      for (const each of EVENTS) window.removeEventListener(each, follow, true);
      window.removeEventListener("blur", release);
    };
  }, []);
  return held;
}
