/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page that a plugin brings. */

import { Guard, ModuleProblem } from '../../controls/panels';
import { t } from '../../i18n';
import { modules } from '../../module-store';
import { useHeading } from '../../page';
import { useStore } from '../../store';

export function ModulePage({ plugin, id, query }: { plugin: string; id: string; query: string }) {
  const { pages, problems } = useStore(modules);
  const page = pages.find((one) => one.plugin === plugin && one.id === id);
  const problem = problems.find((one) => one.plugin === plugin);
  const heading = useHeading(page?.title ?? t('Page of a plugin'));
  return (
    <div class="module-page">
      <h1 ref={heading} tabIndex={-1}>
        {page?.title ?? t('Page of a plugin')}
      </h1>
      {page !== undefined && (
        <Guard plugin={plugin}>
          <page.render query={query} />
        </Guard>
      )}
      {problem !== undefined && <ModuleProblem plugin={plugin} problem={problem.problem} />}
    </div>
  );
}
