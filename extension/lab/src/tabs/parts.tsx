/** Small parts that the tabs share. */

import type { ComponentChildren, VNode } from 'preact';

import type { Problem } from '../protocol';
import { plainly } from '../safe/marks';
import { visible } from '../safe/visible';
import type { Asked } from './operation';
import { actorName, ago, count, moment, valueText } from './words';

/** A refused operation: what was wrong, and what to do. */
export function Failure({ problem }: { problem: Problem }): VNode {
  return (
    <div class="tb-failure" role="alert">
      <p>{visible(problem.message)}</p>
      {problem.remedy === null ? null : <p>What to do: {visible(problem.remedy)}</p>}
    </div>
  );
}

/** What stands in a tab before there is something to show. */
export function Empty({ children }: { children: ComponentChildren }): VNode {
  return <p class="tb-empty">{children}</p>;
}

/** An answer with what to show of it; why there is none, or that it is on its way. */
export function Answered<Result>({
  asked,
  children,
}: {
  asked: Asked<Result>;
  children: (value: Result) => ComponentChildren;
}): VNode {
  return (
    <>
      {asked.problem === null ? null : (
        <>
          <Failure problem={asked.problem} />
          <button type="button" class="tb-button" onClick={asked.reload}>
            Try again
          </button>
        </>
      )}
      {asked.value === null
        ? asked.problem === null && <Empty>Loading…</Empty>
        : children(asked.value)}
    </>
  );
}

/** That there is more than is shown. */
export function Cut(props: { shown: number; total: number | undefined; of: string }): VNode | null {
  const { shown, total = shown, of } = props;
  return total <= shown ? null : (
    <p class="tb-quiet">
      The first {shown.toLocaleString('en')} of {count(total, of)}.
    </p>
  );
}

/** A time, relative; its date and time on hover. */
export function When({ at, now }: { at: number; now: number }): VNode {
  return (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {ago(at, now)}
    </time>
  );
}

/** Who it was, short; the whole DID on hover. */
export function Actor({ did }: { did: string }): VNode {
  return (
    <span class="tb-actor" title={plainly(did)}>
      {visible(actorName(did))}
    </span>
  );
}

/** Names with values. Rows without a value are left out. */
export function Facts({ of }: { of: [name: string, value: ComponentChildren][] }): VNode {
  const rows = of.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return (
    <dl class="tb-facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Names and values that come from a record, as a table. */
export function Values({ label, of }: { label: string; of: Record<string, unknown> }): VNode {
  return (
    <div class="tb-scroll" role="group" aria-label={label} tabIndex={0}>
      <table class="tb-values">
        <tbody>
          {Object.entries(of).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{visible(name)}</th>
              <td>{visible(valueText(value))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Text of any length, as it is, in a box of its own that scrolls. */
export function Whole({ label, text }: { label: string; text: string }): VNode {
  return (
    <pre class="tb-whole" role="group" aria-label={label} tabIndex={0}>
      {visible(text)}
    </pre>
  );
}
