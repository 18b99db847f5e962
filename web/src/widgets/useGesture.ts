/** Names the changes of one gesture, so that they are one step of undo. */

import { useRef } from "react";

let counter = 0;

/** `merge` names the changes of the gesture under way; `begin` begins another one. */
export function useGesture(id: string) {
  const number = useRef(0);
  return {
    begin: () => {
      number.current = ++counter;
    },
    merge: () => `${id}:${number.current}`,
  };
}
