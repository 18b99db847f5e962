/** The commands of running, of documents and of the panels. */

import { useCommands } from "../state/commands";
import { activeDocument, newTab } from "../state/documents";
import { showDialog, togglePanel } from "../state/panels";
import { cancelShown, run } from "../state/running";
import { save, saveAs } from "../state/saving";
import { selectedIds } from "../state/selection";
import { useSettings } from "../state/settings";
import { toast } from "../ui";

const COMMANDS = {
  run: () => void run({ count: useSettings.getState().count }),
  runFirst: () => void run({ count: useSettings.getState().count, first: true }),
  runSelected,
  cancel: () => void cancelShown(),
  queue: () => togglePanel("queue"),
  gallery: () => togglePanel("gallery"),
  plugins: () => togglePanel("plugins"),
  new: () => void newTab(),
  open: () => showDialog({ what: "open" }),
  save: () => void save(),
  saveAs,
};

export function usePanelCommands(): void {
  useCommands(COMMANDS);
}

function runSelected(): void {
  const { nodes } = activeDocument();
  const targets = selectedIds().filter((id) => id in nodes);
  if (targets.length === 0) toast("info", "Select the node to run up to first");
  else void run({ targets });
}
