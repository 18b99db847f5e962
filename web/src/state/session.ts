/** The documents of a page as they are kept in the browser, so that neither its crash nor the server's loses them. Pure. */

import { type Document, DocumentError, dump, parseText } from "../model/document";
import { writeJson } from "../model/json";
import { isRecord } from "../model/record";
import type { DocumentsState, Tab } from "./documents";

export interface KeptTab {
  readonly id: string;
  readonly title: string;
  readonly name: string | null;
  readonly etag: string | null;
  readonly document: string;
  /** What is saved, where that is another one. */
  readonly saved: string | null;
}

export interface Session {
  readonly id: string;
  /** When it was kept, in milliseconds since 1970. */
  readonly at: number;
  readonly active: string;
  readonly tabs: readonly KeptTab[];
}

const texts = new WeakMap<Document, string>();

/** Documents never change, so each is written once. */
function textOf(document: Document): string {
  const text = texts.get(document) ?? writeJson(dump(document));
  texts.set(document, text);
  return text;
}

export function kept(id: string, at: number, { tabs, active }: DocumentsState): Session {
  return {
    id,
    at,
    active,
    tabs: tabs.map((tab) => ({
      id: tab.id,
      title: tab.title,
      name: tab.name,
      etag: tab.etag,
      document: textOf(tab.document),
      saved: tab.saved === tab.document ? null : textOf(tab.saved),
    })),
  };
}

/** The tabs of a session, as far as they can be read. */
export function tabsOf(session: Session): Partial<Tab>[] {
  return session.tabs.flatMap((tab) => {
    const document = readable(tab.document);
    if (document === undefined) return [];
    const saved = tab.saved === null ? document : (readable(tab.saved) ?? document);
    return [{ id: tab.id, title: tab.title, name: tab.name, etag: tab.etag, document, saved }];
  });
}

/** Whether something that was kept is a session. */
export function isSession(found: unknown): found is Session {
  return isRecord(found) && typeof found["id"] === "string" && typeof found["at"] === "number" && Array.isArray(found["tabs"]);
}

/** The session in a text, if there is one. */
export function parsed(text: string | null): readonly Session[] {
  if (text === null) return [];
  try {
    const found: unknown = JSON.parse(text);
    return isSession(found) ? [found] : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Each session as it was kept last. */
export function newest(sessions: readonly Session[]): readonly Session[] {
  const found = new Map<string, Session>();
  for (const session of sessions) if (session.at > (found.get(session.id)?.at ?? -1)) found.set(session.id, session);
  return [...found.values()];
}

/** Of the sessions that no page has open, the one that was kept last. */
export function latest(sessions: readonly Session[], open: ReadonlySet<string>): Session | undefined {
  return sessions.filter(({ id }) => !open.has(id)).toSorted((a, b) => b.at - a.at)[0];
}

function readable(text: string): Document | undefined {
  try {
    return parseText(text);
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
}
