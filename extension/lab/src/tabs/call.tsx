/** Exactly what will happen if a call of a tool is approved. */

import type { VNode } from 'preact';

import type { PanelContext } from '../context';
import type { DecisionEntry, ToolCallRequest } from '../protocol';
import { visible } from '../safe/visible';
import { callText, isRounded } from './answers';
import { Actor, Facts, Values, Whole } from './parts';
import { score, shortId } from './words';

const EFFECTS: Record<string, string> = {
  read: 'it reads, and changes nothing',
  write: 'it changes something',
  destructive: 'it destroys something, or cannot be taken back',
};

interface CallProps {
  context: PanelContext;
  entry: DecisionEntry;
  call: ToolCallRequest;
}

export function Call({ context, entry, call }: CallProps): VNode {
  const names = Object.keys(call.arguments);
  return (
    <>
      <h5 class="tb-label">What will happen</h5>
      <Whole label="What will happen" text={call.what === '' ? callText(call) : call.what} />
      <Definition call={call} />
      <h5 class="tb-label">Arguments</h5>
      {names.length === 0 ? <p>none</p> : <Values label="Arguments" of={call.arguments} />}
      {isRounded(call.arguments) ? (
        <p class="tb-note tb-note-bad">
          A number is too large for a browser and is rounded here. Read it with{' '}
          <code>threadbook decision show {visible(entry.id.slice(0, 12))}</code>.
        </p>
      ) : null}
      <Facts
        of={[
          ['Effect', <Effect call={call} />],
          ['Risk', call.risk === '' ? null : visible(call.risk)],
          ['Environment', <Environment names={call.environment} />],
          ['Folder', call.cwd === '' ? 'none' : <span class="tb-mono">{visible(call.cwd)}</span>],
          ['Trust', <Trust call={call} />],
          ['Rule', call.rule === '' ? 'none' : visible(call.rule)],
          ['Reason', visible(call.reason)],
          ['Asks', <Actor did={call.actor} />],
          ['Cell', <Cell context={context} entry={entry} call={call} />],
          ['Tool', <>{visible(call.callable)} of {visible(call.tool)} ({visible(call.adapter)})</>],
        ]}
      />
    </>
  );
}

function Effect({ call }: { call: ToolCallRequest }): VNode {
  const tone = call.effect === 'read' ? 'good' : call.effect === 'write' ? 'wait' : 'bad';
  return (
    <>
      <span class={`tb-word tb-word-${tone}`}>{visible(call.effect)}</span>{' '}
      {EFFECTS[call.effect] ?? 'what it does is not known'}
    </>
  );
}

function Environment({ names }: { names: string[] }): VNode {
  return names.length === 0 ? (
    <>no variables</>
  ) : (
    <span class="tb-mono">{visible(names.join(', '))}</span>
  );
}

function Trust({ call }: { call: ToolCallRequest }): VNode {
  const has = call.trust === null ? 'not judged yet' : score(call.trust);
  return (
    <>
      {has} in {visible(call.domain)};{' '}
      {call.min_trust === null ? 'no trust would be enough to go unasked' : `goes unasked from ${score(call.min_trust)} on`}
    </>
  );
}

function Cell({ context, entry, call }: CallProps): VNode {
  const { cell } = call;
  return cell === null ? (
    <>none</>
  ) : (
    <button type="button" class="tb-link" onClick={() => context.open(cell, entry.thread)}>
      Open the cell that calls ({visible(shortId(cell))})
    </button>
  );
}

/** Whether the tool is what it was when it was last used. */
function Definition({ call }: { call: ToolCallRequest }): VNode {
  if (call.previous_definition === null) {
    return <p class="tb-note">This tool was not used before: there is no earlier definition to compare.</p>;
  }
  if (!call.definition_changed) {
    return <p class="tb-quiet">The definition is the one that was last used.</p>;
  }
  return (
    <div class="tb-note tb-note-bad">
      <strong>The definition changed since it was last used</strong>
      <pre class="tb-whole" role="group" aria-label="Changes of the definition" tabIndex={0}>
        {call.definition_changes.map((line, place) => (
          <div key={place} class={sideOf(line)}>
            {visible(line)}
          </div>
        ))}
      </pre>
    </div>
  );
}

function sideOf(line: string): string | undefined {
  return line.startsWith('+') ? 'tb-new' : line.startsWith('-') ? 'tb-old' : undefined;
}
