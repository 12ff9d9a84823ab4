/** The panel in the output of a cell: what anywidget loads. */

import { mount } from './app';
import { CommTransport, isLive, isRecord, type Life, type WidgetModel } from './comm';
import type { Transport } from './protocol';
import { SavedTransport, type Snapshot } from './saved';

interface PanelModel extends WidgetModel {
  readonly widget_manager: { get_model(id: string): Promise<WidgetModel> };
}

interface RenderProps {
  readonly model: PanelModel;
  readonly el: HTMLElement;
}

/** Show the panel; returns what takes it away. */
async function render({ model, el }: RenderProps): Promise<() => void> {
  const notice = document.createElement('p');
  notice.className = 'tb-notice';
  notice.setAttribute('role', 'status');
  const body = document.createElement('div');
  el.classList.add('tb-widget');
  el.append(hiding(model), notice, body);

  const table = await modelOf(model, '_table');
  const way = await wayFor(model, table, (life) => {
    notice.textContent = describe(life, snapshotOf(model, table));
  });
  notice.textContent = way.notice;
  const panel = mount(body, way.transport, { thread: threadOf(model), compact: true, name: 'widget' });
  const move = () => panel.show(threadOf(model));
  model.on('change:thread', move);
  return () => {
    model.off('change:thread', move);
    panel.dispose();
    way.dispose();
    el.replaceChildren();
  };
}

interface Way {
  readonly transport: Transport;
  readonly notice: string;
  dispose(): void;
}

/** A way through the kernel; where there is none any more, the state that was saved. */
async function wayFor(
  model: PanelModel,
  table: WidgetModel | null,
  tell: (life: Life) => void,
): Promise<Way> {
  const requests = await modelOf(model, '_requests');
  if (requests === null || !isLive(requests)) {
    const saved = snapshotOf(model, table);
    return {
      transport: new SavedTransport(saved),
      notice: `Saved state of ${moment(saved.at)}; not live.`,
      dispose: () => undefined,
    };
  }
  const transport = new CommTransport(model, requests, tell);
  return { transport, notice: '', dispose: () => transport.dispose() };
}

/** A model that the panel names, which others may share with it. */
async function modelOf(model: PanelModel, name: string): Promise<WidgetModel | null> {
  try {
    return await model.widget_manager.get_model(String(model.get(name)));
  } catch {
    return null; // a notebook was saved without it
  }
}

function describe(life: Life, saved: Snapshot): string {
  switch (life) {
    case 'ended':
      return `The kernel has ended; not live. This is the state of ${moment(saved.at)} or later.`;
    case 'silent':
      return 'The kernel does not answer; what is shown may be out of date.';
    default:
      return '';
  }
}

function snapshotOf(model: PanelModel, table: WidgetModel | null): Snapshot {
  const empty: Snapshot = { at: Date.now(), thread: threadOf(model), total: 0, rows: [], waiting: [] };
  try {
    const saved: unknown = JSON.parse(String(table?.get('_snapshot')));
    return isRecord(saved) && Array.isArray(saved.rows) ? { ...empty, ...saved } : empty;
  } catch {
    return empty;
  }
}

function threadOf(model: PanelModel): string | null {
  const thread = model.get('thread');
  return typeof thread === 'string' ? thread : null;
}

function moment(at: number): string {
  return new Date(at).toLocaleString();
}

/** Hides the table that stands beside the view for pages without scripts, as long as this is there. */
function hiding(model: PanelModel): HTMLStyleElement {
  const id = String(model.get('_table')).replace(/[^\w-]/g, '');
  const style = document.createElement('style');
  const table = `.threadbook-static-${id}`;
  style.textContent = `${table}, .jp-OutputArea-child:has(${table}) { display: none; }`;
  return style;
}

export default { render };
