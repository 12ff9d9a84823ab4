import type { Problem } from './protocol';

/** An operation that was refused: what every transport rejects with. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = 'Refused';
    this.problem = problem;
  }
}

/** What went wrong, for a person: what happened, and what to do about it where that is known. */
export function explain(error: unknown): Problem {
  if (error instanceof Refused) {
    return error.problem;
  }
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'Error', message, remedy: null };
}
