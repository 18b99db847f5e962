/** The field of a picture file: a preview to press, drop on and paste to, and the names that there are. */

import { useRef, useState, type ClipboardEvent, type DragEvent, type ReactNode } from "react";
import { classes } from "../ui/classes";
import { IconButton } from "../ui/IconButton";
import { Icon } from "../ui/icons";
import { ChoiceField } from "./ChoiceField";
import type { WidgetProps } from "./contract";
import { bringsFiles, pictureIn, pictureName } from "./pictures";
import { useUpload } from "./useUpload";

export interface PictureFieldProps extends WidgetProps {
  preview: ReactNode;
  /** Buttons beside the name. */
  tools?: ReactNode;
}

const TAKEN = "image/png,image/jpeg,image/webp,image/bmp,image/gif,image/tiff";

export function PictureField({ preview, tools, ...props }: PictureFieldProps) {
  const { port, value, onChange, disabled, context } = props;
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const { busy, problem, upload } = useUpload(context, onChange);
  const text = typeof value === "string" && value !== "" ? value : undefined;

  const bring = (event: DragEvent | ClipboardEvent, data: DataTransfer) => {
    const file = pictureIn(data);
    if (file === undefined || disabled === true) return;
    event.preventDefault();
    event.stopPropagation();
    void upload(file, file.name);
  };

  return (
    // Dropping and pasting have a button and a list beside them that do the same.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={classes("picture nodrag", over && "picture--over")}
      onDragOver={(event) => {
        if (!bringsFiles(event.dataTransfer) || disabled === true) return;
        event.preventDefault();
        event.stopPropagation();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        bring(event, event.dataTransfer);
      }}
      onPaste={(event) => bring(event, event.clipboardData)}
    >
      <button
        type="button"
        className="picture__preview"
        aria-label={`${port.title}: upload a picture`}
        disabled={disabled === true || busy}
        onClick={() => picker.current?.click()}
      >
        {preview ?? (
          <span className="picture__hint">
            <Icon name="image" size={24} />
            Click, drop or paste a picture
          </span>
        )}
        {busy && <span className="picture__busy spinner" />}
      </button>
      <div className="picture__row">
        <ChoiceField
          {...props}
          label={port.title}
          table={port.widget?.files ?? "images"}
          value={text}
          shown={text === undefined ? undefined : pictureName(text)}
        />
        {tools}
        <IconButton label="Upload a picture" icon="upload" disabled={disabled === true || busy} onClick={() => picker.current?.click()} />
      </div>
      {problem !== undefined && (
        <p className="field__problem" role="alert">
          {problem}
        </p>
      )}
      <input
        ref={picker}
        type="file"
        accept={TAKEN}
        hidden
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file !== undefined) void upload(file, file.name);
        }}
      />
    </div>
  );
}
