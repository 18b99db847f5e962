/** The pixels of a mask: read from a picture, drawn on, and written as a picture, white on black. */

import { draw, visible, type Painting, type Size } from "./strokes";

export interface Loaded {
  readonly size: Size;
  /** What is painted over. */
  readonly below: HTMLImageElement | undefined;
  /** The mask as it was, opaque where selected. */
  readonly from: HTMLCanvasElement | undefined;
}

/** What is painted on where there is no picture. */
const EMPTY: Size = { width: 512, height: 512 };

/** Fetches the pictures; one that cannot be shown counts as none. */
export async function load(below: string | undefined, from: string | undefined): Promise<Loaded> {
  const [picture, mask] = await Promise.all([picked(below), picked(from)]);
  const base = picture ?? mask;
  const size = base === undefined ? EMPTY : { width: base.naturalWidth, height: base.naturalHeight };
  return { size, below: picture, from: mask === undefined ? undefined : selected(mask, size) };
}

async function picked(url: string | undefined): Promise<HTMLImageElement | undefined> {
  if (url === undefined) return undefined;
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return image;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

/** A mask with its brightness made its opacity. */
function selected(mask: HTMLImageElement, { width, height }: Size): HTMLCanvasElement {
  const { canvas, context } = surface({ width, height });
  context.drawImage(mask, 0, 0, width, height);
  const data = context.getImageData(0, 0, width, height);
  const { data: bytes } = data;
  for (let at = 0; at < bytes.length; at += 4) {
    const light = 0.2126 * (bytes[at] ?? 0) + 0.7152 * (bytes[at + 1] ?? 0) + 0.0722 * (bytes[at + 2] ?? 0);
    bytes[at + 3] = (light * (bytes[at + 3] ?? 0)) / 255;
    bytes[at] = bytes[at + 1] = bytes[at + 2] = 255;
  }
  context.putImageData(data, 0, 0);
  return canvas;
}

/** Draws the whole mask anew, in a colour where it is selected. */
export function drawMask(context: CanvasRenderingContext2D, { size, from }: Loaded, painting: Painting, color: string) {
  context.clearRect(0, 0, size.width, size.height);
  if (from !== undefined) {
    context.drawImage(from, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = color;
    context.fillRect(0, 0, size.width, size.height);
  }
  for (const deed of visible(painting)) draw(context, deed, size, color);
}

/** The mask as a PNG. */
export async function asFile(loaded: Loaded, painting: Painting): Promise<Blob> {
  const mask = surface(loaded.size);
  drawMask(mask.context, loaded, painting, "white");
  const { canvas, context } = surface(loaded.size);
  context.fillStyle = "black";
  context.fillRect(0, 0, loaded.size.width, loaded.size.height);
  context.drawImage(mask.canvas, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("the picture is too large for this browser")) : resolve(blob)), "image/png");
  });
}

function surface({ width, height }: Size) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser draws no pictures");
  return { canvas, context };
}
