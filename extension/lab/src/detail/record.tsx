/** Everything there is to see of one record. */

import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import type { PanelContext } from '../context';
import type { ArtifactEntry, RecordDetail } from '../protocol';
import { visible } from '../safe/visible';
import { useOperation } from '../tabs/operation';
import { Actor, Answered, Facts } from '../tabs/parts';
import { actorName, moment, size } from '../tabs/words';
import { StatusIcon } from '../timeline/icon';
import { isOf } from '../timeline/selection';
import { duration, tone, typeWord } from '../timeline/words';
import { LongText } from './bounded';
import { Code } from './code';
import { Copyable } from './copy';
import { Json } from './json';
import { Links } from './links';
import { Outputs } from './outputs';
import { ProofView } from './proof';
import { VerdictForm } from './verdict';

interface RecordViewProps {
  readonly id: string;
  readonly context: PanelContext;
  readonly isShown: boolean;
  /** Who asked to see a record from elsewhere is led to it; a new object each time. */
  readonly target: { readonly id: string } | null;
  readonly onClose: () => void;
}

export function RecordView({ id, context, isShown, target, onClose }: RecordViewProps): VNode {
  const settled = useSettled(id);
  const asked = useOperation(
    { context, isShown },
    'record',
    { id: settled },
    (news) => news.type === 'trust' || (news.type === 'rows' && news.rows.some((row) => isOf(row, settled))),
  );
  const region = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const led = useRef<typeof target>(null);
  useLayoutEffect(() => {
    if (target?.id === id && led.current !== target) {
      led.current = target;
      region.current?.focus({ preventScroll: true });
    }
  }, [target, id]);
  useLayoutEffect(() => {
    content.current?.scrollTo(0, 0);
  }, [asked.value?.id]);
  return (
    <section
      ref={region}
      class="tb-record"
      aria-label="Record"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <div class="tb-record-top">
        <span class="tb-label">Record</span>
        <button type="button" class="tb-button tb-small" onClick={onClose}>
          Close
        </button>
      </div>
      <div ref={content} class="tb-record-scroll" aria-busy={asked.value === null}>
        <Answered asked={asked}>
          {(record) => <RecordBody key={record.id} record={record} context={context} reload={asked.reload} />}
        </Answered>
      </div>
    </section>
  );
}

const SETTLED_MS = 100;

/** A value that stayed for a moment: who holds an arrow key down does not ask for every record. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

interface RecordBodyProps {
  readonly record: RecordDetail;
  readonly context: PanelContext;
  readonly reload: () => void;
}

function RecordBody({ record, context, reload }: RecordBodyProps): VNode {
  const { code, outputs, error } = record;
  return (
    <>
      <Head record={record} context={context} />
      {error !== null && (
        <p class="tb-error" role="note" aria-label="Error">
          <strong>{visible(error.name)}</strong> {visible(error.value)}
          {error.line !== null && <span class="tb-quiet"> line {error.line}</span>}
        </p>
      )}
      {code !== null && (
        <Part title="Code">
          <Code code={code} failed={error?.line ?? null} />
          {record.code_is_cut && <p class="tb-aside">Only the beginning of the code is here.</p>}
        </Part>
      )}
      {outputs.length > 0 && (
        <Part title={outputs.length === 1 ? 'Output' : 'Outputs'}>
          <Outputs outputs={outputs} />
          {record.outputs_are_cut && <p class="tb-aside">Only a part of the outputs is here.</p>}
        </Part>
      )}
      {record.arguments !== null && (
        <Part title="Arguments">
          <Json value={record.arguments} isOpen />
        </Part>
      )}
      {record.result !== null && record.result !== undefined && (
        <Part title="Result">
          <Result value={record.result} />
        </Part>
      )}
      {record.artifacts.length > 0 && (
        <Part title="Artifacts">
          <Artifacts artifacts={record.artifacts} context={context} />
        </Part>
      )}
      <Verdicts record={record} context={context} onJudged={reload} />
      {record.parents.length > 0 && (
        <Part title="Came from">
          <Links label="Parents" links={record.parents} context={context} />
        </Part>
      )}
      {record.children.length > 0 && (
        <Part title="Led to">
          <Links label="Children" links={record.children} context={context} />
        </Part>
      )}
      <Part title="Proof">
        <ProofView proof={record.proof} />
      </Part>
      <Part title="As recorded">
        <AsRecorded record={record} say={context.say} />
      </Part>
    </>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }): VNode {
  return (
    <section class="tb-part">
      <h4 class="tb-label">{title}</h4>
      {children}
    </section>
  );
}

function Head({ record, context }: { record: RecordDetail; context: PanelContext }): VNode {
  const { row } = record;
  const { jump } = context;
  const cell = row?.cell_id ?? null;
  return (
    <header class="tb-record-head">
      <h3 class="tb-record-title">
        <span class="tb-record-type">{row === null ? visible(record.kind) : typeWord(row)}</span>{' '}
        {row !== null && visible(row.title)}
      </h3>
      <p class="tb-record-line">
        {row !== null && row.status !== 'none' && (
          <span class="tb-status" data-tone={tone(row.status)}>
            <StatusIcon status={row.status} />
            {row.status}
          </span>
        )}
        {row !== null && row.duration_ms !== null && <span>{duration(row.duration_ms)}</span>}
        <Actor did={record.actor} />
        {row !== null && row.sandbox !== null && <span>sandbox {visible(row.sandbox)}</span>}
        <time dateTime={new Date(record.at).toISOString()}>{moment(record.at)}</time>
      </p>
      {row !== null && row.detail !== '' && record.error === null && <p>{visible(row.detail)}</p>}
      {jump !== undefined && cell !== null && (
        <button type="button" class="tb-button" onClick={() => jump(cell)}>
          Show in notebook
        </button>
      )}
    </header>
  );
}

function Result({ value }: { value: unknown }): VNode {
  return typeof value === 'string' ? (
    <LongText text={value} label="Result" isTerminal />
  ) : (
    <Json value={value} isOpen />
  );
}

function Artifacts({ artifacts, context }: { artifacts: readonly ArtifactEntry[]; context: PanelContext }): VNode {
  return (
    <ul class="tb-links" aria-label="Artifacts">
      {artifacts.map((artifact) => (
        <li key={artifact.id}>
          <button
            type="button"
            role="link"
            class="tb-record-link"
            onClick={() => context.open(artifact.id, artifact.thread)}
          >
            <span class="tb-record-link-kind">
              {visible(artifact.type)}, {size(artifact.size)}
            </span>
            <span class="tb-record-link-title">
              {visible(artifact.name)} v{artifact.version}
            </span>
            <span class="tb-quiet">{visible(artifact.description)}</span>
          </button>
          {artifact.preview !== '' && (
            <LongText text={artifact.preview} label={`Preview, version ${artifact.version}`} />
          )}
        </li>
      ))}
    </ul>
  );
}

interface VerdictsProps {
  readonly record: RecordDetail;
  readonly context: PanelContext;
  readonly onJudged: () => void;
}

function Verdicts({ record, context, onJudged }: VerdictsProps): VNode | null {
  const { verdicts } = record;
  const { canWrite } = context.transport;
  if (verdicts.length === 0 && !canWrite) {
    return null;
  }
  return (
    <Part title="Verdicts">
      {verdicts.length > 0 && (
        <ul class="tb-verdicts">
          {verdicts.map(({ id, verdict, actor, reason, at, domain }) => (
            <li key={id}>
              <span class="tb-status" data-tone={verdict === 'accept' ? 'good' : 'bad'}>
                <StatusIcon status={verdict === 'accept' ? 'accepted' : 'rejected'} />
                {verdict === 'accept' ? 'accepted' : 'rejected'}
              </span>{' '}
              {visible(reason)}
              <span class="tb-quiet">
                {' '}
                {visible(actorName(actor))}, {visible(domain)}, {moment(at)}
              </span>
            </li>
          ))}
        </ul>
      )}
      {canWrite && <VerdictForm id={record.id} context={context} onJudged={onJudged} />}
    </Part>
  );
}

function AsRecorded({ record, say }: { record: RecordDetail; say: PanelContext['say'] }): VNode {
  return (
    <>
      <Facts
        of={[
          ['Id', <Copyable name="id" value={record.id} say={say} />],
          ['Ended by', record.end === null ? null : <Copyable name="id of end" value={record.end} say={say} />],
          ['Thread', <Copyable name="thread" value={record.thread} say={say} />],
          ['Actor', <Copyable name="actor" value={record.actor} say={say} />],
          ['Kind', visible(`${record.act} ${record.kind}`)],
          ['Seq', String(record.seq)],
          ['Clock', String(record.clock)],
        ]}
      />
      <Json name="body" value={record.body} />
      {record.end_body !== null && <Json name="body of end" value={record.end_body} />}
    </>
  );
}
