/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { t } from './i18n';
import type { Schema } from './schema';

/* The texts of the standard kinds are in the catalogue; a kind of a plugin has its own words. */
export function inWords(schema: Schema): Schema {
  const words = (text: string): string => (text === '' ? text : t(text));
  return {
    ...schema,
    kinds: schema.kinds.map((kind) => ({
      ...kind,
      title: t(kind.title),
      text: words(kind.text),
      metrics: kind.metrics.map((metric) => ({ ...metric, title: t(metric.title), text: words(metric.text) })),
    })),
  };
}
