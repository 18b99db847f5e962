/** Which widget a port has, by what its schema and its hints say, and by nothing else. */

import { takesValue, type Port } from "../model/catalogue";
import { ChoiceWidget } from "./ChoiceWidget";
import { ColorWidget } from "./ColorWidget";
import type { Widget } from "./contract";
import { EnumWidget } from "./EnumWidget";
import { ImageWidget } from "./ImageWidget";
import { JsonWidget } from "./JsonWidget";
import { listOf } from "./ListWidget";
import { LongTextWidget } from "./LongTextWidget";
import { MaskWidget } from "./MaskWidget";
import { nullable } from "./NullableWidget";
import { NumberWidget } from "./NumberWidget";
import { inner, isColor, itemOf } from "./schema";
import { SeedWidget } from "./SeedWidget";
import { SliderWidget } from "./SliderWidget";
import { TextWidget } from "./TextWidget";
import { ToggleWidget } from "./ToggleWidget";

const PLAIN = {
  choice: ChoiceWidget,
  color: ColorWidget,
  enum: EnumWidget,
  image: ImageWidget,
  json: JsonWidget,
  longText: LongTextWidget,
  mask: MaskWidget,
  number: NumberWidget,
  seed: SeedWidget,
  slider: SliderWidget,
  text: TextWidget,
  toggle: ToggleWidget,
} satisfies Record<string, Widget>;

export type WidgetKind = keyof typeof PLAIN;

// Each made once: a component made anew would lose what is being typed.
const NULLABLE = made(nullable);
const LISTS = made(listOf);
const NULLABLE_LISTS = made((widget) => nullable(listOf(widget)));

/** The widget of a port; undefined for one that takes links only. */
export function widgetFor(port: Port): Widget | undefined {
  if (!takesValue(port)) return undefined;
  if (!port.type.startsWith("list[")) return (port.nullable === true ? NULLABLE : PLAIN)[kindOf(port)];
  const items = itemOf({ ...port, schema: inner(port.schema ?? {}) });
  return (port.nullable === true ? NULLABLE_LISTS : LISTS)[kindOf(items)];
}

/** What a value that is neither null nor a list is drawn as. */
export function kindOf(port: Port): WidgetKind {
  const schema = inner(port.schema ?? {});
  const hints = port.widget ?? {};
  if (hints.files !== undefined) return hints.files !== "images" ? "choice" : hints.painted === true ? "mask" : "image";
  if (hints.choices !== undefined) return "choice";
  if (schema.enum !== undefined || schema.const !== undefined) return "enum";
  if (port.type === "bool") return "toggle";
  if (port.type === "int" || port.type === "float") return numeric(port);
  if (port.type !== "str") return "json";
  if (hints.multiline === true) return "longText";
  return isColor(schema) ? "color" : "text";
}

function numeric(port: Port): WidgetKind {
  const { minimum, maximum } = inner(port.schema ?? {});
  if (port.widget?.seed === true) return "seed";
  if (minimum === undefined || maximum === undefined) return "number";
  const isShare = port.type === "float" && Number(minimum) === 0 && Number(maximum) === 1;
  return port.widget?.slider === true || isShare ? "slider" : "number";
}

function made(change: (widget: Widget) => Widget): Record<WidgetKind, Widget> {
  const entries = Object.entries(PLAIN).map(([kind, widget]) => [kind, change(widget)]);
  return Object.fromEntries(entries) as Record<WidgetKind, Widget>;
}
