/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Parser for text/event-stream as the HTML standard describes it, for streams that are read with
 * fetch: EventSource cannot send the Authorization header that a session needs. */

export interface StreamEvent {
  event: string;
  data: string;
}

/* A line or event longer than this (characters) is not one of ours; the stream is given up. */
export const STREAM_LIMIT = 16 * 1024 * 1024;

export class EventStreamParser {
  private readonly decoder = new TextDecoder('utf-8');
  /* Where a stream that is opened again goes on: the id of the last event that had one. */
  lastId = '';
  private rest = '';
  private afterReturn = false;
  private event = '';
  private data: string[] = [];
  private size = 0;

  constructor(
    private readonly deliver: (event: StreamEvent) => void,
    private readonly limit = STREAM_LIMIT,
  ) {}

  /* Takes the next bytes, cut anywhere, and delivers every event that they complete. */
  push(bytes: Uint8Array): void {
    let text = this.decoder.decode(bytes, { stream: true });
    if (this.afterReturn && text.length > 0) {
      this.afterReturn = false;
      if (text.startsWith('\n')) {
        text = text.slice(1);
      }
    }
    this.afterReturn ||= text.endsWith('\r');
    const lines = (this.rest + text).split(/\r\n|\n|\r/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      this.line(line);
    }
    if (this.rest.length > this.limit) {
      throw new Error('the live stream sent a line that is too long');
    }
  }

  private line(line: string): void {
    if (line === '') {
      this.dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) {
      return;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) {
      value = value.slice(1);
    }
    if (field === 'event') {
      this.event = value;
    } else if (field === 'data') {
      this.size += value.length + 1;
      if (this.size > this.limit) {
        throw new Error('the live stream sent an event that is too long');
      }
      this.data.push(value);
    } else if (field === 'id' && !value.includes('\0')) {
      this.lastId = value;
    }
  }

  private dispatch(): void {
    if (this.data.length > 0) {
      this.deliver({
        event: this.event === '' ? 'message' : this.event,
        data: this.data.join('\n'),
      });
    }
    this.event = '';
    this.data = [];
    this.size = 0;
  }
}

/* Wait before the next try, in milliseconds: doubles from half a second to fifteen, and lies
 * somewhere in the upper half of that, so that many pages do not come back at once. */
export function backOff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(15_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}
