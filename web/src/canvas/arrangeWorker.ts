/** The worker that lays a graph out: a chart comes, the places of its nodes go back. */

import { arranged, type Chart } from "../model/layout";

self.addEventListener("message", ({ data }: MessageEvent<Chart>) => self.postMessage(arranged(data)));
