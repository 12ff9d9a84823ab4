/** The answer to a request. Nothing is approved but by a button that has stood still. */

import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { PanelContext } from '../context';
import { useId } from '../ids';
import { explain } from '../problem';
import type { DecisionEntry, Problem } from '../protocol';
import { visible } from '../safe/visible';
import { answerOf, APPROVE, argumentsText, DENY, FOR_SESSION, UNTIL, type Missing } from './answers';
import { Failure } from './parts';
import { useStill } from './still';
import { fieldOf, timeOf } from './words';

interface FormProps {
  context: PanelContext;
  entry: DecisionEntry;
  answered: (said: string) => void;
}

const SAID: Record<string, string> = {
  [APPROVE]: 'Approved once',
  [FOR_SESSION]: 'Approved for this session',
  [UNTIL]: 'Approved until the chosen time',
  [DENY]: 'Denied',
};

export function AnswerForm({ context, entry, answered }: FormProps): VNode {
  const { call } = entry;
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const [text, setText] = useState(() => argumentsText(call?.arguments ?? {}));
  const [missing, setMissing] = useState<Missing | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setSending] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const buttons = useRef<HTMLDivElement>(null);
  const [isStill, mayAct] = useStill(buttons);

  const send = (decision: string) => {
    const answer = answerOf(entry, decision, { reason, until: timeOf(until), text }, Date.now());
    setProblem(null);
    if ('field' in answer) {
      setMissing(answer);
      box.current?.querySelector<HTMLElement>(`[name="${answer.field}"]`)?.focus();
      return;
    }
    setMissing(null);
    setSending(true);
    context.transport.request('answer', answer).then(
      () => answered(SAID[decision] ?? 'Answered'),
      (thrown: unknown) => {
        setSending(false);
        setProblem(explain(thrown));
      },
    );
  };
  const isReady = isStill && !isSending;
  const approve = (decision: string, label: string | VNode) => (
    <button
      type="button"
      class="tb-button tb-approve"
      aria-disabled={!isReady}
      onClick={(event) => {
        if (!isSending && mayAct(event)) {
          send(decision);
        }
      }}
    >
      {label}
    </button>
  );
  const offers = (decision: string) => entry.options.length === 0 || entry.options.includes(decision);

  return (
    <div class="tb-form" ref={box}>
      {call === null ? null : (
        <Field name="arguments" label="Arguments (JSON)" missing={missing}>
          {(given) => (
            <textarea
              {...given}
              class="tb-field tb-json-field"
              rows={Math.min(text.split('\n').length + 1, 8)}
              spellcheck={false}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      <Field name="reason" label="Reason" missing={missing}>
        {(given) => (
          <input
            {...given}
            class="tb-field"
            type="text"
            placeholder="Why; needed to deny"
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        )}
      </Field>
      {call !== null && offers(UNTIL) ? (
        <Field name="until" label="Until" missing={missing}>
          {(given) => (
            <input
              {...given}
              class="tb-field"
              type="datetime-local"
              min={fieldOf(Date.now())}
              value={until}
              onInput={(event) => setUntil(event.currentTarget.value)}
            />
          )}
        </Field>
      ) : null}
      <div class="tb-buttons" ref={buttons}>
        {call === null ? (
          choices(entry).map((option) => approve(option, option === APPROVE ? 'Approve' : visible(option)))
        ) : (
          <>
            {approve(APPROVE, 'Approve once')}
            {offers(FOR_SESSION) ? approve(FOR_SESSION, 'Approve for this session') : null}
            {offers(UNTIL) ? approve(UNTIL, 'Approve until') : null}
          </>
        )}
        <button type="button" class="tb-button tb-deny" disabled={isSending} onClick={() => send(DENY)}>
          Deny
        </button>
      </div>
      {problem === null ? null : <Failure problem={problem} />}
    </div>
  );
}

/** What can be chosen beside "Deny"; a question without options is approved. */
function choices(entry: DecisionEntry): string[] {
  const options = entry.options.filter((option) => option !== DENY);
  return entry.options.length === 0 ? [APPROVE] : options;
}

interface Given {
  id: string;
  name: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
}

/** A labelled field, and what is wrong with it. */
function Field(props: {
  name: Missing['field'];
  label: string;
  missing: Missing | null;
  children: (given: Given) => VNode;
}): VNode {
  const id = useId();
  const why = props.missing?.field === props.name ? props.missing.why : null;
  return (
    <div class="tb-row">
      <label class="tb-label" for={id}>
        {props.label}
      </label>
      {props.children({
        id,
        name: props.name,
        'aria-invalid': why !== null,
        'aria-describedby': why === null ? undefined : `${id}-why`,
      })}
      {why === null ? null : (
        <p class="tb-missing" id={`${id}-why`} role="alert">
          {visible(why)}
        </p>
      )}
    </div>
  );
}
