/** The icons, drawn here: lines on a grid of 24, in the colour of the text around them. */

import type { ReactNode } from "react";

const filled = { fill: "currentColor", stroke: "none" } as const;
const dot = (x: number, y: number, r = 1.5) => <circle cx={x} cy={y} r={r} {...filled} />;
const line = (d: string) => <path d={d} />;

const DRAWINGS = {
  "align-left": line("M4 3v18M8 7h12M8 12h7M8 17h10"),
  "align-top": line("M3 4h18M7 8v12M12 8v7M17 8v10"),
  app: line("M4 4h16v16H4zM8 9h8M8 13h8M8 17h4"),
  "arrow-down": line("M12 5v14M6 13l6 6 6-6"),
  "arrow-up": line("M12 19V5M6 11l6-6 6 6"),
  brush: line("M20 4c-4 1-9 6-11 9l3 3c3-2 7-7 8-12zM9 13c-3 0-3 4-6 5 3 3 9 2 9-2"),
  bypass: line("M3 12h4a5 5 0 0 1 10 0h4M9 15h6"),
  cached: line("M13 2 5 14h6l-1 8 8-12h-6z"),
  check: line("M5 12.5l4.5 4.5L19 7.5"),
  "chevron-down": line("M6 9l6 6 6-6"),
  "chevron-left": line("M15 6l-6 6 6 6"),
  "chevron-right": line("M9 6l6 6-6 6"),
  "chevron-up": line("M6 15l6-6 6 6"),
  clock: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 7v5l3.5 2" />
    </>
  ),
  close: line("M6 6l12 12M18 6L6 18"),
  code: line("M8 7l-5 5 5 5M16 7l5 5-5 5"),
  collapse: line("M4 10h6V4M20 14h-6v6M10 10L4 4M14 14l6 6"),
  compare: line("M12 3v18M4 6h5M4 18h5M4 6v12M15 6h5v12h-5"),
  copy: line("M9 9h11v11H9zM15 9V4H4v11h5"),
  dice: (
    <>
      <path d="M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z" />
      {dot(8.5, 8.5)}
      {dot(15.5, 8.5)}
      {dot(12, 12)}
      {dot(8.5, 15.5)}
      {dot(15.5, 15.5)}
    </>
  ),
  download: line("M12 4v11M7 11l5 5 5-5M4 20h16"),
  edit: line("M4 20l1-4L16 5l3 3L8 19zM14 7l3 3"),
  eraser: line("M8 19l-4-4a1.5 1.5 0 0 1 0-2l9-9a1.5 1.5 0 0 1 2 0l5 5a1.5 1.5 0 0 1 0 2l-8 8zM8 19h12M9 9l7 7"),
  error: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 7v6M12 16.2v.3" />
    </>
  ),
  expand: line("M14 4h6v6M10 20H4v-6M20 4l-6 6M4 20l6-6"),
  external: line("M13 4h7v7M20 4l-9 9M17 14v6H4V7h6"),
  eye: (
    <>
      <path d="M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12z" />
      <circle cx="12" cy="12" r="3" />
    </>
  ),
  file: line("M6 3h8l5 5v13H6zM14 3v5h5"),
  fit: line("M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"),
  folder: line("M3 6h6l2 3h10v10H3z"),
  gallery: line("M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z"),
  graph: line("M9 7h2.5c2 0 2 10 3.5 10M3 4h6v6H3zM15 14h6v6h-6z"),
  grip: (
    <>
      {dot(9, 6)}
      {dot(15, 6)}
      {dot(9, 12)}
      {dot(15, 12)}
      {dot(9, 18)}
      {dot(15, 18)}
    </>
  ),
  group: line("M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M8 8h8v8H8z"),
  help: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2 1-1.2 1.9M12 16.8v.2" />
    </>
  ),
  history: line("M4 12a8 8 0 1 0 2.5-5.8M4 4v4h4M12 8v4.5l3 1.5"),
  image: (
    <>
      <path d="M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4" />
      <circle cx="15.5" cy="9" r="1.5" />
    </>
  ),
  info: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 11v6M12 7.5v.3" />
    </>
  ),
  invert: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 3.5a8.5 8.5 0 0 1 0 17z" {...filled} />
    </>
  ),
  keyboard: line("M3 6h18v12H3zM7 10h.2M11 10h.2M15 10h.2M8 14h8"),
  layout: line("M3 5h6v5H3zM3 14h6v5H3zM15 9h6v6h-6zM9 7.5h3v9H9M12 12h3"),
  legend: (
    <>
      <circle cx="6" cy="6" r="2.5" />
      <circle cx="6" cy="12" r="2.5" />
      <circle cx="6" cy="18" r="2.5" />
      <path d="M12 6h8M12 12h8M12 18h8" />
    </>
  ),
  link: line("M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17"),
  map: line("M3 5h18v14H3zM13 12h5v4h-5z"),
  menu: line("M4 7h16M4 12h16M4 17h16"),
  minus: line("M5 12h14"),
  monitor: line("M3 5h18v11H3zM9 20h6M12 16v4"),
  moon: line("M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"),
  more: (
    <>
      {dot(5, 12)}
      {dot(12, 12)}
      {dot(19, 12)}
    </>
  ),
  mute: line("M5 5l14 14M12 3a9 9 0 0 1 7.5 14M17 19.5A9 9 0 0 1 4.5 7"),
  note: line("M4 4h16v11l-5 5H4zM20 15h-5v5M8 9h8M8 13h4"),
  open: line("M3 19V6h6l2 3h8v3M3 19l3-7h16l-3 7z"),
  paste: line("M8 5H5v16h14V5h-3M8 3h8v4H8z"),
  pause: line("M8 5v14M16 5v14"),
  play: <path d="M7 4.5v15l12.5-7.5z" {...filled} stroke="currentColor" />,
  pin: line("M9 3h6l-1 7 4 4H6l4-4zM12 14v7"),
  plugin: line("M9 7V5a2 2 0 0 1 4 0v2h4v4h2a2 2 0 0 1 0 4h-2v5H4v-4.5h1.5a2 2 0 0 0 0-4H4V7z"),
  plus: line("M12 5v14M5 12h14"),
  queue: line("M9 6h11M9 12h11M9 18h11M4 6h.5M4 12h.5M4 18h.5"),
  redo: line("M15 5l5 5-5 5M20 10H9a5 5 0 0 0 0 10h3"),
  repeat: line("M4 11V9a3 3 0 0 1 3-3h12M16 3l3 3-3 3M20 13v2a3 3 0 0 1-3 3H5M8 21l-3-3 3-3"),
  reset: line("M4 12a8 8 0 1 1 2.5 5.8M4 20v-4h4"),
  save: line("M4 4h13l3 3v13H4zM8 4v5h7V4M8 20v-6h8v6"),
  search: (
    <>
      <circle cx="11" cy="11" r="6.5" />
      <path d="M16 16l4.5 4.5" />
    </>
  ),
  settings: line("M4 7h9M17 7h3M13 5v4M4 12h3M11 12h9M7 10v4M4 17h7M15 17h5M11 15v4"),
  star: line("M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1.1 5.9-5.3-2.9-5.3 2.9 1.1-5.9L3.5 9.7l5.9-.8z"),
  stop: <path d="M6 6h12v12H6z" {...filled} stroke="currentColor" />,
  sun: (
    <>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 2.5v2.5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3L7 7M17 17l1.7 1.7M5.3 18.7L7 17M17 7l1.7-1.7" />
    </>
  ),
  sweep: line("M4 4v16h16M8 16v-3M12 16V9M16 16V6M20 16v-5"),
  trash: line("M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5"),
  undo: line("M9 5l-5 5 5 5M4 10h11a5 5 0 0 1 0 10h-3"),
  unlink: line("M9 15a4 4 0 0 1-4-6.5M15 9a4 4 0 0 1 4 6.5M12 7l1.5-1.5a4 4 0 0 1 5 0M12 17l-1.5 1.5a4 4 0 0 1-5 0M4 4l16 16"),
  upload: line("M12 16V5M7 9l5-5 5 5M4 20h16"),
  warning: line("M12 4l9 16H3zM12 10v4M12 17v.2"),
  "zoom-in": (
    <>
      <circle cx="11" cy="11" r="6.5" />
      <path d="M16 16l4.5 4.5M11 8v6M8 11h6" />
    </>
  ),
  "zoom-out": (
    <>
      <circle cx="11" cy="11" r="6.5" />
      <path d="M16 16l4.5 4.5M8 11h6" />
    </>
  ),
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof DRAWINGS;

export const ICON_NAMES = Object.keys(DRAWINGS) as IconName[];

export function Icon({ name, size = 16, className }: { name: IconName; size?: number; className?: string | undefined }) {
  return (
    <svg
      className={className === undefined ? "icon" : `icon ${className}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {DRAWINGS[name]}
    </svg>
  );
}
