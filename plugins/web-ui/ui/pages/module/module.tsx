/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page that a plugin brings. */

import { Guard, ModuleProblem } from '../../controls/panels';
import { mark, t } from '../../i18n';
import { modules } from '../../module-store';
import { useHeading } from '../../page';
import { useStore } from '../../store';

export function ModulePage({ plugin, id, query }: { plugin: string; id: string; query: string }) {
  const { pages, problems, state } = useStore(modules);
  const page = pages.find((one) => one.plugin === plugin && one.id === id);
  const problem = problems.find((one) => one.plugin === plugin);
  const title = t(page?.title ?? mark('Page of a plugin'));
  const heading = useHeading(title);
  return (
    <div class="module-page">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {page !== undefined && (
        <Guard plugin={plugin}>
          <page.render query={query} />
        </Guard>
      )}
      {page === undefined && problem === undefined && (
        <p class="soft" role="status">
          {state === 'waiting' && t('Asking the hub')}
          {state === 'failed' && t('The hub could not be asked. The page tries again by itself.')}
          {state === 'ready' && t('There is no such page')}
        </p>
      )}
      {problem !== undefined && <ModuleProblem plugin={plugin} problem={problem.problem} />}
    </div>
  );
}
