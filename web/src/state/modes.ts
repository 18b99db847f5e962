/** Which of the open documents are looked at as an app. */

import { create } from "zustand";

import type { Document } from "../model/document";
import { useDocuments } from "./documents";
import { memory } from "./memory";

interface Modes {
  /** Ids of tabs. */
  readonly apps: ReadonlySet<string>;
}

const remembered = memory("nodeflow.apps", (found) => (found === true ? true : undefined));
/** So narrow is a phone: a form fits it, a graph does not. */
const PHONE = "(max-width: 600px)";

export const useModes = create<Modes>()(() => ({ apps: new Set() }));

/** Whether the document in front is looked at as an app. */
export function useIsApp(): boolean {
  const active = useDocuments((state) => state.active);
  return useModes(({ apps }) => apps.has(active));
}

/** Look at the document in front as an app, or as a graph again. */
export function toggleApp(): void {
  const { active } = useDocuments.getState();
  const { apps } = useModes.getState();
  setApp(active, !apps.has(active));
}

/** A document is opened in a tab: on a phone as an app, where it names inputs. */
export function beginAs(tab: string, { inputs }: Document): void {
  if (Object.keys(inputs).length > 0 && window.matchMedia(PHONE).matches) setApp(tab, true);
}

/** Find again which documents were looked at as an app. */
export function restoreModes(): void {
  useModes.setState(({ apps }) => ({ apps: new Set([...remembered.all().keys(), ...apps]) }));
}

function setApp(tab: string, app: boolean): void {
  useModes.setState(({ apps }) => ({ apps: new Set([...[...apps].filter((id) => id !== tab), ...(app ? [tab] : [])]) }));
  remembered.put(tab, app || undefined);
}
