// What the brain acts with: its store, the ports, and what it may not forget between two turns.
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import type { Spawner } from '../process/spawner.ts';
import type { Store } from '../store/store.ts';
import type { OwnTasks } from './own-tasks.ts';
import type { Policy } from './policy.ts';

export interface Effects {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: Policy;
  readonly host: string;
  readonly own: OwnTasks;
  readonly spawner: Spawner;
  /** For child processes that are not tasks. */
  readonly environment: Readonly<Record<string, string>>;
  /** Submissions whose files are being copied from the batch they resume. */
  readonly seeds: Map<string, 'running' | 'done'>;
  /** Task files whose creation reported a failure, by task key: it may have come to pass. */
  readonly doubts: Set<string>;
  readonly ring: () => void;
}
