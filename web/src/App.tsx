/** The whole editor: its bar, the canvas or the app view, and what lies beside and on top of it. */

import { AppView } from "./appview/AppView";
import { Canvas } from "./canvas/Canvas";
import { show, useView } from "./canvas/view";
import { ConnectionBanner } from "./panels/ConnectionBanner";
import { Dialogs } from "./panels/Dialogs";
import { DropTarget } from "./panels/DropTarget";
import { HelpSheet } from "./panels/HelpSheet";
import { SidePanel } from "./panels/SidePanel";
import { Toolbar } from "./panels/Toolbar";
import { useBeginning } from "./panels/useBeginning";
import { usePanelCommands } from "./panels/usePanelCommands";
import { loadCatalogue } from "./state/catalogue";
import { useCommands } from "./state/commands";
import { toggleApp, useIsApp } from "./state/modes";
import { Toasts } from "./ui";
import { useShortcuts } from "./useShortcuts";

const COMMANDS = { help: () => show({ help: true }), refresh: () => void loadCatalogue(), app: toggleApp };

export function App() {
  const ready = useBeginning();
  const app = useIsApp();
  const help = useView((view) => view.help);
  useShortcuts();
  useCommands(COMMANDS);
  usePanelCommands();
  return (
    <div className="app">
      <Toolbar />
      <ConnectionBanner />
      <div className="app__room">
        <main className="app__main">{ready && (app ? <AppView /> : <Canvas />)}</main>
        <SidePanel />
      </div>
      <Dialogs />
      {help && <HelpSheet onClose={() => show({ help: false })} />}
      <DropTarget />
      <Toasts />
    </div>
  );
}
