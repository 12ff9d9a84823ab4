/** The text of a notification. Pure. */

import { plainly } from '../safe/marks';

/** JupyterLab cuts at 140 characters. */
const LONGEST = 100;

/** A question in one line, in which nothing hides, and how many wait beside it. */
export function noticeText(question: string, others: number): string {
  const line = plainly(question.replace(/\s+/gu, ' ').trim());
  const letters = Array.from(line);
  const short = letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : line;
  return `“${short}” waits for you${others === 0 ? '' : `, and ${others} more`}`;
}

/** The title of the sidebar, and what it means. */
export function badgeOf(waiting: number): { label: string; caption: string } {
  if (waiting === 0) {
    return { label: 'Threadbook', caption: 'Threadbook: what the agent did' };
  }
  const decisions = waiting === 1 ? '1 decision waits' : `${waiting} decisions wait`;
  return { label: `Threadbook (${waiting})`, caption: `Threadbook: ${decisions} for your answer` };
}
