/** Records by name. They have no prototype: a node may be called `constructor`, and an input `__proto__`. */

export type Names<T> = Readonly<Record<string, T>>;

/** A record of these entries. */
export function record<T>(entries: Iterable<readonly [string, T]> = []): Names<T> {
  const made = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) made[name] = value;
  return made;
}

/** The record with that entry set; its place stays when it was there. */
export function put<T>(from: Names<T>, name: string, value: T): Names<T> {
  if (name in from && from[name] === value) return from;
  const made = record(Object.entries(from)) as Record<string, T>;
  made[name] = value;
  return made;
}

/** The record without those entries; itself when it has none of them. */
export function omit<T>(from: Names<T>, ...names: readonly string[]): Names<T> {
  const gone = new Set(names.filter((name) => name in from));
  return gone.size === 0 ? from : record(Object.entries(from).filter(([name]) => !gone.has(name)));
}

/** The record with the entries that pass; itself when all do. */
export function filter<T>(from: Names<T>, keep: (value: T, name: string) => boolean): Names<T> {
  const entries = Object.entries(from);
  const kept = entries.filter(([name, value]) => keep(value, name));
  return kept.length === entries.length ? from : record(kept);
}

/** The record with each value changed; itself when no value did. */
export function map<T>(from: Names<T>, change: (value: T, name: string) => T): Names<T> {
  let changed = false;
  const entries = Object.entries(from).map(([name, value]) => {
    const next = change(value, name);
    changed ||= next !== value;
    return [name, next] as const;
  });
  return changed ? record(entries) : from;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
