/** What is said about a notebook whose thread is not known. Pure. */

export interface About {
  /** Whether a notebook or console is open. */
  isOpen: boolean;
  /** The name of its kernel for people, null where it has none. */
  kernel: string | null;
  /** Whether there is any thread to show instead. */
  hasThreads: boolean;
}

export function aboutText({ isOpen, kernel, hasThreads }: About): string {
  const shown = hasThreads ? ' Shown is another thread.' : '';
  if (!isOpen) {
    return hasThreads
      ? 'No notebook is open. Shown is a thread of this log; Threads has the others.'
      : 'Nothing is on record yet. Open a notebook with the kernel “threadbook” and run a cell.';
  }
  return kernel === null
    ? `This notebook has no kernel.${shown} Choose the kernel “threadbook” to have its cells on record.`
    : `The kernel “${kernel}” of this notebook is on no thread.${shown} Choose the kernel “threadbook” to have its cells on record.`;
}
