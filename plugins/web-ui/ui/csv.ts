/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* CSV (RFC 4180) for people's spreadsheets, quoted as reevectl quotes: what a peer named must not
 * become a formula there. */

/* Controls and signs that turn the direction of writing round are written out. */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function writtenOut(sign: string): string {
  const code = sign.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16).padStart(4, '0')}}`;
}

/* Where a formula could begin, for one program or another: those that divide at semicolons or tabs
 * see no quotes that began before them. */
const FORMULA = /(^|[,;\t\n])([ "]*)(?=[=+\-@])/g;

export function csvCell(text: string): string {
  const quoted = /^[=+\-@ ]|[,;\t"\r\n]| $/.test(text);
  const plain = text
    .replace(FORMULA, "$1$2'")
    .replace(/^(?=[\t\r])/, "'")
    .replaceAll('"', '""')
    .replace(STEERING, writtenOut);
  return quoted ? `"${plain}"` : plain;
}

/* A moment that every program reads the same: UTC, by ISO 8601. */
function moment(time: number): string {
  return new Date(Math.round(time * 1000)).toISOString().replace('.000Z', 'Z');
}

export interface CsvColumn {
  title: string;
  values: readonly (number | null | undefined)[];
}

/* A row for each moment between `from` and `to` in which any column has a value; a missing one is an
 * empty cell, never a zero. Numbers are in base units. */
export function csvTable(
  times: readonly number[],
  columns: readonly CsvColumn[],
  from: number,
  to: number,
): string {
  const lines = [['time', ...columns.map((column) => column.title)].map(csvCell).join(',')];
  times.forEach((time, row) => {
    const cells = columns.map((column) => column.values[row] ?? null);
    if (time >= from && time <= to && cells.some((cell) => cell !== null)) {
      lines.push([moment(time), ...cells.map((cell) => (cell === null ? '' : String(cell)))].join(','));
    }
  });
  return `${lines.join('\n')}\n`;
}

/* A row for each value, so that charts with different moments can stand in one file. */
export function csvLong(
  parts: readonly { chart: string; times: readonly number[]; columns: readonly CsvColumn[] }[],
  from: number,
  to: number,
): string {
  const lines = ['time,chart,series,value'];
  for (const part of parts) {
    for (const column of part.columns) {
      part.times.forEach((time, row) => {
        const value = column.values[row];
        if (time >= from && time <= to && value !== null && value !== undefined) {
          lines.push([moment(time), csvCell(part.chart), csvCell(column.title), String(value)].join(','));
        }
      });
    }
  }
  return `${lines.join('\n')}\n`;
}

/* A name for a file from whatever people and machines call things. */
export function fileName(parts: readonly string[], extension: string): string {
  const words = parts.map((part) => part.normalize('NFKD').replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|-+$/g, ''));
  return `${words.filter((word) => word !== '').join('-').slice(0, 100) || 'reeve'}.${extension}`;
}
