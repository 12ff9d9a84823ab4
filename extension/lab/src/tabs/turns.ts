/**
 * Questions that are asked again before they are answered: which answers still count. Pure.
 *
 * An answer counts unless that to a later question was there before. To wait for the last one would
 * show nothing at all while questions are asked faster than they are answered.
 */
export class Turns {
  #last = 0;
  #settled = 0;

  /** Begin a turn; return it. */
  begin(): number {
    this.#last += 1;
    return this.#last;
  }

  /** Settle a turn with its answer; return whether that counts. */
  settle(turn: number): boolean {
    const counts = turn > this.#settled;
    this.#settled = Math.max(turn, this.#settled);
    return counts;
  }

  /** No answer counts any more to what has been asked. */
  drop(): void {
    this.#settled = this.#last;
  }
}
