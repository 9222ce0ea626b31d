/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one thing to do with a system that made itself: take it. To refuse it is to remove it. */

import { useState } from 'preact/hooks';

import { ApiError, confirmSystem } from '../../api';

export function Confirm({ id }: { id: string }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      /* The new state comes with the live stream. */
      await confirmSystem(id);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : 'It could not be confirmed.');
      setBusy(false);
    }
  };
  return (
    <>
      <button class="button" type="button" disabled={busy} onClick={() => void confirm()}>
        Confirm
      </button>
      {problem !== null && <span role="alert">{problem}</span>}
    </>
  );
}
