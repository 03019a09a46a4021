// A brain at work: everything its loop needs at hand.
import type { Doorbell } from '../store/doorbell.ts';
import type { Arrival } from './arrival.ts';
import type { AgentAging } from './agents.ts';
import type { DecisionLog, LogLine } from './decision-log.ts';
import type { Effects } from './effects.ts';
import type { OpenBatch, World } from './model.ts';
import type { PictureHead } from './picture.ts';

export interface Brain {
  readonly effects: Effects;
  readonly world: World;
  readonly epoch: number;
  readonly aging: AgentAging;
  readonly decisionLog: DecisionLog;
  readonly doorbell: Doorbell;
  readonly head: Omit<PictureHead, 'seq' | 'at' | 'brain' | 'interval_ms'>;
  /** The longest wait between two looks. */
  readonly waitMsMax: (isIdle: boolean) => number;
  /** 0 runs, 1 finishes its own tasks, 2 gives them back. */
  readonly stopLevel: () => number;
  heartbeatsReadMs: number;
  /** Something that its file does not say yet (remember.ts). */
  hasLearned: boolean;
  pictureMs: number;
  pictureSeq: number;
  reconciledMs: number;
  /** When the last round of decisions was made. */
  decidedMs: number;
  /** When the epochs were last looked at. */
  epochSeenMs: number;
  /** Tasks that are in no lane where they were looked for, by task key: since when. */
  readonly missedMs: Map<string, number>;
  /**
   * Submissions whose acceptance has begun; null where it reported a failure, which may have come to pass, and
   * begins anew.
   */
  readonly arriving: Map<string, Arrival | null>;
}

/** A line of the decision log, and the batch in whose events it stands too. */
export type Line = readonly [OpenBatch | null, LogLine];

/** One append for all lines; until it succeeded nothing is carried out. */
export const writeDown = (brain: Brain, lines: readonly Line[]): Promise<void> =>
  brain.decisionLog.write(lines.map(([open, line]) => ({ open, line })));
