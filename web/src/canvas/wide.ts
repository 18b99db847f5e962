/** Which values need the whole width of a node. */

import type { Port } from "../model/catalogue";
import { kindOf } from "../widgets";

const WIDE = new Set(["image", "mask", "longText", "json"]);

export function isWide(port: Port): boolean {
  return port.type.startsWith("list[") || WIDE.has(kindOf(port));
}
