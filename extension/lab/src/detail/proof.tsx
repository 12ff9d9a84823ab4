import type { VNode } from 'preact';

import type { Proof } from '../protocol';
import { visible } from '../safe/visible';
import { actorName, count, moment } from '../tabs/words';

const SIGNATURES: Readonly<Record<Proof['signature'], string>> = {
  verified: 'Signature verified',
  unsigned: 'Not signed: the actor is a name without a key',
  invalid: 'The signature does not hold',
};

/** What can be relied on, in words. */
export function ProofView({ proof }: { proof: Proof }): VNode {
  const { signature, id_holds: idHolds, checkpoint } = proof;
  return (
    <ul class="tb-proof">
      <li data-tone={signature === 'verified' ? 'good' : signature === 'invalid' ? 'bad' : 'quiet'}>
        {SIGNATURES[signature]}
      </li>
      <li data-tone={idHolds ? 'good' : 'bad'}>
        {idHolds ? 'Id matches the stored bytes' : 'Id does not match the stored bytes'}
      </li>
      <li data-tone={checkpoint === null ? 'quiet' : 'good'}>
        {checkpoint === null ? (
          'Not yet covered by a signed checkpoint'
        ) : (
          <>
            Covered by a checkpoint of {count(checkpoint.size, 'record')}, {moment(checkpoint.at)}, by{' '}
            {visible(actorName(checkpoint.actor))}
          </>
        )}
      </li>
    </ul>
  );
}
