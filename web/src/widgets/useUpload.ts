/** Storing a picture for an input: whether it is under way, and why it failed. */

import { useEffect, useRef, useState } from "react";
import type { WidgetContext } from "./contract";

export function useUpload(context: WidgetContext, onValue: (value: string) => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);

  const upload = async (file: Blob, name: string): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const value = await context.upload(file, name);
      onValue(value);
      return true;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (alive.current) setProblem(error.message);
      return false;
    } finally {
      if (alive.current) setBusy(false);
    }
  };
  return { busy, problem, upload };
}
