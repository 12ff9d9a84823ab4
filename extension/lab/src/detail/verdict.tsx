import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

import type { PanelContext } from '../context';
import { useId } from '../ids';
import { explain } from '../problem';
import type { Problem } from '../protocol';
import { Failure } from '../tabs/parts';

interface VerdictFormProps {
  readonly id: string;
  readonly context: PanelContext;
  readonly onJudged: () => void;
}

/** Accept or reject a record, with a reason; what comes of it is a record too. */
export function VerdictForm({ id, context, onJudged }: VerdictFormProps): VNode {
  const [reason, setReason] = useState('');
  const [domain, setDomain] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setIsSending] = useState(false);
  const name = useId();

  const judge = (verdict: 'accept' | 'reject') => {
    if (reason.trim() === '') {
      setProblem({ type: 'Missing', message: 'A verdict needs a reason.', remedy: 'write why, in a few words' });
      return;
    }
    setIsSending(true);
    setProblem(null);
    const params = { judges: id, verdict, reason: reason.trim() };
    context.transport
      .request('judge', domain.trim() === '' ? params : { ...params, domain: domain.trim() })
      .then(
        () => {
          setReason('');
          context.say(verdict === 'accept' ? 'Accepted' : 'Rejected');
          onJudged();
        },
        (error: unknown) => setProblem(explain(error)),
      )
      .finally(() => setIsSending(false));
  };
  return (
    <form class="tb-verdict" aria-label="Verdict" onSubmit={(event) => event.preventDefault()}>
      <div class="tb-fields">
        <div class="tb-labelled tb-labelled-wide">
          <label for={`${name}-reason`}>Reason</label>
          <input
            id={`${name}-reason`}
            class="tb-field"
            value={reason}
            aria-required="true"
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </div>
        <div class="tb-labelled">
          <label for={`${name}-domain`}>Domain</label>
          <input
            id={`${name}-domain`}
            class="tb-field"
            placeholder="as recorded"
            value={domain}
            onInput={(event) => setDomain(event.currentTarget.value)}
          />
        </div>
      </div>
      {problem !== null && <Failure problem={problem} />}
      <div class="tb-buttons">
        <button type="button" class="tb-button" disabled={isSending} onClick={() => judge('accept')}>
          Accept
        </button>
        <button type="button" class="tb-button" disabled={isSending} onClick={() => judge('reject')}>
          Reject
        </button>
      </div>
    </form>
  );
}
