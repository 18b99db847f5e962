/** The menu of what can be done with graphs as a whole. */

import { useRef } from "react";

import { COMMANDS, shortcut } from "../keys";
import { perform } from "../state/commands";
import { newTab } from "../state/documents";
import { showDialog, showPanel } from "../state/panels";
import { exportDocument, openFile, save, saveAs } from "../state/saving";
import { set, useSettings, type Theme } from "../state/settings";
import { IconButton, Menu, type MenuEntry } from "../ui";

const THEMES: readonly (readonly [Theme, string])[] = [
  ["system", "As the system has it"],
  ["light", "Light"],
  ["dark", "Dark"],
];

export function FileMenu() {
  const file = useRef<HTMLInputElement>(null);
  const theme = useSettings((state) => state.theme);
  const items = (): readonly MenuEntry[] => [
    { label: COMMANDS.new.label, icon: "plus", shortcut: shortcut("new"), onSelect: newTab },
    { label: "Templates…", icon: "star", onSelect: () => showDialog({ what: "templates" }) },
    { label: "Open…", icon: "folder", shortcut: shortcut("open"), onSelect: () => showDialog({ what: "open" }) },
    "separator",
    { label: COMMANDS.save.label, icon: "save", shortcut: shortcut("save"), onSelect: () => void save() },
    { label: "Save as…", shortcut: shortcut("saveAs"), onSelect: saveAs },
    "separator",
    { label: "Import a file…", icon: "upload", hint: "JSON, or a PNG that was made here", onSelect: () => file.current?.click() },
    { label: "Export as JSON", icon: "download", onSelect: exportDocument },
    "separator",
    {
      label: "Theme",
      icon: theme === "dark" ? "moon" : "sun",
      items: THEMES.map(([name, label]) => ({ label, checked: name === theme, onSelect: () => set({ theme: name }) })),
    },
    { label: COMMANDS.plugins.label, icon: "plugin", shortcut: shortcut("plugins"), onSelect: () => showPanel("plugins") },
    { label: "Keys and gestures", icon: "keyboard", shortcut: shortcut("help"), onSelect: () => perform("help") },
  ];
  return (
    <>
      <Menu label="Graph" items={items} renderButton={(trigger) => <IconButton label="Menu" icon="menu" {...trigger} />} />
      <input
        ref={file}
        type="file"
        accept=".json,.png,application/json,image/png"
        hidden
        aria-label="Import a file"
        onChange={({ currentTarget }) => {
          const [chosen] = currentTarget.files ?? [];
          if (chosen !== undefined) void openFile(chosen);
          currentTarget.value = "";
        }}
      />
    </>
  );
}
