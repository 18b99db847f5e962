/** That the view is being dragged. It is noted beside React: nothing is to be drawn anew because of it. */

/** Nothing in the view is pointed at meanwhile: looking for what would be takes as long as drawing the frame. */
export function dragView(pane: HTMLElement | null, event: MouseEvent | TouchEvent | null): void {
  // A wheel is over before anybody can say so, and what is clicked then shall be what is there.
  if (event?.type === "mousemove") pane?.setAttribute("data-moving", "");
}

export function endDrag(pane: HTMLElement | null): void {
  pane?.removeAttribute("data-moving");
}
