/** Seeds: drawn, and counted on. */

import { clamp, type Limits, type Numeric } from "./numbers";

/** Short enough to be read out and written down; the server draws from the whole range. */
const COUNT = 2 ** 32;

/** A seed within the limits; `random` gives a number from 0 up to 1. */
export function drawSeed(limits: Limits, random: () => number = Math.random): Numeric {
  return clamp(Math.floor(random() * COUNT), limits);
}
