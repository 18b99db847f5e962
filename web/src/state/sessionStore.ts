/** Where sessions are kept: IndexedDB, which has room for large graphs. */

import { isSession, type Session } from "./session";

const DATABASE = "nodeflow";
const STORE = "sessions";
/** Sessions that are kept; those of pages closed long ago go. */
const MOST = 12;

/** The sessions that were kept last; the others go. Throws DOMException where the browser keeps nothing. */
export async function readSessions(): Promise<readonly Session[]> {
  return within("readwrite", async (store) => {
    const all = ((await done(store.getAll())) as unknown[]).filter(isSession).toSorted((a, b) => b.at - a.at);
    for (const { id } of all.slice(MOST)) store.delete(id);
    return all.slice(0, MOST);
  });
}

export async function writeSession(session: Session): Promise<void> {
  await within("readwrite", (store) => done(store.put(session)));
}

async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
  const database = await opened();
  try {
    return await work(database.transaction(STORE, mode).objectStore(STORE));
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE, { keyPath: "id" }));
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new DOMException("it could not be kept")));
  });
}
