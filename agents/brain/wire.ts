// A brain from its ports: everything that follows from them, and nothing that looks at the machine. The
// process (assemble.ts) and the simulator put their brains together here.
import type { ExecutorSettings } from '../executor/request.ts';
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import type { Spawner } from '../process/spawner.ts';
import type { Config } from '../protocol/config.ts';
import type { EpochHolder } from '../protocol/epoch.ts';
import { parseClaim, parseQueue } from '../protocol/lane-name.ts';
import { openNameReader } from '../protocol/name-reader.ts';
import type { Doorbell } from '../store/doorbell.ts';
import type { Store } from '../store/store.ts';
import { openAging } from './agents.ts';
import type { Brain } from './brain.ts';
import { openDecisionLog } from './decision-log.ts';
import type { World } from './model.ts';
import { newMemory } from './model-memory.ts';
import { openOwnTasks } from './own-tasks.ts';

export interface BrainPorts {
  /** Publishes from the staging directory of its epoch (store/epoch.ts). */
  readonly store: Store;
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly doorbell: Doorbell;
  readonly log: Log;
  readonly executor: ExecutorSettings;
  readonly stopLevel: () => number;
}

export interface BrainIdentity extends Omit<EpochHolder, 'started_at'> {
  readonly epoch: number;
  /** Whether file events may never come. */
  readonly isNetwork: boolean;
}

/** `environment`: for child processes that are not tasks. */
export function wireBrain(
  ports: BrainPorts,
  self: BrainIdentity,
  config: Config,
  environment: Readonly<Record<string, string>>,
): Brain {
  const { doorbell, stopLevel, executor, ...rest } = ports;
  const { store, spawner, clock, log } = rest;
  const { isNetwork, ...identity } = self;
  const { epoch, host } = identity;
  const ring = (): void => doorbell.ring();
  const own = openOwnTasks({ ...rest, host, ring, executor, timeoutS: config.task.timeoutS });
  const { pollIntervalMs, idlePollIntervalMs } = config.brain;
  return {
    effects: {
      store,
      spawner,
      clock,
      log,
      host,
      ring,
      own,
      environment,
      policy: { config },
      seeds: new Map(),
      doubts: new Set(),
    },
    world: emptyWorld(),
    epoch,
    aging: openAging(config.agent.leaseMs),
    decisionLog: openDecisionLog(store.disk, config.log),
    doorbell,
    head: identity,
    waitMsMax: (isIdle) =>
      isIdle && !isNetwork ? Math.max(pollIntervalMs, idlePollIntervalMs) : pollIntervalMs,
    stopLevel,
    heartbeatsReadMs: Number.NEGATIVE_INFINITY,
    hasLearned: false,
    pictureMs: Number.NEGATIVE_INFINITY,
    pictureSeq: 0,
    // A start has just read everything.
    reconciledMs: clock.monotonicMs(),
    decidedMs: Number.NEGATIVE_INFINITY,
    epochSeenMs: Number.NEGATIVE_INFINITY,
    missedMs: new Map(),
    arriving: new Map(),
  };
}

const emptyWorld = (): World => ({
  batches: new Map(),
  agents: new Map(),
  unknownSinceMs: new Map(),
  escalations: new Map(),
  quarantined: new Map(),
  vanished: new Set(),
  aborted: new Set(),
  unloadable: new Map(),
  ratings: new Map(),
  system: null,
  memory: newMemory(),
  sequence: 0,
  readQueue: openNameReader(parseQueue),
  readClaims: openNameReader(parseClaim),
});
