/** What an empty canvas says: how to begin. */

import { shortcut } from "../keys";
import { perform } from "../state/commands";
import { Button, Kbd } from "../ui";

export function CanvasHint({ empty, ready }: { empty: boolean; ready: boolean }) {
  if (!empty) return null;
  return (
    <div className="hint">
      <p className="hint__title">An empty graph</p>
      <p className="hint__keys">
        Double-click anywhere or press <Kbd keys={shortcut("palette") ?? ""} /> to add a node.
      </p>
      <Button kind="primary" icon="plus" disabled={!ready} onClick={() => perform("palette")}>
        Add a node
      </Button>
    </div>
  );
}
