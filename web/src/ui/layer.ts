/** Where things that float go, and where they fit: inside of an open dialog, else on the page. */

import type { CSSProperties } from "react";

export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Size {
  width: number;
  height: number;
}

export type Side = "below" | "right";

const GAP = 4;
const EDGE = 8;

/**
 * What a floating part of the element is put into: the part of the page that it belongs to. A dialog makes everything
 * outside of itself unreachable.
 */
export function layerOf(element: Element | null): Element {
  return element?.closest("dialog, main, aside, .bar") ?? document.querySelector("main") ?? document.body;
}

/** Where something of that size goes beside the anchor; on its other side where it would not fit. */
export function place(anchor: Rectangle, size: Size, view: Size, side: Side = "below"): { left: number; top: number } {
  const fits = (start: number, extent: number, room: number) => Math.max(EDGE, Math.min(start, room - extent - EDGE));
  if (side === "right") {
    const left = anchor.right + size.width + EDGE > view.width ? anchor.left - size.width : anchor.right;
    return { left: fits(left, size.width, view.width), top: fits(anchor.top, size.height, view.height) };
  }
  const below = anchor.bottom + GAP;
  const above = anchor.top - size.height - GAP;
  const top = below + size.height + EDGE > view.height && above >= EDGE ? above : below;
  return { left: fits(anchor.left, size.width, view.width), top: fits(top, size.height, view.height) };
}

/** The place as a style; nothing is shown before it is known, but it can have the focus already. */
export function placed(at: { left: number; top: number } | undefined): CSSProperties {
  return at === undefined ? { left: 0, top: 0, opacity: 0 } : { left: at.left, top: at.top };
}
