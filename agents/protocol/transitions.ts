// Every move that a task file may make, and who may make it. store/lanes.ts has one function per row
// and nothing else moves task files. Backward moves are the brain's alone, so no two processes ever
// race to bring a task back (docs/adr/0007).

export const LANES = [
  'private',
  'queue',
  'processing',
  'complete',
  'failed',
  'quarantine',
] as const;
export type Lane = (typeof LANES)[number];

export interface Transition {
  readonly from: readonly Lane[];
  readonly to: Lane;
  readonly by: 'brain' | 'agent' | 'claimant';
}

export const TRANSITIONS = {
  /** Dependencies are complete. A foreach child is created in the queue instead, once. */
  release: { from: ['private'], to: 'queue', by: 'brain' },
  claim: { from: ['queue'], to: 'processing', by: 'agent' },
  /** The brain claims its own tasks without a stay in the queue. */
  begin: { from: ['private'], to: 'processing', by: 'brain' },
  complete: { from: ['processing'], to: 'complete', by: 'claimant' },
  fail: { from: ['processing'], to: 'failed', by: 'claimant' },
  /** attempt + 1 after a failure. */
  retry: { from: ['failed'], to: 'queue', by: 'brain' },
  /** Its output, which waited there, was rated as good enough, or cannot be rated. */
  approve: { from: ['failed'], to: 'complete', by: 'brain' },
  /** Its output was not good enough: from now on it has failed like any other. */
  disapprove: { from: ['failed'], to: 'failed', by: 'brain' },
  /** attempt + 1 after the agent's lease is lost. */
  requeue: { from: ['processing'], to: 'queue', by: 'brain' },
  /** The losses are used up. */
  lose: { from: ['processing'], to: 'failed', by: 'brain' },
  skip: { from: ['private', 'queue'], to: 'failed', by: 'brain' },
  cancel: { from: ['private', 'queue'], to: 'failed', by: 'brain' },
  /** A paused batch takes back what nobody has claimed. */
  recall: { from: ['queue'], to: 'private', by: 'brain' },
  /** An operator's retry, or a corrected definition: back behind the dependencies. */
  revive: { from: ['failed', 'complete'], to: 'private', by: 'brain' },
  /** A template whose children have all ended, and the built-in summary. */
  close: { from: ['private'], to: 'complete', by: 'brain' },
  quarantine: {
    from: ['private', 'queue', 'processing', 'complete', 'failed'],
    to: 'quarantine',
    by: 'claimant',
  },
} as const satisfies Record<string, Transition>;

export type Verb = keyof typeof TRANSITIONS;
