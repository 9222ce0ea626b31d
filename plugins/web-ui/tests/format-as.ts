/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The formatters as a viewer with other settings has them. */

import * as format from '../ui/format';
import { DEFAULTS, settings } from '../ui/settings';
import type { Settings } from '../ui/settings';

export function formatAs(part: Partial<Settings>): typeof format {
  settings.set({ ...DEFAULTS, ...part });
  return format;
}
