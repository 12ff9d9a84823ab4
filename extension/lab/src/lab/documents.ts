/** The notebook or console that is in front, or was last. */

import type { Shell } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { IConsoleTracker } from '@jupyterlab/console';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';

/** What has a kernel. */
export interface Document extends Widget {
  readonly sessionContext: ISessionContext;
}

export class Documents {
  private readonly shell: Shell;
  private readonly notebooks: INotebookTracker;
  private readonly consoles: IConsoleTracker | null;
  private last: Document | null = null;

  constructor(shell: Shell, notebooks: INotebookTracker, consoles: IConsoleTracker | null) {
    this.shell = shell;
    this.notebooks = notebooks;
    this.consoles = consoles;
  }

  /** Other tabs, such as a text file, leave the notebook that was in front before them. */
  get current(): Document | null {
    const front = this.shell.currentWidget;
    if (front !== null && this.hasKernel(front)) {
      this.last = front;
    } else if (this.last === null || this.last.isDisposed) {
      this.last = this.notebooks.currentWidget ?? this.consoles?.currentWidget ?? null;
    }
    return this.last;
  }

  /** Hear that another document may be in front. */
  onChanged(hear: () => void): void {
    this.notebooks.currentChanged.connect(hear);
    this.consoles?.currentChanged.connect(hear);
    this.shell.currentChanged?.connect(hear);
  }

  private hasKernel(widget: Widget): widget is Document {
    return this.notebooks.has(widget) || this.consoles?.has(widget) === true;
  }
}
