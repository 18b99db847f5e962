/** How the editor begins: what was open is found again, the server is listened to, what is asked for is opened. */

import { useEffect, useState } from "react";

import { toast } from "../ui/messages";
import { autosave, restore } from "../state/autosave";
import { loadCatalogue } from "../state/catalogue";
import { followChecks } from "../state/checks";
import { connect, hear } from "../state/connection";
import { activate, useDocuments } from "../state/documents";
import { followGallery } from "../state/gallery";
import { restoreModes } from "../state/modes";
import { showDialog } from "../state/panels";
import { followPlugins } from "../state/plugins";
import { followQueue } from "../state/queue";
import { followRuns } from "../state/runs";
import { openSaved, openTemplate } from "../state/saving";
import { followSettings } from "../state/settings";
import { findTemplate } from "../state/templates";

/** Answers whether the documents are there. */
export function useBeginning(): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    const ends: (() => void)[] = [followSettings()];
    let left = false;
    const begin = async (): Promise<void> => {
      const found = await restore();
      if (left) return;
      restoreModes();
      open(found);
      ends.push(autosave(), followRuns(useDocuments.getState().tabs.map(({ id }) => id)));
      ends.push(followQueue(), followGallery(), followChecks(), followCatalogue(), followPlugins(), connect());
      setReady(true);
    };
    void begin();
    return () => {
      left = true;
      for (const end of ends) end();
    };
  }, []);
  return ready;
}

/** Open what the address asks for, once; somebody new is shown what there is to begin with. */
function open(found: boolean): void {
  const address = new URL(location.href);
  const template = address.searchParams.get("template");
  const saved = address.searchParams.get("graph");
  if (template !== null) openTemplateOnce(template);
  if (saved !== null) void openSaved(saved);
  if (template === null && saved === null && !found) showDialog({ what: "templates" });
  address.search = "";
  history.replaceState(null, "", address);
}

/** Whoever comes back by the same address finds the tab that is there. */
function openTemplateOnce(name: string): void {
  const title = findTemplate(name)?.title;
  const there = useDocuments.getState().tabs.find((tab) => tab.title === title);
  if (there === undefined) openTemplate(name);
  else activate(there.id);
}

/** The node types are read anew when the line is there again, and when plugins were. */
function followCatalogue(): () => void {
  return hear({
    opened: () => void refresh(),
    event: ({ kind }) => {
      if (kind === "plugins") void refresh();
    },
  });
}

async function refresh(): Promise<void> {
  if (await loadCatalogue()) toast("info", "The node types have changed");
}
