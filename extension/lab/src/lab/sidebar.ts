/** The widget in the right sidebar: a line about the notebook, and the panel below. */

import { LabIcon } from '@jupyterlab/ui-components';
import { Widget, type Message } from '@lumino/widgets';

import { mount, type Mounted } from '../app';
import type { Transport } from '../protocol';
import { badgeOf } from './notice-text';

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
  <g class="jp-icon3" fill="#616161">
    <circle cx="4" cy="3" r="2"/><circle cx="4" cy="13" r="2"/><circle cx="12" cy="8" r="2"/>
    <path d="M3.3 4h1.4v8H3.3z"/><path d="M4.7 3.3c4 0 2.6 4 6.3 4v1.4c-5 0-3.400-4-6.300-4z"/>
  </g>
</svg>`;

export class Sidebar extends Widget {
  readonly panel: Mounted;
  private readonly line = document.createElement('p');
  /** The tab that is focused when the sidebar is next activated; null for the one in front. */
  private wanted: string | null = null;

  constructor(transport: Transport, jump: (cellId: string) => void) {
    super();
    this.id = 'threadbook-panel';
    this.addClass('tb-sidebar');
    this.title.icon = new LabIcon({ name: 'threadbook:panel', svgstr: ICON });
    this.badge = 0;
    this.line.className = 'tb-about';
    this.line.setAttribute('role', 'status');
    this.about = '';
    const place = document.createElement('div');
    place.className = 'tb-place';
    this.node.append(this.line, place);
    this.panel = mount(place, transport, { thread: null, jump, name: 'sidebar' });
  }

  /** How many decisions wait, in the title and in its accessible label. */
  set badge(waiting: number) {
    const { label, caption } = badgeOf(waiting);
    this.title.label = label;
    this.title.caption = caption;
  }

  /** Put a tab in front, and focus it when the sidebar is activated. */
  choose(tab: string): void {
    this.wanted = tab;
    this.panel.choose(tab);
  }

  /** Whether the person has the decisions before them. */
  get showsDecisions(): boolean {
    return this.isVisible && this.node.querySelector('.tb-decisions:not([hidden] *)') !== null;
  }

  /** What there is to say about the notebook in front, empty where its thread is shown. */
  set about(text: string) {
    this.line.textContent = text;
    this.line.hidden = text === '';
  }

  override dispose(): void {
    this.panel.dispose();
    super.dispose();
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    const tab = this.wanted === null ? '[aria-selected="true"]' : `[id$="-tab-${this.wanted}"]`;
    this.wanted = null;
    this.node.querySelector<HTMLElement>(`[role="tab"]${tab}`)?.focus();
  }
}
