/** The shortcuts: one table, which the keyboard, the menus and the help sheet read. */

export interface Command {
  readonly label: string;
  readonly section: "Run" | "Document" | "Edit" | "Nodes" | "View";
  /** Such as `Ctrl+Shift+V`; Ctrl also stands for Cmd. The first one is shown in menus. */
  readonly keys: readonly string[];
  /** Whether it also works while something is typed into a field. */
  readonly everywhere?: boolean;
}

const TABLE = {
  run: { label: "Run", section: "Run", keys: ["Ctrl+Enter"], everywhere: true },
  runFirst: { label: "Run before all that wait", section: "Run", keys: ["Ctrl+Shift+Enter"], everywhere: true },
  runSelected: { label: "Run up to the selected nodes", section: "Run", keys: ["Alt+Enter"], everywhere: true },
  cancel: { label: "Cancel the run", section: "Run", keys: ["Ctrl+Alt+Enter"], everywhere: true },
  queue: { label: "Queue", section: "Run", keys: ["Q"] },
  gallery: { label: "Gallery", section: "Run", keys: ["W"] },

  new: { label: "New graph", section: "Document", keys: ["Alt+N"] },
  open: { label: "Open", section: "Document", keys: ["Ctrl+O"], everywhere: true },
  save: { label: "Save", section: "Document", keys: ["Ctrl+S"], everywhere: true },
  saveAs: { label: "Save as", section: "Document", keys: ["Ctrl+Shift+S"], everywhere: true },
  app: { label: "App view", section: "Document", keys: ["Alt+M"] },

  undo: { label: "Undo", section: "Edit", keys: ["Ctrl+Z"] },
  redo: { label: "Redo", section: "Edit", keys: ["Ctrl+Y", "Ctrl+Shift+Z"] },
  cut: { label: "Cut", section: "Edit", keys: ["Ctrl+X"] },
  copy: { label: "Copy", section: "Edit", keys: ["Ctrl+C"] },
  paste: { label: "Paste", section: "Edit", keys: ["Ctrl+V"] },
  pasteLinked: { label: "Paste with incoming links", section: "Edit", keys: ["Ctrl+Shift+V"] },
  duplicate: { label: "Duplicate", section: "Edit", keys: ["Ctrl+D"] },
  delete: { label: "Delete", section: "Edit", keys: ["Delete", "Backspace"] },
  deleteJoining: { label: "Delete, and join the ends", section: "Edit", keys: ["Shift+Delete", "Shift+Backspace"] },
  selectAll: { label: "Select all", section: "Edit", keys: ["Ctrl+A"] },
  deselect: { label: "Select nothing", section: "Edit", keys: ["Escape"] },

  palette: { label: "Add a node", section: "Nodes", keys: ["/"] },
  connect: { label: "Connect to…", section: "Nodes", keys: ["L"] },
  rename: { label: "Rename", section: "Nodes", keys: ["F2"] },
  mute: { label: "Mute", section: "Nodes", keys: ["Ctrl+M"] },
  bypass: { label: "Bypass", section: "Nodes", keys: ["Ctrl+B"] },
  collapse: { label: "Collapse", section: "Nodes", keys: ["Alt+C"] },
  group: { label: "Group", section: "Nodes", keys: ["Ctrl+G"] },
  note: { label: "Add a note", section: "Nodes", keys: ["Shift+N"] },
  arrange: { label: "Lay out", section: "Nodes", keys: ["Shift+A"] },
  alignLeft: { label: "Align left edges", section: "Nodes", keys: ["Alt+Shift+ArrowLeft"] },
  alignRight: { label: "Align right edges", section: "Nodes", keys: ["Alt+Shift+ArrowRight"] },
  alignTop: { label: "Align top edges", section: "Nodes", keys: ["Alt+Shift+ArrowUp"] },
  alignBottom: { label: "Align bottom edges", section: "Nodes", keys: ["Alt+Shift+ArrowDown"] },
  menu: { label: "Menu of what is selected, or of the value", section: "Nodes", keys: ["Shift+F10", "ContextMenu"], everywhere: true },

  fit: { label: "Show all, or what is selected", section: "View", keys: ["."] },
  zoomIn: { label: "Zoom in", section: "View", keys: ["+", "="] },
  zoomOut: { label: "Zoom out", section: "View", keys: ["-"] },
  minimap: { label: "Map", section: "View", keys: ["M"] },
  legend: { label: "Legend of types", section: "View", keys: ["K"] },
  plugins: { label: "Plugins", section: "View", keys: ["P"] },
  refresh: { label: "Ask the server for new nodes and models", section: "View", keys: ["R"] },
  help: { label: "Help", section: "View", keys: ["?"] },
} as const satisfies Record<string, Command>;

export type CommandId = keyof typeof TABLE;

export const COMMANDS: Readonly<Record<CommandId, Command>> = TABLE;

/** What is done with the mouse and keys held, for the help sheet. */
export const GESTURES: readonly (readonly [keys: string, what: string])[] = [
  ["Double-click", "Add a node there"],
  ["Drag a socket", "Make a link; drop it in empty space to add a node that fits"],
  ["Drag a linked input", "Take its link up, to put it elsewhere or let it go"],
  ["Right-click", "What can be done with a node, a value, a link"],
  ["Ctrl+drag", "Select what is in a box"],
  ["Ctrl+click", "Select one more, or one less"],
  ["Space+drag", "Move the view, wherever the pointer is"],
  ["Wheel", "Zoom"],
  ["Tab", "Go to the next node or value"],
  ["Arrow keys", "Move what is selected; with Shift in large steps"],
];

/** The shortcut of a command as a menu shows it. */
export function shortcut(id: CommandId): string | undefined {
  return COMMANDS[id].keys[0];
}

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** The command that those keys are for; undefined when they are for none. `typing` is while a field has the focus. */
export function commandOf(pressed: Pressed, typing: boolean): CommandId | undefined {
  const ids = Object.keys(COMMANDS) as CommandId[];
  return ids.find((id) => {
    const { keys, everywhere } = COMMANDS[id];
    return (!typing || everywhere === true) && keys.some((each) => matches(each, pressed));
  });
}

function matches(keys: string, pressed: Pressed): boolean {
  const parts = keys.length === 1 ? [keys] : keys.split("+");
  const key = parts.at(-1) ?? "";
  const held = new Set(parts.slice(0, -1));
  const sign = key.length === 1 && !/[A-Z]/.test(key);
  const same = key.length === 1 ? pressed.key.toLowerCase() === key.toLowerCase() : pressed.key === key;
  // A sign may need Shift on one keyboard and not on another.
  const shift = sign && held.size === 0 ? true : pressed.shiftKey === held.has("Shift");
  return same && shift && (pressed.ctrlKey || pressed.metaKey) === held.has("Ctrl") && pressed.altKey === held.has("Alt");
}
