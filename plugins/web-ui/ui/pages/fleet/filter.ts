/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words of a filter, as the hub takes them: `state:down` and `label:KEY=VALUE` have a meaning,
 * anything else is looked for. Here they are told apart, so that states and labels can be pressed. */

export interface Filter {
  states: readonly string[];
  labels: readonly string[];
  text: string;
}

export function parseFilter(filter: string): Filter {
  const states: string[] = [];
  const labels: string[] = [];
  const rest: string[] = [];
  for (const word of filter.split(/\s+/).filter((one) => one !== '')) {
    const [, key, value] = /^(state|label):(.+)$/.exec(word) ?? [];
    if (value === undefined) {
      rest.push(word);
    } else {
      (key === 'state' ? states : labels).push(value);
    }
  }
  return { states, labels, text: rest.join(' ') };
}

/* What stands in the box, told apart while it is typed: a word with a meaning counts when it has `ended`,
 * with a space after it or all of them, and stays in the box, asking nothing, until then. */
export function readTyped(typed: string, ended: boolean): Filter & { box: string } {
  const last = ended ? '' : (/\S+$/.exec(typed)?.[0] ?? '');
  const before = typed.slice(0, typed.length - last.length);
  const { states, labels, text } = parseFilter(before);
  const asks = /^(state|label):/.test(last) ? '' : last;
  return {
    states,
    labels,
    text: [text, asks].filter((one) => one !== '').join(' '),
    box: !ended && states.length === 0 && labels.length === 0 ? typed : `${text}${text === '' || ended ? '' : ' '}${last}`,
  };
}

export function joinFilter({ states, labels, text }: Filter): string {
  return [...states.map((one) => `state:${one}`), ...labels.map((one) => `label:${one}`), text.trim()]
    .filter((one) => one !== '')
    .join(' ');
}

export function toggle(list: readonly string[], word: string): string[] {
  return list.includes(word) ? list.filter((one) => one !== word) : [...list, word];
}

/* One label as the filter's word for it. A space ends a word there, so of a value with one only the key
 * is asked for. */
export function labelWord(key: string, value: string): string {
  return value === '' || /\s/.test(value) ? key : `${key}=${value}`;
}

/* The order as the hub takes it: what is wrong first, where that is wanted. */
export function sortKeys(sort: string, problemsFirst: boolean): string {
  const name = sort === '' ? 'name' : sort;
  return problemsFirst && !/^-?state$/.test(name) ? `state,${name}` : name;
}
