/** The content of an artifact, as far as it is shown. All of it is untrusted. */

import type { VNode } from 'preact';

import type { ArtifactDetail, ArtifactEntry } from '../protocol';
import { plainly } from '../safe/marks';
import { visible } from '../safe/visible';
import { Whole } from './parts';
import { count } from './words';

type Content = ArtifactDetail['content'];

const IMAGE = /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i;

/** A data URL of an image that an img element may load: it fetches nothing and runs nothing. */
export function imageUrl(url: string): string | null {
  return IMAGE.test(url) ? url : null;
}

export function Preview({ artifact, content }: { artifact: ArtifactEntry; content: Content }): VNode {
  if (content === null) {
    return artifact.preview === '' ? <p class="tb-quiet">No preview.</p> : <Whole label="Preview" text={artifact.preview} />;
  }
  switch (content.type) {
    case 'text':
      return (
        <>
          <Whole label="Content" text={content.text} />
          {content.is_cut ? <p class="tb-quiet">Only the beginning is shown.</p> : null}
        </>
      );
    case 'table':
      return <Table columns={content.columns} rows={content.rows} total={content.row_count} />;
    case 'image': {
      const url = imageUrl(content.url);
      return url === null ? (
        <p class="tb-quiet">This kind of image is not shown.</p>
      ) : (
        <img class="tb-image" src={url} alt={`Content of ${plainly(artifact.name)}`} />
      );
    }
  }
}

function Table({ columns, rows, total }: { columns: string[]; rows: string[][]; total: number }): VNode {
  return (
    <>
      <div class="tb-scroll" role="group" aria-label="Content" tabIndex={0}>
        <table class="tb-table">
          <thead>
            <tr>
              {columns.map((column, place) => (
                <th key={place} scope="col">
                  {visible(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, place) => (
              <tr key={place}>
                {row.map((value, column) => (
                  <td key={column}>{visible(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="tb-quiet">
        {rows.length < total ? `The first ${count(rows.length, 'row')} of ${total.toLocaleString('en')}.` : `${count(total, 'row')}.`}
      </p>
    </>
  );
}
