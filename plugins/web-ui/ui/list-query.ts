/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a page of the list of systems is asked for. */

export interface ListQuery {
  filter: string;
  sort: string;
}

/* Rows of a page, about two windows full: the first row waits for all of its page. */
export const PAGE = 50;

export function listPath(query: ListQuery, offset: number, limit: number): string {
  const words = new URLSearchParams({ offset: String(offset), limit: String(limit) });
  if (query.filter !== '') {
    words.set('filter', query.filter);
  }
  if (query.sort !== '') {
    words.set('sort', query.sort);
  }
  return `/api/v1/systems?${words.toString()}`;
}
