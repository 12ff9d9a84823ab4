/** Of JupyterLab 4.6 exactly what the extension uses; JupyterLab supplies the modules when it runs. */

declare module '@lumino/widgets' {
  export interface ISignal<Sender, Args> {
    connect(slot: (sender: Sender, args: Args) => void, thisArg?: unknown): boolean;
    disconnect(slot: (sender: Sender, args: Args) => void, thisArg?: unknown): boolean;
  }
  export interface Title {
    label: string;
    caption: string;
    icon: unknown;
  }
  export interface Message {
    readonly type: string;
  }
  export class Widget {
    constructor(options?: { node?: HTMLElement });
    id: string;
    readonly node: HTMLElement;
    readonly title: Title;
    readonly disposed: ISignal<this, void>;
    readonly isDisposed: boolean;
    readonly isVisible: boolean;
    addClass(name: string): void;
    dispose(): void;
    protected onActivateRequest(message: Message): void;
  }
}

declare module '@jupyterlab/services' {
  export interface ServerSettings {
    readonly baseUrl: string;
    readonly token: string;
    readonly fetch: typeof fetch;
  }
  export namespace ServerConnection {
    function makeSettings(): ServerSettings;
    function makeRequest(url: string, init: RequestInit, settings: ServerSettings): Promise<Response>;
  }
}

declare module '@jupyterlab/ui-components' {
  export class LabIcon {
    constructor(options: { name: string; svgstr: string });
  }
}

declare module '@jupyterlab/application' {
  import type { ISignal, Widget } from '@lumino/widgets';

  export interface Shell {
    add(widget: Widget, area: string, options?: { rank?: number }): void;
    activateById(id: string): void;
    readonly currentWidget: Widget | null;
    /** Not every shell has it. */
    readonly currentChanged?: ISignal<Shell, unknown>;
  }
  export interface JupyterFrontEnd {
    readonly shell: Shell;
    readonly commands: {
      addCommand(id: string, options: { label: string; caption: string; execute: () => void }): unknown;
    };
    /** Done when notebooks that were open before a reload are open again. */
    readonly restored: Promise<unknown>;
  }
  export interface JupyterFrontEndPlugin<Provided> {
    id: string;
    description: string;
    autoStart: boolean;
    requires: unknown[];
    optional: unknown[];
    activate: (app: JupyterFrontEnd, ...services: never[]) => Provided;
  }
  export interface ILayoutRestorer {
    add(widget: Widget, name: string): void;
  }
  export const ILayoutRestorer: unknown;
}

declare module '@jupyterlab/apputils' {
  import type { ISignal } from '@lumino/widgets';

  export interface ICommandPalette {
    addItem(item: { command: string; category: string }): unknown;
  }
  export const ICommandPalette: unknown;

  export interface Kernel {
    readonly id: string;
    readonly name: string;
    readonly status: string;
  }
  export interface ISessionContext {
    readonly ready: Promise<void>;
    readonly isReady: boolean;
    readonly session: { readonly kernel: Kernel | null } | null;
    readonly kernelDisplayName: string;
    readonly kernelChanged: ISignal<ISessionContext, unknown>;
    readonly statusChanged: ISignal<ISessionContext, string>;
  }

  export namespace Notification {
    interface Options {
      /** Milliseconds on the screen; 0: in the list of notifications only. */
      autoClose: number | false;
      actions: { label: string; caption?: string; callback: () => void }[];
    }
    function warning(message: string, options: Options): string;
    function dismiss(id: string): void;
  }
}

declare module '@jupyterlab/notebook' {
  import type { ISessionContext } from '@jupyterlab/apputils';
  import type { ISignal, Widget } from '@lumino/widgets';

  export interface Notebook extends Widget {
    readonly widgets: readonly (Widget & { readonly model: { readonly id: string } })[];
    activeCellIndex: number;
    scrollToItem(index: number, align?: 'auto' | 'smart' | 'center'): Promise<void>;
  }
  export interface NotebookPanel extends Widget {
    readonly content: Notebook;
    readonly sessionContext: ISessionContext;
  }
  export interface INotebookTracker {
    readonly currentWidget: NotebookPanel | null;
    readonly currentChanged: ISignal<INotebookTracker, NotebookPanel | null>;
    has(widget: Widget): boolean;
    forEach(visit: (panel: NotebookPanel) => void): void;
  }
  export const INotebookTracker: unknown;
}

declare module '@jupyterlab/console' {
  import type { ISessionContext } from '@jupyterlab/apputils';
  import type { ISignal, Widget } from '@lumino/widgets';

  export interface ConsolePanel extends Widget {
    readonly sessionContext: ISessionContext;
  }
  export interface IConsoleTracker {
    readonly currentWidget: ConsolePanel | null;
    readonly currentChanged: ISignal<IConsoleTracker, ConsolePanel | null>;
    has(widget: Widget): boolean;
  }
  export const IConsoleTracker: unknown;
}
