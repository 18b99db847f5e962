/** The dialog that is open, if one is. */

import { closeDialog, usePanels } from "../state/panels";
import { Dialog } from "../ui";
import { OpenDialog } from "./OpenDialog";
import { ResultView } from "./ResultView";
import { CloseDialog, ConflictDialog, SaveDialog } from "./SaveDialogs";
import { SweepDialog } from "./SweepDialog";
import { TemplatesDialog } from "./TemplatesDialog";

export function Dialogs() {
  const dialog = usePanels((state) => state.dialog);
  switch (dialog?.what) {
    case undefined:
      return null;
    case "open":
      return <OpenDialog />;
    case "templates":
      return <TemplatesDialog />;
    case "sweep":
      return <SweepDialog />;
    case "save":
      return <SaveDialog key={dialog.tab} tab={dialog.tab} />;
    case "conflict":
      return <ConflictDialog key={dialog.tab} tab={dialog.tab} name={dialog.name} />;
    case "close":
      return <CloseDialog key={dialog.tab} tab={dialog.tab} />;
    case "traceback":
      return (
        <Dialog title={dialog.title} size="large" onClose={closeDialog}>
          <pre className="trace">{dialog.text}</pre>
        </Dialog>
      );
    case "result":
      return <ResultView key={dialog.at} artifacts={dialog.artifacts} at={dialog.at} />;
  }
}
