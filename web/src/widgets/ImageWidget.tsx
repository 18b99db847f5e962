/** A picture: chosen by name, or brought by click, drop or paste. */

import { useMissing } from "../ui/useMissing";
import type { WidgetProps } from "./contract";
import { PictureField } from "./PictureField";

export function ImageWidget(props: WidgetProps) {
  const { port, value, context } = props;
  const url = typeof value === "string" ? context.imageUrl(value, port.widget?.files ?? "images", "small") : undefined;
  const [missing, say] = useMissing(url);
  const preview = url === undefined || missing ? undefined : <img src={url} alt="" draggable={false} onError={say} />;
  return <PictureField {...props} preview={preview} />;
}
