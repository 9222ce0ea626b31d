/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A form, or a button, that does one thing: not twice at a time, and what went wrong is said beside it. */

import { useState } from 'preact/hooks';
import { messageOf } from './api';

export interface Submit {
  busy: boolean;
  problem: string | null;
  submit: (event: Event) => void;
}

/* `work` takes the form away when all went well, or it stays busy. */
export function useSubmit(work: () => Promise<void>): Submit {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void run();
  };
  return { busy, problem, submit };
}
