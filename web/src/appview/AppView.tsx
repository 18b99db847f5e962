/** The graph as an app: its named inputs as a form, Run, and the results. */

import { useCatalogue } from "../state/catalogue";
import { redo, undo } from "../state/documents";
import { useCommands } from "../state/commands";
import { AppForm } from "./AppForm";
import { AppResults } from "./AppResults";

const COMMANDS = { undo: () => void undo(), redo: () => void redo() };

export function AppView() {
  useCommands(COMMANDS);
  // What the inputs are called and take is not known before: nothing is said of them, and nothing moves when they come.
  const loading = useCatalogue(({ state }) => state === "loading");
  if (loading) return <div className="app-view" />;
  return (
    <div className="app-view">
      <AppForm />
      <AppResults />
    </div>
  );
}
