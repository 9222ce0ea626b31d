/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A catalogue: where its file is, as seen from the script. */
declare module '*.po' {
  const file: string;
  export default file;
}
