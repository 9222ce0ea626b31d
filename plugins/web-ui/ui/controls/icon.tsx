/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The icons, as paths on a grid of 24. Without a label they say nothing to a screen reader: whoever uses
 * one writes the word beside it or labels the button. */

const PATHS = {
  up: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12.4l2.8 2.8 5.3-5.9',
  suspect: 'M12 3.8 2.8 19.6h18.4L12 3.8ZM12 10v4.4M12 17v.1',
  down: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9 9l6 6M15 9l-6 6',
  pending: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7.2V12l3.2 2',
  paused: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM10 9v6M14 9v6',
  unknown: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.4 9.6a2.7 2.7 0 1 1 3.7 2.5c-.7.3-1.1.9-1.1 1.7M12 16.8v.1',
  search: 'M10.8 17.6a6.8 6.8 0 1 0 0-13.6 6.8 6.8 0 0 0 0 13.6ZM20 20l-4.3-4.3',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2Z',
  auto: 'M4 5h16v11H4zM9 20h6M12 16v4',
  out: 'M10 4H5.5A1.5 1.5 0 0 0 4 5.5v13A1.5 1.5 0 0 0 5.5 20H10M15.5 16l4-4-4-4M19.2 12H9.5',
  back: 'M14.5 5.5 8 12l6.5 6.5',
  ascending: 'M12 19V5.5M6.5 11 12 5.5l5.5 5.5',
  descending: 'M12 5v13.5M6.5 13l5.5 5.5 5.5-5.5',
  server: 'M4 4.5h16v6H4zM4 13.5h16v6H4zM7.5 7.5v.1M7.5 16.5v.1',
  chip: 'M7 7h10v10H7zM10 7V4M14 7V4M10 20v-3M14 20v-3M7 10H4M7 14H4M20 10h-3M20 14h-3',
  memory: 'M3.5 7.5h17v7.5h-17zM7 15v3M10.3 15v3M13.7 15v3M17 15v3M7.5 10.5v1.5M12 10.5v1.5M16.5 10.5v1.5',
  kernel: 'M4 5h16v14H4zM7.5 9.5l2.8 2.5-2.8 2.5M12.5 15h4',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7.2V12l3.2 2',
  globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.2 12h17.6M12 3.2c5 5 5 12.6 0 17.6M12 3.2c-5 5-5 12.6 0 17.6',
  agent: 'M3 12.5h4l2.5-7 5 13 2.5-6h4',
  copy: 'M9 9h11v11H9zM5.5 15H4V4h11v1.5',
  check: 'm5 12.6 4.6 4.6L19 7.4',
  key: 'M8 19.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM11.2 11.8 20 3.5M16 7.3l3 3M13.6 9.6l2 2',
  away: 'M4 5l16 16M8.6 16.3a5 5 0 0 1 5.4-1M5.3 12.7a10 10 0 0 1 4-2.3M18.7 12.7a10 10 0 0 0-5-2.7M2.5 9a15 15 0 0 1 4-2.6M21.5 9A15 15 0 0 0 10.6 5M12 19.4v.1',
  received: 'M12 5v13M6.8 13 12 18.2l5.2-5.2',
  sent: 'M12 19V6M6.8 11 12 5.8l5.2 5.2',
  alarm: 'M8 3.5h8l4.5 4.5v8L16 20.5H8L3.5 16V8zM12 8v5M12 16v.1',
  close: 'M6 6l12 12M18 6 6 18',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 9.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8ZM9 19.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8Z',
  add: 'M12 5v14M5 12h14',
  more: 'M5.5 12h.1M12 12h.1M18.4 12h.1',
  edit: 'M5 19l1-4L16.5 4.5l3 3L9 18l-4 1ZM14.5 6.5l3 3',
  label: 'M4 4h8l8.5 8.5-8 8L4 12V4ZM8 8v.1',
  note: 'M5 4h14v11l-5 5H5zM14 20v-5h5M8.5 8.5h7M8.5 12h4',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.2 11v5.5M13.8 11v5.5',
  play: 'M8 5.5v13l10.5-6.5z',
  table: 'M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9',
  cards: 'M4 4.5h7v7H4zM13.5 4.5h6.5v7h-6.5zM4 14h7v5.5H4zM13.5 14h6.5v5.5h-6.5z',
  columns: 'M4 5h16v14H4zM9.3 5v14M14.7 5v14',
  link: 'M10 14a4 4 0 0 0 5.7 0l3.2-3.2a4 4 0 0 0-5.7-5.7L12 6.4M14 10a4 4 0 0 0-5.7 0L5.1 13.2a4 4 0 0 0 5.7 5.7L12 17.6',
  chevron: 'm7 9.5 5 5 5-5',
  less: 'M5.5 12h13',
  first: 'M12 20V8M7 12.5 12 7.5l5 5M5 4h14',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5.5M12 7.8v.1',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, label }: { name: IconName; label?: string }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width="18"
      height="18"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      role={label === undefined ? undefined : 'img'}
      aria-label={label}
      aria-hidden={label === undefined ? 'true' : undefined}
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/* The sign of the house, as in icon.svg. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="30" height="30" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" />
      <path d="M8.5 23.5V9.5h7.6a4.6 4.6 0 0 1 0 9.2H8.5" />
      <path class="second" d="m15.6 18.9 2.2 4.6 2.4-3.4 3.8.9" />
    </svg>
  );
}
