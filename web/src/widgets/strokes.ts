/** A mask as it is painted: a list of what was done, so that each can be undone. */

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** In pixels of the picture. */
export interface Stroke {
  readonly kind: "paint" | "erase";
  readonly size: number;
  readonly spots: readonly Spot[];
}

export type Deed = Stroke | { readonly kind: "clear" | "fill" | "invert" };

export interface Painting {
  readonly deeds: readonly Deed[];
  readonly undone: readonly Deed[];
}

export const BLANK: Painting = { deeds: [], undone: [] };

/** One more deed. What was undone before cannot be done again after it. */
export function done(painting: Painting, deed: Deed): Painting {
  const last = painting.deeds.at(-1);
  if (deed.kind === "invert" && last?.kind === "invert") return { deeds: painting.deeds.slice(0, -1), undone: [] };
  if ((deed.kind === "clear" || deed.kind === "fill") && last?.kind === deed.kind) return painting;
  return { deeds: [...painting.deeds, deed], undone: [] };
}

export function undo({ deeds, undone }: Painting): Painting {
  const last = deeds.at(-1);
  return last === undefined ? { deeds, undone } : { deeds: deeds.slice(0, -1), undone: [last, ...undone] };
}

export function redo({ deeds, undone }: Painting): Painting {
  const [next, ...rest] = undone;
  return next === undefined ? { deeds, undone } : { deeds: [...deeds, next], undone: rest };
}

/** What needs to be drawn: nothing that was cleared or filled over afterwards. */
export function visible({ deeds }: Painting): readonly Deed[] {
  const from = deeds.findLastIndex(({ kind }) => kind === "clear" || kind === "fill");
  return from < 0 ? deeds : deeds.slice(from);
}

/** A stroke with one more spot; spots nearer than a pixel add nothing. */
export function drawn(stroke: Stroke, spot: Spot): Stroke {
  const last = stroke.spots.at(-1);
  if (last !== undefined && Math.hypot(last.x - spot.x, last.y - spot.y) < 1) return stroke;
  return { ...stroke, spots: [...stroke.spots, spot] };
}

const SMALLEST = 1;
const LARGEST = 512;

/** The next size of the brush, larger or smaller by a tenth and at least by a pixel. */
export function resized(size: number, direction: 1 | -1): number {
  const next = Math.round(size * (direction > 0 ? 1.15 : 1 / 1.15));
  return Math.min(LARGEST, Math.max(SMALLEST, next === size ? size + direction : next));
}

/** A brush that fits a picture. */
export function usualSize(width: number, height: number): number {
  return Math.max(4, Math.round(Math.min(width, height) / 10));
}

/** Where a point of the screen lies in the picture that is shown in a rectangle. */
export function within(at: Spot, box: { left: number; top: number; width: number; height: number }, size: Size): Spot {
  return { x: ((at.x - box.left) / box.width) * size.width, y: ((at.y - box.top) / box.height) * size.height };
}

/** The spot, moved to the edge of the picture where it lies beyond. */
export function inside(at: Spot, size: Size): Spot {
  return { x: Math.min(size.width, Math.max(0, at.x)), y: Math.min(size.height, Math.max(0, at.y)) };
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The part of a 2D context that drawing needs. */
export type Brush = Pick<
  CanvasRenderingContext2D,
  | "globalCompositeOperation" | "strokeStyle" | "fillStyle" | "lineWidth" | "lineCap" | "lineJoin"
  | "beginPath" | "moveTo" | "lineTo" | "stroke" | "fillRect" | "clearRect" | "arc" | "fill"
>;

/** Draws a deed: what is opaque afterwards is selected. */
export function draw(brush: Brush, deed: Deed, { width, height }: Size, color: string) {
  brush.globalCompositeOperation = "source-over";
  brush.fillStyle = color;
  brush.strokeStyle = color;
  if ("spots" in deed) drawStroke(brush, deed);
  else if (deed.kind === "clear") brush.clearRect(0, 0, width, height);
  else {
    // Inverted, what is drawn stays only where nothing was.
    if (deed.kind === "invert") brush.globalCompositeOperation = "source-out";
    brush.fillRect(0, 0, width, height);
  }
  brush.globalCompositeOperation = "source-over";
}

function drawStroke(brush: Brush, { kind, size, spots }: Stroke) {
  const [first, ...rest] = spots;
  if (first === undefined) return;
  if (kind === "erase") brush.globalCompositeOperation = "destination-out";
  brush.beginPath();
  if (rest.length === 0) {
    brush.arc(first.x, first.y, size / 2, 0, 2 * Math.PI);
    brush.fill();
    return;
  }
  brush.lineWidth = size;
  brush.lineCap = "round";
  brush.lineJoin = "round";
  brush.moveTo(first.x, first.y);
  for (const spot of rest) brush.lineTo(spot.x, spot.y);
  brush.stroke();
}
