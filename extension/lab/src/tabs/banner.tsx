/** A restart, a death or a repair on the shown thread: stays until somebody has taken note. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

import type { PanelContext } from '../context';
import { visible } from '../safe/visible';
import type { BannerProps } from '../tab';
import { acknowledge, isAcknowledged } from './acknowledged';
import { useOperation } from './operation';
import { moment } from './words';

export function Banner({ context }: BannerProps): VNode | null {
  const { thread } = context;
  return thread === null ? null : <Warnings key={thread} context={context} thread={thread} />;
}

function Warnings({ context, thread }: { context: PanelContext; thread: string }): VNode | null {
  const { value } = useOperation(
    { context, isShown: true },
    'health',
    { thread },
    (news) => news.type === 'health',
  );
  const [, setTaken] = useState(0);
  const open = (value?.warnings ?? []).filter((warning) => !isAcknowledged(warning.id));
  const [newest] = open;
  if (newest === undefined) {
    return null;
  }
  const take = () => {
    open.forEach((warning) => acknowledge(warning.id));
    setTaken((times) => times + 1);
    context.say('Acknowledged');
  };
  return (
    <div class="tb-banner" role="alert">
      <div class="tb-banner-text">
        <strong>Warning:</strong> {visible(newest.text)}{' '}
        <time dateTime={new Date(newest.at).toISOString()}>({moment(newest.at)})</time>
        {open.length === 1 ? null : ` ${open.length - 1} more under Health.`}
      </div>
      <button type="button" class="tb-button" onClick={take}>
        Acknowledge
      </button>
    </div>
  );
}
