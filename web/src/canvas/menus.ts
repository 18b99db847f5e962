/** What the menus of the canvas offer. */

import { COMMANDS, type CommandId, shortcut } from "../keys";
import type { Alignment } from "../model/align";
import type { Point } from "../model/arrangement";
import { inputOf, takesValue } from "../model/catalogue";
import { type End, joinPort } from "../model/document";
import { disconnect, setValue } from "../model/edit";
import { COLORS, isGroup, isNote, setFrame } from "../model/frames";
import { expose, hide, nameOf } from "../model/inputs";
import { removeLinksFrom } from "../model/removal";
import { typeOf } from "../model/typing";
import { holder, toLink, toValue } from "../model/values";
import { useCatalogue } from "../state/catalogue";
import { perform } from "../state/commands";
import { activeDocument, edit } from "../state/documents";
import type { IconName, MenuEntry } from "../ui";
import { align, group, note, selectedNodes } from "./actions";
import { boxes } from "./flow";
import { canPaste, pasteHeld } from "./transfer";
import { type MenuRequest, show } from "./view";

export function menuItems({ of, x, y }: MenuRequest, at: Point): readonly MenuEntry[] {
  if (of === null) return paneItems(at, { x, y });
  if ("link" in of) return linkItems(of.link);
  if (isGroup(of.id) || isNote(of.id)) return frameItems(of.id);
  const port = of.port === undefined ? [] : portItems({ node: of.id, port: of.port });
  return [...port, ...(port.length > 0 ? (["separator"] as const) : []), ...nodeItems(of.id)];
}

function paneItems(at: Point, screen: { x: number; y: number }): readonly MenuEntry[] {
  return [
    { label: "Add a node…", icon: "plus", shortcut: shortcut("palette"), onSelect: () => show({ palette: { at, screen } }) },
    { ...command("note", "note"), onSelect: () => note(at) },
    { ...command("group", "group"), onSelect: () => group(at) },
    "separator",
    { label: "Paste", icon: "paste", shortcut: shortcut("paste"), disabled: !canPaste(), onSelect: () => pasteHeld(false, at) },
    command("selectAll"),
    "separator",
    command("undo", "undo"),
    command("redo", "redo"),
    "separator",
    command("arrange", "layout"),
    command("fit", "fit"),
  ];
}

function nodeItems(id: string): readonly MenuEntry[] {
  const several = selectedNodes().length > 1;
  const mode = activeDocument().layout.places[id]?.mode;
  return [
    command("runSelected", "play"),
    command("connect", "link"),
    command("rename", "edit"),
    "separator",
    { ...command("mute", "mute"), checked: mode === "muted" },
    { ...command("bypass", "bypass"), checked: mode === "bypassed" },
    command("collapse", "collapse"),
    command("group", "group"),
    ...(several ? [alignItems()] : []),
    "separator",
    command("cut"),
    command("copy", "copy"),
    command("duplicate"),
    "separator",
    command("deleteJoining"),
    { ...command("delete", "trash"), danger: true },
  ];
}

function portItems(end: End): readonly MenuEntry[] {
  const document = activeDocument();
  const { catalogue } = useCatalogue.getState();
  const port = inputOf(typeOf(document, catalogue, end.node), end.port);
  const linked = end.port in (document.nodes[end.node]?.links ?? {});
  if (port === undefined) return outputItems(end);
  const items: MenuEntry[] = [
    { label: `Connect ${port.title} to…`, icon: "link", onSelect: () => show({ connecting: { id: end.node, port: end.port, side: "input" } }) },
  ];
  if (linked && takesValue(port)) items.push({ label: `Turn ${port.title} into a value`, icon: "unlink", onSelect: () => edit("Turn into a value", (each) => toValue(each, catalogue, end)) });
  else if (linked) items.push({ label: `Disconnect ${port.title}`, icon: "unlink", onSelect: () => edit("Disconnect", (each) => disconnect(each, end)) });
  else if (takesValue(port)) items.push(...valueItems(end, port.title, holder(catalogue, port)?.title));
  return items;
}

function valueItems(end: End, title: string, held: string | undefined): MenuEntry[] {
  const document = activeDocument();
  const name = nameOf(document, end);
  const { node, port } = end;
  return [
    { label: `Turn ${title} into a link`, icon: "link", hint: held === undefined ? undefined : `from a node “${held}”`, disabled: held === undefined, onSelect: () => linkFromHolder(end) },
    {
      label: name === undefined ? `Offer ${title} in the app view` : `Take ${name} out of the app view`,
      icon: "app",
      onSelect: () => edit(name === undefined ? "Offer an input" : "Take back an input", (each) => (name === undefined ? expose(each, end) : hide(each, name))),
    },
    { label: `Reset ${title}`, icon: "reset", disabled: !(port in (document.nodes[node]?.values ?? {})), onSelect: () => edit("Reset", (each) => setValue(each, end, undefined)) },
  ];
}

/** Have a new node to the left hold the value. */
function linkFromHolder(end: End): void {
  const { catalogue } = useCatalogue.getState();
  const at = boxes()[end.node]?.at ?? [0, 0];
  edit("Turn into a link", (document) => toLink(document, catalogue, end, [at[0] - 320, at[1]])?.document ?? document);
}

function outputItems(end: End): readonly MenuEntry[] {
  const text = joinPort(end);
  const used = Object.values(activeDocument().nodes).some(({ links }) => Object.values(links).includes(text));
  return [
    { label: `Connect ${end.port} to…`, icon: "link", onSelect: () => show({ connecting: { id: end.node, port: end.port, side: "output" } }) },
    { label: `Disconnect ${end.port}`, icon: "unlink", disabled: !used, onSelect: () => edit("Disconnect", (document) => removeLinksFrom(document, end)) },
  ];
}

function linkItems(end: End): readonly MenuEntry[] {
  return [{ label: "Disconnect", icon: "unlink", danger: true, onSelect: () => edit("Disconnect", (document) => disconnect(document, end)) }];
}

function frameItems(id: string): readonly MenuEntry[] {
  const { groups, notes } = activeDocument().layout;
  const color = (groups[id] ?? notes[id])?.color;
  return [
    { ...command("rename", "edit"), label: isGroup(id) ? "Rename" : "Write" },
    {
      label: "Colour",
      items: COLORS.map((each) => ({ label: each, checked: each === color, onSelect: () => edit("Colour", (document) => setFrame(document, id, { color: each })) })),
    },
    command("duplicate", "copy"),
    "separator",
    { ...command("delete", "trash"), danger: true },
  ];
}

const ALIGNMENTS: readonly (readonly [Alignment, string, CommandId?])[] = [
  ["left", "Left edges", "alignLeft"],
  ["center", "Centres"],
  ["right", "Right edges", "alignRight"],
  ["top", "Top edges", "alignTop"],
  ["middle", "Middles"],
  ["bottom", "Bottom edges", "alignBottom"],
  ["columns", "Even gaps across"],
  ["rows", "Even gaps down"],
];

function alignItems(): MenuEntry {
  return {
    label: "Align",
    icon: "align-left",
    items: ALIGNMENTS.map(([how, label, id]) => ({ label, onSelect: () => align(how), shortcut: id === undefined ? undefined : shortcut(id) })),
  };
}

function command(id: CommandId, icon?: IconName): Exclude<MenuEntry, "separator"> {
  return { label: COMMANDS[id].label, icon, shortcut: shortcut(id), onSelect: () => perform(id) };
}
