/** Short messages that come and go: what there is to tell, kept apart from how it is drawn. */

export type ToastKind = "info" | "good" | "warning" | "error";

export interface Toast {
  id: number;
  kind: ToastKind;
  text: string;
  detail?: string | undefined;
  action?: { label: string; run: () => void } | undefined;
}

export interface ToastOptions {
  detail?: string | undefined;
  action?: { label: string; run: () => void } | undefined;
  /** Milliseconds; errors and what can be acted on stay longer. */
  stay?: number | undefined;
}

const KEPT = 4;

let counter = 0;
let shown: readonly Toast[] = [];
const watchers = new Set<() => void>();

function show(toasts: readonly Toast[]) {
  shown = toasts;
  for (const watcher of watchers) watcher();
}

/** Tells something. What is told twice is shown once, anew. Answers the number to take it back by. */
export function toast(kind: ToastKind, text: string, { detail, action, stay }: ToastOptions = {}): number {
  const id = ++counter;
  const others = shown.filter((other) => other.text !== text || other.kind !== kind);
  show([...others, { id, kind, text, detail, action }].slice(-KEPT));
  const milliseconds = stay ?? (kind === "error" || action !== undefined ? 12_000 : 5000);
  if (Number.isFinite(milliseconds)) setTimeout(() => dismiss(id), milliseconds);
  return id;
}

export function dismiss(id: number) {
  if (shown.some((toast) => toast.id === id)) show(shown.filter((toast) => toast.id !== id));
}

export function toasts(): readonly Toast[] {
  return shown;
}

export function watchToasts(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
