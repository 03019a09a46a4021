// How far a submission has come, and what becomes of it (accept.ts).
import type { Plan } from '../protocol/plan/types.ts';
import type { OpenBatch } from './model.ts';
import type { Pause, Steps } from './steps.ts';

export type Accepted =
  /** Another brain accepts it: an older one took it out of the inbox, or a newer one has fenced this one. */
  | { readonly is: 'elsewhere' }
  /** Accepted, with tasks that are complete already. */
  | { readonly is: 'reload'; readonly plan: Plan }
  | { readonly is: 'accepted'; readonly open: OpenBatch }
  | { readonly is: 'rejected' }
  | { readonly is: 'quarantined' };

export interface Arrival {
  readonly steps: Steps<Accepted>;
  readonly pause: Pause;
}
