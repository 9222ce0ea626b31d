/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the hub refuses, in the viewer's language: a problem document (RFC 9457) has a `type` that stays,
 * by which its title is known here. The details are the hub's own words, and those of a type that is not
 * known are shown as they came. */

import { mark, t } from './i18n';

const PREFIX = 'urn:reeve:problem:';

const TITLES: Readonly<Record<string, string>> = {
  cancelled: mark('It was taken back'),
  conflict: mark('It was changed meanwhile'),
  denied: mark('Not allowed'),
  exists: mark('There is one already'),
  failed: mark('That failed'),
  gone: mark('The hub is stopping'),
  invalid: mark('That is not valid'),
  io: mark('A file or device failed'),
  limit: mark('A limit is reached'),
  method: mark('The hub does not know this way of asking'),
  'not-found': mark('There is no such thing'),
  protocol: mark('The answer could not be understood'),
  'sign-in': mark('Sign in first'),
  timeout: mark('It took too long'),
  'too-large': mark('That is too much at once'),
  unavailable: mark('Not available now'),
  unconfigured: mark('A setting is missing'),
  unsupported: mark('Not supported'),
};

/* `title` is the hub's own, for a type that is not known here. */
export function problemTitle(type: string, title: string): string {
  const name = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : '';
  return Object.hasOwn(TITLES, name) ? t(TITLES[name] ?? title) : title;
}
