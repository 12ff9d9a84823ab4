/** Saved workflows: a list, and one of it with its source, parameters, versions and success. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

import type { PanelContext } from '../context';
import { Code } from '../detail/code';
import type { WorkflowDetail, WorkflowEntry } from '../protocol';
import { plainly } from '../safe/marks';
import { visible } from '../safe/visible';
import type { TabProps } from '../tab';
import { LibraryList } from './library';
import { useNow, useOperation } from './operation';
import { Actor, Answered, Facts, When } from './parts';
import { count, percent } from './words';

export function WorkflowsTab({ context, isShown }: TabProps): VNode {
  const asked = useOperation(
    { context, isShown },
    'workflows',
    { thread: null },
    (news) => news.type === 'library',
  );
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <div class="tb-page tb-workflows">
      <Answered asked={asked}>
        {({ workflows }) => (
          <LibraryList
            context={context}
            label="Workflows"
            empty="No workflow yet. A cell saves one with workflows.create(name, source)."
            entries={workflows}
            chosen={chosen}
            choose={setChosen}
            textOf={(entry) => `${entry.name} ${entry.description} ${entry.signature} ${entry.actor}`}
            line={(entry) => (
              <>
                <span class="tb-mono">{visible(entry.signature)}</span> · {success(entry)}
              </>
            )}
            detail={(id) => <Detail key={id} context={context} isShown={isShown} id={id} choose={setChosen} />}
          />
        )}
      </Answered>
    </div>
  );
}

function Detail(props: TabProps & { id: string; choose: (id: string) => void }): VNode {
  const asked = useOperation(props, 'workflow', { id: props.id }, (news) => news.type === 'library');
  const now = useNow(60_000, props.isShown);
  return (
    <Answered asked={asked}>
      {(detail) => <Workflow context={props.context} detail={detail} choose={props.choose} now={now} />}
    </Answered>
  );
}

interface WorkflowProps {
  context: PanelContext;
  detail: WorkflowDetail;
  choose: (id: string) => void;
  now: number;
}

function Workflow({ context, detail, choose, now }: WorkflowProps): VNode {
  const { workflow, source, versions } = detail;
  const called = workflow.last_called_at;
  return (
    <article class="tb-library-detail" aria-label={plainly(workflow.name)}>
      <h3 class="tb-heading">
        {visible(workflow.name)} <span class="tb-quiet">version {workflow.version}</span>
      </h3>
      {workflow.description === '' ? null : <p>{visible(workflow.description)}</p>}
      <Facts
        of={[
          ['Parameters', <span class="tb-mono">{visible(workflow.signature)}</span>],
          ['Success', success(workflow)],
          ['Last called', called === null ? 'never' : <When at={called} now={now} />],
          ['Tests', workflow.tests === '' ? 'none' : visible(workflow.tests)],
          ['Saved', <><When at={workflow.at} now={now} /> by <Actor did={workflow.actor} /></>],
          ['Workspace', workflow.workspace === '' ? 'the default' : visible(workflow.workspace)],
          [
            'Record',
            <button type="button" class="tb-link" onClick={() => context.open(workflow.id, workflow.thread)}>
              Open the record
            </button>,
          ],
        ]}
      />
      <h4 class="tb-label">Source</h4>
      <Code code={source} />
      <h4 class="tb-label">{count(versions.length, 'version')}</h4>
      <ul class="tb-versions" aria-label="Versions">
        {versions.map((version) => (
          <li key={version.id}>
            <button
              type="button"
              class="tb-link"
              aria-current={version.id === workflow.id ? 'true' : undefined}
              onClick={() => choose(version.id)}
            >
              Version {version.version}
            </button>{' '}
            <span class="tb-quiet">
              <When at={version.at} now={now} /> · <Actor did={version.actor} /> · {success(version)}
            </span>
          </li>
        ))}
      </ul>
    </article>
  );
}

/** How often it was called, and how often it went well. */
function success({ calls, success_rate: rate }: WorkflowEntry): string {
  return calls === 0 || rate === null ? 'not called yet' : `${percent(rate)} of ${count(calls, 'call')} succeeded`;
}
