/** The time, told again every so often, for what says how long ago something was. */

import { useEffect, useState } from "react";

/** Seconds since 1970. */
export function useNow(milliseconds: number): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
  return now;
}
