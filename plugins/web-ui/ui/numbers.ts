/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Numbers as the people of a place write them. The browser knows all places, but its tables take a cold page
 * some 20 ms when they are first used: for the commonest ones what is needed of them stands here. */

interface Signs {
  decimal: string;
  group: string;
}

const POINT: Signs = { decimal: '.', group: ',' };
const COMMA: Signs = { decimal: ',', group: '.' };

export const KNOWN: Readonly<Record<string, Signs>> = {
  en: POINT,
  'en-AU': POINT,
  'en-CA': POINT,
  'en-GB': POINT,
  'en-IE': POINT,
  'en-NZ': POINT,
  'en-US': POINT,
  de: COMMA,
  'de-DE': COMMA,
};

const formats = new Map<string, Intl.NumberFormat>();

/* Not negative, with so many decimals and nothing between the thousands. */
export function writeDecimal(value: number, decimals: number, locale: string): string {
  const plain = value.toFixed(decimals);
  const known = KNOWN[locale];
  if (decimals === 0 || known !== undefined) {
    return plain.replace('.', known?.decimal ?? '.');
  }
  const key = `${locale} ${decimals}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      useGrouping: false,
    });
    formats.set(key, format);
  }
  return format.format(Number(plain));
}

/* A whole number, its thousands told apart. */
export function writeWhole(value: number, locale: string): string {
  const known = KNOWN[locale];
  return known === undefined || !Number.isSafeInteger(value)
    ? value.toLocaleString(locale)
    : String(value).replace(/\B(?=(?:\d{3})+$)/g, known.group);
}
