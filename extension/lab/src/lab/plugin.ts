/** The sidebar of JupyterLab: the panel beside the notebook, there before any cell runs. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IConsoleTracker } from '@jupyterlab/console';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ServerConnection } from '@jupyterlab/services';

import { HttpTransport } from '../http';
import { reveal } from './cells';
import { Documents } from './documents';
import { Follower } from './follower';
import { listenToFrames } from './frames';
import { Notices } from './notices';
import { Sidebar } from './sidebar';
import { WaitingTransport } from './waiting';

const SHOW = 'threadbook:show';
const DECISIONS = 'threadbook:decisions';

export const plugin: JupyterFrontEndPlugin<void> = {
  id: 'threadbook-panel:plugin',
  description: 'What an agent did, does and wants to do, beside the notebook',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [IConsoleTracker, ICommandPalette, ILayoutRestorer],
  activate,
};

/** Apart from the sidebar: pages without notebooks, as of a console, have outputs too. */
export const frames: JupyterFrontEndPlugin<void> = {
  id: 'threadbook-panel:frames',
  description: 'Gives outputs that are shown in frames of their own the height that they ask for',
  autoStart: true,
  requires: [],
  optional: [],
  activate: () => listenToFrames(window),
};

function activate(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  consoles: IConsoleTracker | null,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null,
): void {
  const settings = ServerConnection.makeSettings();
  const transport = new WaitingTransport(
    new HttpTransport({
      baseUrl: settings.baseUrl,
      token: '', // It is makeRequest that knows how to say who asks.
      fetch: (url, init) => ServerConnection.makeRequest(String(url), init ?? {}, settings),
    }),
  );
  const documents = new Documents(app.shell, notebooks, consoles);
  const sidebar = new Sidebar(transport, (cellId) => reveal(app.shell, notebooks, cellId));

  const show = () => app.shell.activateById(sidebar.id);
  const showDecisions = () => {
    sidebar.choose('decisions');
    show();
  };
  app.commands.addCommand(SHOW, {
    label: 'Threadbook: Show panel',
    caption: 'What happened on the thread of this notebook',
    execute: show,
  });
  app.commands.addCommand(DECISIONS, {
    label: 'Threadbook: Show decisions',
    caption: 'What waits for your answer',
    execute: showDecisions,
  });
  [SHOW, DECISIONS].forEach((command) => palette?.addItem({ command, category: 'Threadbook' }));

  app.shell.add(sidebar, 'right', { rank: 500 });
  restorer?.add(sidebar, sidebar.id);

  const notices = new Notices(showDecisions, () => sidebar.showsDecisions);
  transport.onWaiting((waiting) => {
    sidebar.badge = waiting.length;
    notices.tell(waiting);
  });
  void app.restored.then(() => new Follower(documents, transport, sidebar, settings));
}
