/** The widgets of inputs. */

export type { SeedMode, Widget, WidgetContext, WidgetProps } from "./contract";
export { SERVED } from "./serverContext";
export { initial } from "./schema";
export { kindOf, widgetFor } from "./widgetFor";
