// What an agent is made of: its ports, who it is, its jobs, and the little state that is not in files.
import type { EndCause } from '../executor/outcome.ts';
import type { LiveAttempt } from '../executor/attempt.ts';
import type { ExecutorSettings } from '../executor/request.ts';
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import type { Shutdown } from '../process/shutdown.ts';
import type { Spawner } from '../process/spawner.ts';
import type { ProcessIdentity } from '../protocol/attempt.ts';
import type { Config } from '../protocol/config.ts';
import type { Card } from '../protocol/heartbeat.ts';
import { describeReservation } from '../protocol/reservation.ts';
import type { Reservation } from '../protocol/reservation.ts';
import { parseQueue } from '../protocol/lane-name.ts';
import type { ClaimName, QueueName } from '../protocol/lane-name.ts';
import { BELL_BRAIN } from '../protocol/layout.ts';
import type { AgentKind } from '../protocol/layout.ts';
import { openNameReader } from '../protocol/name-reader.ts';
import type { NameReader } from '../protocol/name-reader.ts';
import type { Task } from '../protocol/task.ts';
import { openDoorbell } from '../store/doorbell.ts';
import type { Doorbell } from '../store/doorbell.ts';
import { openRinging } from '../store/ringing.ts';
import type { Ringing } from '../store/ringing.ts';
import type { Journal } from '../store/journal.ts';
import { openSamples } from '../store/samples.ts';
import type { Store } from '../store/store.ts';
import type { Reasons } from './admit.ts';
import type { CardMemory } from './card-memory.ts';
import type { AgentModels } from './models.ts';
import type { Probe } from './probe.ts';
import { COOL } from './thermal.ts';
import type { ThermalState } from './thermal.ts';

export interface AgentPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly doorbell: Doorbell;
  /** Null for an agent without a card. */
  readonly probe: Probe | null;
  readonly models: AgentModels;
  readonly executor: ExecutorSettings;
  readonly shutdown: Shutdown;
  readonly log: Log;
}

export interface AgentIdentity {
  readonly name: string;
  readonly kind: AgentKind;
  readonly isSimulated: boolean;
  /** Tasks at once, metas apart; null: as many as the memory of the card allows. */
  readonly slots: number | null;
  /** CUDA_VISIBLE_DEVICES of its tasks. */
  readonly cudaDevices: string;
  readonly host: string;
  readonly process: ProcessIdentity;
  readonly incarnation: string;
  /** Whether file events may never come. */
  readonly isNetwork: boolean;
  /** The directory that paths of the configuration count from. */
  readonly home: string;
}

/** One claim, from just before its rename until just after its commit. */
export interface Job {
  readonly claim: ClaimName;
  /** Found in `processing`, not claimed by this process. */
  readonly isRecovered: boolean;
  task: Task | null;
  startedAt: string;
  /** On the monotonic clock; for a recovered job as far as its start is known. */
  startedMs: number;
  timeoutMs: number;
  live: LiveAttempt | null;
  /** Why it is to end, asked before it was alive. */
  endWanted: { readonly cause: EndCause; readonly reason: string } | null;
  usedMib: number | null;
  peakMib: number | null;
  /** Its claim was not in `processing` at the last look. */
  isMissed: boolean;
  /** Nothing of it runs any more; only its commit is on the way. */
  isSettling: boolean;
}

/** What is known of the card at the last look. */
export interface CardView {
  readonly card: Card;
  readonly constrained: readonly string[];
  readonly memory: CardMemory;
  /** Null while the memory in use is unknown. */
  readonly foreignMib: number | null;
}

export interface AgentState {
  isPaused: boolean;
  /** Whom the card is kept for; null when for nobody. */
  reservation: Reservation | null;
  /** Its lease may have run out: nothing is claimed, and what ran was ended. */
  isFenced: boolean;
  /** Just before the last heartbeat that was published. */
  publishedMs: number;
  seq: number;
  epoch: number;
  tasksDone: number;
  claimsLost: number;
  thermal: ThermalState;
  card: CardView | null;
  /** The same of the cards that its split models lie on, as their heartbeats say. */
  partnersConstrained: readonly string[];
  why: Reasons;
  /** Commits that the disk refuses at the moment, by claim. */
  readonly troubles: Map<string, string>;
  /** When a task that failed here was first seen, by file name. */
  readonly avoided: Map<string, number>;
  /** Models on the card whose load has begun, or waits for memory of tasks. */
  readonly awaited: Set<string>;
  /** Models that are to be unloaded: nothing new is claimed for them. */
  readonly draining: Set<string>;
  /** When the heartbeat was last written, or begun to be. */
  beatMs: number;
  /** Grows with every lost claim, shrinks with every won one. */
  spread: number;
  /** Tasks that the last look left in the queue, whoever can run them. */
  waiting: number;
  /** How often the queue was looked at: under contention each look begins somewhere else. */
  looks: number;
}

export interface Agent {
  readonly ports: AgentPorts;
  readonly me: AgentIdentity;
  readonly config: Config;
  /** By claimMark: batch, task and attempt. */
  readonly jobs: Map<string, Job>;
  readonly state: AgentState;
  /** Wakes the heartbeat loop. */
  readonly pulse: Doorbell;
  readonly ringBrain: Ringing;
  readonly samples: Journal;
  readonly readQueue: NameReader<QueueName>;
  /** Aborted when the loops are to end, with the exit code or the error as its reason. */
  readonly over: AbortController;
}

export function createAgent(ports: AgentPorts, me: AgentIdentity, config: Config): Agent {
  return {
    ports,
    me,
    config,
    jobs: new Map(),
    state: {
      isPaused: false,
      reservation: null,
      isFenced: false,
      publishedMs: ports.clock.monotonicMs(),
      seq: 0,
      epoch: 0,
      tasksDone: 0,
      claimsLost: 0,
      thermal: COOL,
      card: null,
      partnersConstrained: [],
      why: {},
      troubles: new Map(),
      avoided: new Map(),
      awaited: new Set(),
      draining: new Set(),
      beatMs: ports.clock.monotonicMs(),
      spread: 0,
      waiting: 0,
      looks: 0,
    },
    pulse: openDoorbell([], ports.clock),
    ringBrain: openRinging(ports.store, BELL_BRAIN, ports.clock),
    samples: openSamples(ports.store.disk, me, config.samples),
    readQueue: openNameReader(parseQueue),
    over: new AbortController(),
  };
}

/** Ends both loops at once; jobs are left as they are. */
export function leave(agent: Agent, reason: number | Error): void {
  agent.over.abort(reason);
  agent.ports.doorbell.ring();
  agent.pulse.ring();
}

/** Why nothing at all is claimed; null while work is wanted. */
export function haltOf({ ports, state }: Agent): string | null {
  if (state.isFenced) return 'fenced: the heartbeat could not be published in time';
  if (ports.shutdown.level > 0) return 'stopping';
  if (state.isPaused) return 'paused';
  if (state.reservation !== null) return describeReservation(state.reservation);
  const [trouble] = state.troubles.values();
  return trouble === undefined ? null : `the disk refuses to take a result: ${trouble}`;
}

/** Ends a job; one that is not alive yet ends before it starts. */
export function endJob(job: Job, cause: EndCause, reason: string): void {
  if (job.live === null) job.endWanted ??= { cause, reason };
  else job.live.end(cause, reason);
}
