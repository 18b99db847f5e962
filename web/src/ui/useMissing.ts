/** Whether something that the server has could not be had: it is asked for again when the line is there again. */

import { useEffect, useState } from "react";

import { hear } from "../state/connection";

/** Whether it is missing at this address, and how to say so. */
export function useMissing(url: string | undefined): readonly [missing: boolean, say: () => void] {
  const [missing, setMissing] = useState<string>();
  useEffect(() => (missing === undefined ? undefined : hear({ opened: () => setMissing(undefined) })), [missing]);
  return [url !== undefined && missing === url, () => setMissing(url)];
}
