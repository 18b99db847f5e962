/** How the view moves: smoothly, and at once for those who ask for less motion. */

export function smoothly(): { duration?: number } {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? {} : { duration: 200 };
}
