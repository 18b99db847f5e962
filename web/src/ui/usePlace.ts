/** Keeps a floating part beside its anchor. */

import { useLayoutEffect, useState, type RefObject } from "react";
import { place, type Rectangle, type Side } from "./layer";

/** The place of `part`, measured once it is there; undefined before. */
export function usePlace(anchor: () => Rectangle | undefined, part: RefObject<HTMLElement | null>, side: Side = "below") {
  const [at, setAt] = useState<{ left: number; top: number }>();
  useLayoutEffect(() => {
    const measure = () => {
      const from = anchor();
      const element = part.current;
      if (from === undefined || element === null) return;
      const view = { width: window.innerWidth, height: window.innerHeight };
      const found = place(from, { width: element.offsetWidth, height: element.offsetHeight }, view, side);
      setAt((old) => (old?.left === found.left && old.top === found.top ? old : found));
    };
    measure();
    window.addEventListener("resize", measure);
    const observer = new ResizeObserver(measure);
    if (part.current !== null) observer.observe(part.current);
    return () => {
      window.removeEventListener("resize", measure);
      observer.disconnect();
    };
    // The anchor is where it was when the part opened: a menu does not follow the pointer.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [part, side]);
  return at;
}
