/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Catalogues and images: where the file is, as seen from the script. */
declare module '*.po' {
  const file: string;
  export default file;
}

declare module '*.svg' {
  const file: string;
  export default file;
}
