/** The menus of the canvas: of a node, of one of its ports, of a link, of a group or note, and of empty space. */

import type { Point } from "../model/arrangement";
import { MenuAt } from "../ui";
import { menuItems } from "./menus";
import { show, useView } from "./view";

export function CanvasMenu({ toCanvas }: { toCanvas: (x: number, y: number) => Point }) {
  const asked = useView((view) => view.menu);
  if (asked === null) return null;
  const { x, y } = asked;
  return <MenuAt label="Menu" anchor={{ x, y }} items={menuItems(asked, toCanvas(x, y))} onClose={() => show({ menu: null })} />;
}
