/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hands a file to the browser's downloads, and draws the picture of a chart. */

import { resolveColour } from '../theme';

export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  /* The download has its own hold on the content once it has begun. */
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function saveText(name: string, text: string): void {
  save(name, new Blob([text], { type: 'text/csv;charset=utf-8' }));
}

export interface Picture {
  title: string;
  text: string;
  keys: { label: string; value: string; token: string }[];
}

const PAD = 20;
const LINE = 22;

/* The chart as it is seen, on the ground of its card, with its title and legend. */
export function drawPicture(card: HTMLElement, plot: HTMLCanvasElement, picture: Picture): Promise<Blob> {
  const ratio = devicePixelRatio || 1;
  const width = plot.width / ratio + 2 * PAD;
  const family = getComputedStyle(card).fontFamily;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (context === null) {
    return Promise.reject(new Error('no canvas'));
  }
  const rows: { x: number; y: number; key: Picture['keys'][number] }[] = [];
  context.font = `13px ${family}`;
  let x = 0;
  let y = 0;
  for (const key of picture.keys) {
    const length = context.measureText(`${key.label}  ${key.value}`).width + 40;
    if (x > 0 && x + length > width - 2 * PAD) {
      x = 0;
      y += LINE;
    }
    rows.push({ x, y, key });
    x += length;
  }
  const head = 64;
  const top = head + plot.height / ratio + 12;
  const height = top + (rows.length > 0 ? y + LINE : 0) + PAD;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  context.textBaseline = 'top';
  context.fillStyle = resolveColour(card, '--card');
  context.fillRect(0, 0, width, height);
  context.fillStyle = resolveColour(card, '--text');
  context.font = `600 16px ${family}`;
  context.fillText(picture.title, PAD, PAD - 4, width - 2 * PAD);
  context.font = `13px ${family}`;
  context.fillStyle = resolveColour(card, '--text-soft');
  context.fillText(picture.text, PAD, PAD + 18, width - 2 * PAD);
  context.drawImage(plot, PAD, head, plot.width / ratio, plot.height / ratio);
  for (const row of rows) {
    const [left, line] = [PAD + row.x, top + row.y];
    context.fillStyle = resolveColour(card, row.key.token);
    context.fillRect(left, line + 6, 14, 3);
    context.fillStyle = resolveColour(card, '--text');
    context.fillText(`${row.key.label}  ${row.key.value}`, left + 20, line, width - left - PAD);
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('no picture')) : resolve(blob)), 'image/png');
  });
}
