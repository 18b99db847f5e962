/** What this browser remembers of documents, for the pages to come: they share it, and keep what the others put there. */

/** Things of which something is remembered, of all pages: those of which it was last. */
const MOST = 50;

export interface Memory<T> {
  /** By the id of the thing, what is remembered last at the end. */
  all(): ReadonlyMap<string, T>;
  /** Remember this of a thing; undefined forgets it. */
  put(id: string, value: T | undefined): void;
}

/** What is stored under a name, as far as `read` takes it: undefined for what can be none of it. */
export function memory<T>(name: string, read: (found: unknown) => T | undefined): Memory<T> {
  const all = (): ReadonlyMap<string, T> => new Map(entries(localStorage.getItem(name), read));
  return {
    all,
    put(id, value) {
      const others = [...all()].filter(([each]) => each !== id);
      store(name, value === undefined ? others : [...others, [id, value] as const].slice(-MOST));
    },
  };
}

function entries<T>(text: string | null, read: (found: unknown) => T | undefined): (readonly [string, T])[] {
  const found = parsed(text);
  if (!Array.isArray(found)) return [];
  return found.flatMap((each: unknown) => {
    const [id, stored] = Array.isArray(each) ? (each as unknown[]) : [];
    const value = read(stored);
    return typeof id === "string" && value !== undefined ? [[id, value] as const] : [];
  });
}

/** What a text is that a browser kept; nothing where it is none of ours. */
export function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "[]");
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Keep this under a name, where there is room for it. */
export function store(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch (error) {
    // There is no room in it: the page itself knows, the next one does not.
    if (!(error instanceof DOMException)) throw error;
  }
}
