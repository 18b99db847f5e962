/** Making and ending links without a pointer: a list of everything that the selected node can be connected to. */

import { type Connectable, connectable } from "../model/connecting";
import { type Document, joinPort, type Link, links } from "../model/document";
import { disconnect } from "../model/edit";
import { shown } from "../model/typing";
import { activeDocument, edit } from "../state/documents";
import { useCatalogue } from "../state/catalogue";
import { colorOf, useCatalog } from "./active";
import { Finder, type Option } from "./Finder";
import { makeLink } from "./linking";
import { show, useView, type View } from "./view";

const close = () => show({ connecting: null });

export function ConnectTo() {
  const asked = useView((view) => view.connecting);
  useCatalog();
  if (asked === null) return null;
  const box = document.querySelector(`.react-flow__node[data-id="${CSS.escape(asked.id)}"]`)?.getBoundingClientRect();
  const entries = entriesOf(activeDocument(), asked);
  return (
    <Finder
      label="Connect to"
      placeholder="A socket here, or a node to connect it to"
      at={{ x: (box?.right ?? 200) + 40, y: (box?.top ?? 200) + 24 }}
      options={(query) => {
        const words = query.toLowerCase().split(/\s+/).filter(Boolean);
        return entries.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word))).map(({ option }) => option);
      }}
      empty="Nothing that fits is on the canvas. Add a node first."
      onChoose={(key) => {
        close();
        entries.find(({ option }) => option.key === key)?.run();
      }}
      onClose={close}
    />
  );
}

interface Entry {
  readonly option: Option;
  /** What a search looks in. */
  readonly text: string;
  readonly run: () => void;
}

/** The links that can be made, and after them those that can be ended. */
function entriesOf(document: Document, asked: NonNullable<View["connecting"]>): Entry[] {
  const { catalogue } = useCatalogue.getState();
  const { id, port, side } = asked;
  const makes = connectable(document, catalogue, id).filter(
    ({ own, side: at }) => (port === undefined || own.port === port) && (side === undefined || at === side),
  );
  const ends = links(document).filter(({ from, to }) => [from, to].some((end) => end.node === id && (port === undefined || end.port === port)));
  return [...makes.map(made), ...ends.map((link) => ended(document, link))];
}

function made(found: Connectable): Entry {
  const { from, to, side, ownTitle, otherTitle, otherNode, type, linked, text } = found;
  const option = {
    key: `${joinPort(from)} ${joinPort(to)}`,
    label: side === "input" ? `${ownTitle} ← ${otherNode}` : `${ownTitle} → ${otherNode}`,
    detail: linked ? `${otherTitle} · replaces a link` : otherTitle,
    color: colorOf(useCatalogue.getState().catalogue, type),
  };
  return { option, text, run: () => makeLink({ from, to }) };
}

function ended(document: Document, { from, to }: Link): Entry {
  const { catalogue } = useCatalogue.getState();
  const [giver, taker] = [from, to].map(({ node }) => shown(document, catalogue, node));
  const option = { key: `end ${joinPort(to)}`, label: `Disconnect ${to.port} of ${taker}`, detail: `from ${giver}` };
  return { option, text: `disconnect ${to.port} ${taker} ${giver}`, run: () => edit("Disconnect", (each) => disconnect(each, to)) };
}
