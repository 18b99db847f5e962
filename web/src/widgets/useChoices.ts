/** Names that are fetched as they are needed: at first what holds the query, then more of it. */

import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { ChoicePage } from "./contract";

interface Found {
  readonly names: readonly string[];
  readonly next: string | null;
  readonly pending: boolean;
  readonly problem?: string;
}

const PATIENCE = 120;

export function useChoices(query: string, search: (query: string, after?: string) => Promise<ChoicePage>) {
  const [found, setFound] = useState<Found>({ names: [], next: null, pending: true });
  const asked = useRef(0);
  const fetching = useRef(false);

  const fetchPage = useEffectEvent(async (after: string | undefined) => {
    const number = asked.current;
    fetching.current = true;
    const answer = await search(query, after).then(
      (page): Found => ({ names: page.items.map(({ name }) => name), next: page.next, pending: false }),
      (error: unknown): Found => ({ names: [], next: null, pending: false, problem: String(error) }),
    );
    // What was asked for before the query changed comes too late.
    if (number !== asked.current) return;
    fetching.current = false;
    setFound((old) => (after === undefined ? answer : { ...answer, names: [...old.names, ...answer.names] }));
  });

  useEffect(() => {
    asked.current += 1;
    fetching.current = false;
    const timer = setTimeout(() => void fetchPage(undefined), query === "" ? 0 : PATIENCE);
    return () => {
      clearTimeout(timer);
      asked.current += 1;
    };
  }, [query]);

  const [wanted, want] = useState<string>();
  useEffect(() => {
    if (wanted !== undefined) void fetchPage(wanted);
  }, [wanted]);
  const more = () => {
    if (found.next !== null && !fetching.current) want(found.next);
  };
  return { ...found, more };
}
