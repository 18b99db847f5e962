/** The pages of this browser that have the editor open: each has a session of its own. */

const CHANNEL = "nodeflow.pages";
/** Milliseconds that the other pages have to say that they are there. */
const PATIENCE = 120;

/** The sessions that other pages have open. */
export function openElsewhere(): Promise<ReadonlySet<string>> {
  const channel = new BroadcastChannel(CHANNEL);
  const found = new Set<string>();
  channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (typeof data === "string") found.add(data);
  });
  channel.postMessage(null);
  return new Promise((resolve) => {
    setTimeout(() => {
      channel.close();
      resolve(found);
    }, PATIENCE);
  });
}

/** Answer the pages that ask who is there; the answer to this ends it. */
export function announce(session: string): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (data === null) channel.postMessage(session);
  });
  return () => channel.close();
}
