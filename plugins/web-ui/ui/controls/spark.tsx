/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A small picture of how a value went; the value itself stands beside it, so it says nothing to a
 * screen reader. */

/* At equal distances; null where nothing is known. */
export type SparkValues = readonly (number | null)[];

const WIDTH = 64;
const HEIGHT = 20;

/* The path of a line through `values` in a box; gaps are gaps. `top` is the value of the upper edge. */
export function sparkPath(values: SparkValues, width: number, height: number, top: number): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let path = '';
  let pen = 'M';
  values.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) {
      pen = 'M';
      return;
    }
    const share = top > 0 ? Math.max(0, Math.min(1, value / top)) : 0;
    path += `${pen}${(index * step).toFixed(1)} ${(height - 1 - share * (height - 2)).toFixed(1)}`;
    pen = 'L';
  });
  return path;
}

/* `series` share one scale up to `top`, or up to their own highest value. */
export function Spark({ series, top }: { series: readonly (SparkValues | undefined)[]; top?: number }) {
  const known = series.filter((one) => one !== undefined);
  const highest = top ?? Math.max(0, ...known.flatMap((one) => one.map((value) => value ?? 0)));
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {known.map((one, index) => {
        const line = sparkPath(one, WIDTH, HEIGHT, highest);
        return <path key={index} class={`line-${index}`} d={line} />;
      })}
    </svg>
  );
}
