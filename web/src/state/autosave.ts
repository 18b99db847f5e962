/** Keeping the open documents in the browser while they are edited, and finding them again. */

import { toast } from "../ui/messages";
import { restoreTabs, useDocuments } from "./documents";
import { announce, openElsewhere } from "./pages";
import { kept, latest, newest, parsed, type Session, tabsOf } from "./session";
import { readSessions, writeSession } from "./sessionStore";
import { uniqueName } from "./unique";

const STORED = "nodeflow.session";
const LEAVING = "nodeflow.leaving";
/** Milliseconds after a change until it is kept. */
const PAUSE = 300;

let session = "";
let timer: ReturnType<typeof setTimeout> | undefined;
let complained = false;

/** Open the documents that were open when the page was left, or the browser died; answers whether there were any. */
export async function restore(): Promise<boolean> {
  const [elsewhere, sessions] = await Promise.all([openElsewhere(), readable()]);
  const own = sessionStorage.getItem(STORED);
  const found = sessions.find(({ id }) => id === own && !elsewhere.has(id)) ?? latest(sessions, elsewhere);
  session = found?.id ?? uniqueName();
  sessionStorage.setItem(STORED, session);
  if (found === undefined) return false;
  const tabs = tabsOf(found);
  restoreTabs(tabs, found.active);
  return tabs.length > 0;
}

/** Keep every change from now on; the answer ends it. */
export function autosave(): () => void {
  const silent = announce(session);
  const end = useDocuments.subscribe(() => {
    clearTimeout(timer);
    timer = setTimeout(() => void keep(), PAUSE);
  });
  // The last moment at which a page is sure to be asked.
  const leaving = (): void => {
    if (document.visibilityState === "hidden") keepNow();
  };
  document.addEventListener("visibilitychange", leaving);
  window.addEventListener("pagehide", keepNow);
  return () => {
    silent();
    end();
    document.removeEventListener("visibilitychange", leaving);
    window.removeEventListener("pagehide", keepNow);
  };
}

/** Keep the documents in the one place that is written at once: a page that is left waits for nothing. */
function keepNow(): void {
  try {
    localStorage.setItem(LEAVING, JSON.stringify(kept(session, Date.now(), useDocuments.getState())));
  } catch (error) {
    // There is no room in it; what was kept before is there.
    if (!(error instanceof DOMException)) throw error;
  }
}

/** Keep the documents as they are now. */
export async function keep(): Promise<void> {
  clearTimeout(timer);
  try {
    await writeSession(kept(session, Date.now(), useDocuments.getState()));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (!complained) toast("warning", "This browser keeps no documents", { detail: `Save them to the server or export them: ${error.message}` });
    complained = true;
  }
}

/** Where the browser keeps nothing there is nothing to be found. */
async function readable(): Promise<readonly Session[]> {
  const left = parsed(localStorage.getItem(LEAVING));
  try {
    return newest([...(await readSessions()), ...left]);
  } catch (error) {
    if (error instanceof DOMException) return left;
    throw error;
  }
}
