/** What a tab is to the shell of the panel (app.tsx); the tabs are listed in tabs/index.ts. */

import type { ComponentType } from 'preact';

import type { PanelContext } from './context';

export interface TabProps {
  readonly context: PanelContext;
  /** False while another tab is in front: the tab stays mounted and may put off its requests. */
  readonly isShown: boolean;
}

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly view: ComponentType<TabProps>;
}

export interface BannerProps {
  readonly context: PanelContext;
}
