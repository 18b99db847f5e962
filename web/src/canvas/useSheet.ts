/** Rules for the page that hold while a component is there. The server lets no page carry style elements. */

import { useEffect } from "react";

export function useSheet(text: string): void {
  useEffect(() => {
    if (text === "") return undefined;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    };
  }, [text]);
}
