/** Reveals the notebook cell that a record is about. */

import type { Shell } from '@jupyterlab/application';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

const FLASH_MS = 1500;

/** Select, scroll to and flash the cell of this model id, in the notebook in front or another one. */
export function reveal(shell: Shell, notebooks: INotebookTracker, cellId: string): void {
  const others: NotebookPanel[] = [];
  notebooks.forEach((panel) => others.push(panel));
  const current = notebooks.currentWidget;
  for (const panel of current === null ? others : [current, ...others]) {
    const index = panel.content.widgets.findIndex((cell) => cell.model.id === cellId);
    if (index >= 0) {
      shell.activateById(panel.id);
      panel.content.activeCellIndex = index;
      void panel.content.scrollToItem(index, 'center').then(() => flash(panel, index));
      return;
    }
  }
}

function flash(panel: NotebookPanel, index: number): void {
  const node = panel.content.widgets[index]?.node;
  node?.classList.add('tb-flash');
  setTimeout(() => node?.classList.remove('tb-flash'), FLASH_MS);
}
