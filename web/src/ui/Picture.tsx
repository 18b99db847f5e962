/** A picture that the server has; while it cannot be had, a sign of one in its place. */

import type { ComponentProps } from "react";

import { useMissing } from "./useMissing";

export interface PictureProps extends ComponentProps<"img"> {
  src: string;
  alt: string;
}

export function Picture({ src, alt, onLoad, ...props }: PictureProps) {
  const [missing, say] = useMissing(src);
  if (missing) return <img {...props} src={SIGN} alt={alt} />;
  return <img {...props} src={src} alt={alt} onLoad={onLoad} onError={say} />;
}

/** It has no size of its own: it is as large as what it stands for, and in its middle is what an icon shows. */
const SIGN = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg"><svg x="50%" y="50%" overflow="visible">' +
    '<path transform="translate(-12 -12)" fill="none" stroke="#878f9e" stroke-width="1.5" stroke-linejoin="round" d="M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01"/>' +
    "</svg></svg>",
)}`;
