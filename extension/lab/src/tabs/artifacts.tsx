/** What cells saved: a list, and one of it with its content, versions and lineage. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

import type { PanelContext } from '../context';
import type { ArtifactDetail, ArtifactEntry } from '../protocol';
import { plainly } from '../safe/marks';
import { visible } from '../safe/visible';
import type { TabProps } from '../tab';
import { LibraryList } from './library';
import { LineageView } from './lineage';
import { useNow, useOperation } from './operation';
import { Actor, Answered, Facts, Values, When } from './parts';
import { Preview } from './preview';
import { count, shortId, size } from './words';

export function ArtifactsTab({ context, isShown }: TabProps): VNode {
  const asked = useOperation(
    { context, isShown },
    'artifacts',
    { thread: null },
    (news) => news.type === 'library',
  );
  const [chosen, setChosen] = useState<string | null>(null);
  const now = useNow(60_000, isShown);
  return (
    <div class="tb-page tb-artifacts">
      <Answered asked={asked}>
        {({ artifacts }) => (
          <LibraryList
            context={context}
            label="Artifacts"
            empty="No artifact yet. A cell saves one with artifacts.save(name, value, description)."
            entries={artifacts}
            chosen={chosen}
            choose={setChosen}
            textOf={(entry) => `${entry.name} ${entry.description} ${entry.type} ${entry.actor}`}
            line={(entry) => (
              <>
                {visible(entry.type)} · {size(entry.size)} · <When at={entry.at} now={now} /> ·{' '}
                <Actor did={entry.actor} />
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
  const asked = useOperation(props, 'artifact', { id: props.id }, (news) => news.type === 'library');
  const now = useNow(60_000, props.isShown);
  return (
    <Answered asked={asked}>
      {(detail) => <Artifact context={props.context} detail={detail} choose={props.choose} now={now} />}
    </Answered>
  );
}

interface ArtifactProps {
  context: PanelContext;
  detail: ArtifactDetail;
  choose: (id: string) => void;
  now: number;
}

function Artifact({ context, detail, choose, now }: ArtifactProps): VNode {
  const { artifact, versions, metadata, content, lineage } = detail;
  return (
    <article class="tb-library-detail" aria-label={plainly(artifact.name)}>
      <h3 class="tb-heading">
        {visible(artifact.name)} <span class="tb-quiet">version {artifact.version}</span>
      </h3>
      {artifact.description === '' ? null : <p>{visible(artifact.description)}</p>}
      <Preview artifact={artifact} content={content} />
      <Download context={context} artifact={artifact} />
      <Facts
        of={[
          ['Type', visible(artifact.type)],
          ['Media type', visible(artifact.media_type)],
          ['Size', size(artifact.size)],
          ['Saved', <><When at={artifact.at} now={now} /> by <Actor did={artifact.actor} /></>],
          ['Workspace', artifact.workspace === '' ? 'the default' : visible(artifact.workspace)],
          ['SHA-256', <span class="tb-mono">{visible(artifact.blob)}</span>],
          ['Record', <Record context={context} artifact={artifact} />],
        ]}
      />
      {Object.keys(metadata).length === 0 ? null : (
        <>
          <h4 class="tb-label">Metadata</h4>
          <Values label="Metadata" of={metadata} />
        </>
      )}
      <h4 class="tb-label">Lineage</h4>
      <LineageView
        lineage={lineage}
        current={artifact.id}
        choose={(node) => (node.type === 'artifact' ? choose(node.id) : context.open(node.id, node.thread))}
      />
      <h4 class="tb-label">{count(versions.length, 'version')}</h4>
      <ul class="tb-versions" aria-label="Versions">
        {versions.map((version) => (
          <li key={version.id}>
            <button
              type="button"
              class="tb-link"
              aria-current={version.id === artifact.id ? 'true' : undefined}
              onClick={() => choose(version.id)}
            >
              Version {version.version}
            </button>{' '}
            <span class="tb-quiet">
              {size(version.size)} · <When at={version.at} now={now} /> · <Actor did={version.actor} />
            </span>
          </li>
        ))}
      </ul>
    </article>
  );
}

function Record({ context, artifact }: { context: PanelContext; artifact: ArtifactEntry }): VNode {
  const { cell, id, thread } = artifact;
  return (
    <>
      <button type="button" class="tb-link" onClick={() => context.open(id, thread)}>
        Open {visible(shortId(id))}
      </button>
      {cell === null ? null : (
        <>
          {' '}
          <button type="button" class="tb-link" onClick={() => context.open(cell, thread)}>
            Open the cell
          </button>
        </>
      )}
    </>
  );
}

function Download({ context, artifact }: { context: PanelContext; artifact: ArtifactEntry }): VNode | null {
  const url = context.transport.blobUrl?.(artifact.blob);
  return url === undefined ? null : (
    <p>
      <a class="tb-link" href={url} download={fileName(artifact)} rel="noopener noreferrer">
        Download {size(artifact.size)}
      </a>
    </p>
  );
}

/** A name for the file that leads into no folder. */
function fileName(artifact: ArtifactEntry): string {
  return `${artifact.name}-v${artifact.version}`.replace(/[^\p{L}\p{N}._-]+/gu, '_').replace(/^\.+/, '');
}
