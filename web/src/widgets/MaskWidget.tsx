/** A mask: a picture file that can also be painted, over the picture that it belongs to. */

import { useState } from "react";
import { IconButton } from "../ui/IconButton";
import type { WidgetProps } from "./contract";
import { MaskEditor } from "./MaskEditor";
import { PictureField } from "./PictureField";

export function MaskWidget(props: WidgetProps) {
  const { port, value, onChange, disabled, context } = props;
  const [painting, setPainting] = useState(false);
  const kind = port.widget?.files ?? "images";
  const text = typeof value === "string" && value !== "" ? value : undefined;
  const url = text === undefined ? undefined : context.imageUrl(text, kind, "small");
  const below = context.upstreamImage();
  const preview =
    url === undefined ? undefined : (
      <span className="picture__layers">
        {below !== undefined && <img src={below} alt="" draggable={false} />}
        {below === undefined ? (
          <img src={url} alt="" draggable={false} />
        ) : (
          <span className="picture__mask" style={{ maskImage: `url(${JSON.stringify(url)})` }} />
        )}
      </span>
    );
  return (
    <>
      <PictureField
        {...props}
        preview={preview}
        tools={<IconButton label="Paint the mask" icon="brush" disabled={disabled} onClick={() => setPainting(true)} />}
      />
      {painting && (
        <MaskEditor
          below={below}
          from={text === undefined ? undefined : context.imageUrl(text, kind, "whole")}
          save={async (file) => {
            onChange(await context.upload(file, "mask.png"));
            setPainting(false);
          }}
          onClose={() => setPainting(false)}
        />
      )}
    </>
  );
}
