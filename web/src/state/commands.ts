/** What can be done by a key, a menu or a button: whoever can do it says so, and everyone can ask for it. */

import { useEffect } from "react";

import type { CommandId } from "../keys";

type Action = () => void;

const actions = new Map<CommandId, Action[]>();

/** Offer commands while the component is there. A later offer goes before an earlier one. */
export function useCommands(offered: Partial<Record<CommandId, Action>>): void {
  useEffect(() => offer(offered));
}

/** Offer commands; answers what takes the offer back. */
export function offer(offered: Partial<Record<CommandId, Action>>): () => void {
  const entries = Object.entries(offered) as [CommandId, Action][];
  for (const [id, action] of entries) actions.set(id, [...(actions.get(id) ?? []), action]);
  return () => {
    for (const [id, action] of entries) actions.set(id, (actions.get(id) ?? []).filter((each) => each !== action));
  };
}

/** Do it; answers whether anybody could. */
export function perform(id: CommandId): boolean {
  const action = actions.get(id)?.at(-1);
  action?.();
  return action !== undefined;
}
