/** What is dropped anywhere on the page is opened, or added as a picture, unless a widget takes it. */

import { useEffect, useState } from "react";

import { openFile } from "../state/saving";
import { Icon } from "../ui";

export function DropTarget() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onOver = (event: DragEvent): void => {
      if (event.defaultPrevented || !carriesFiles(event)) return void setOver(false);
      event.preventDefault();
      setOver(true);
      // Nobody says when a drag has left the window for good; it tells several times a second while it is here.
      clearTimeout(timer);
      timer = setTimeout(() => setOver(false), 400);
    };
    const onDrop = (event: DragEvent): void => {
      setOver(false);
      if (event.defaultPrevented || !carriesFiles(event)) return;
      event.preventDefault();
      for (const file of event.dataTransfer?.files ?? []) void openFile(file);
    };
    window.addEventListener("dragover", onOver);
    window.addEventListener("drop", onDrop);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("drop", onDrop);
    };
  }, []);
  if (!over) return null;
  return (
    <div className="drop" role="status">
      <p>
        <Icon name="upload" size={24} />
        Drop a graph to open it, or a picture to add it
      </p>
    </div>
  );
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") === true;
}
