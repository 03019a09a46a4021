// One life of a process: it runs in turns, may be stalled (its turns come later, all at once), and may
// die, which means that none of its promises ever resolves again.
import type { Clock, WakeSignal } from '../../agents/process/clock.ts';
import type { Dice } from './dice.ts';
import type { Timeline } from './timeline.ts';

export class Life {
  isAlive = true;
  stalledUntilMs = 0;
  readonly startedMs: number;
  /** Its host's wall clock minus virtual time; may jump. */
  wallOffsetMs: number;
  readonly name: string;
  readonly clock: Clock;
  private readonly timeline: Timeline;
  private readonly dice: Dice;

  constructor(name: string, timeline: Timeline, dice: Dice, wallOffsetMs: number) {
    this.name = name;
    this.timeline = timeline;
    this.dice = dice;
    this.wallOffsetMs = wallOffsetMs;
    this.startedMs = timeline.nowMs;
    this.clock = {
      wall: () => new Date(timeline.nowMs + this.wallOffsetMs),
      monotonicMs: () => timeline.nowMs - this.startedMs,
      sleep: (ms, signal) => this.sleep(ms, signal),
    };
  }

  stall(ms: number): void {
    this.stalledUntilMs = this.timeline.nowMs + ms;
  }

  get isStalled(): boolean {
    return this.timeline.nowMs < this.stalledUntilMs;
  }

  /** `act` happens in this process after the delay, when it is not stalled then and still alive. */
  deliver(delayMs: number, act: () => void): void {
    this.timeline.after(delayMs, () => {
      if (!this.isAlive) return;
      if (this.isStalled) {
        this.deliver(this.stalledUntilMs - this.timeline.nowMs + this.dice.next(), act);
      } else act();
    });
  }

  turn(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.deliver(delayMs, resolve));
  }

  private sleep(ms: number, signal: WakeSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const done = (): void => {
        signal?.removeEventListener('abort', done);
        resolve();
      };
      signal?.addEventListener('abort', done);
      this.deliver(ms + this.dice.next(), done);
    });
  }
}
