// The brain's own tasks (`executor: brain`): run by the same executor as everything else, claimed under
// the name `brain`, and adopted after a restart like an agent's. They never block the loop.
import type { ClaimName } from '../protocol/lane-name.ts';
import type { Task } from '../protocol/task.ts';
import { utc } from '../process/clock.ts';
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import type { Spawner } from '../process/spawner.ts';
import { adoptAttempt, startAttempt } from '../executor/attempt.ts';
import type { LiveAttempt } from '../executor/attempt.ts';
import type { EndCause } from '../executor/outcome.ts';
import type { AttemptRequest, ExecutorSettings } from '../executor/prepare.ts';
import { recordOf } from '../executor/record.ts';
import type { AttemptEnd } from '../executor/record.ts';
import { openCommit } from '../store/attempts.ts';
import type { Store } from '../store/store.ts';
import { claimKey } from './model.ts';
import type { Ended, OpenBatch } from './model.ts';

export interface OwnTasks {
  start(open: OpenBatch, task: Task, claim: ClaimName): void;
  adopt(open: OpenBatch, task: Task, claim: ClaimName): void;
  end(claim: ClaimName, cause: EndCause): void;
  /** Whether this brain runs it, or commits it at the moment. */
  holds(claim: ClaimName): boolean;
  /** Gives everything back: the tasks are released again later. */
  endAll(): void;
  /** What has ended and was committed since the last call. */
  takeEnded(): Ended[];
  readonly running: number;
}

export interface OwnTaskPorts {
  readonly store: Store;
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly log: Log;
  readonly executor: ExecutorSettings;
  readonly host: string;
  readonly timeoutS: number;
  /** Called when something has ended, so that the loop looks. */
  readonly ring: () => void;
}

const COMMIT_RETRY_MS = 1000;

export function openOwnTasks(ports: OwnTaskPorts): OwnTasks {
  const live = new Map<string, LiveAttempt | null>();
  const held = new Set<string>();
  let ended: Ended[] = [];

  const run = async (
    open: OpenBatch,
    task: Task,
    claim: ClaimName,
    isNew: boolean,
  ): Promise<void> => {
    const key = claimKey(claim);
    const startedMs = ports.clock.monotonicMs();
    const startedAt = utc(ports.clock);
    live.set(key, null);
    const end = await play(ports, requestOf(ports, open, task, claim), isNew, (attempt) =>
      live.set(key, attempt),
    );
    live.delete(key);
    const record = recordOf(
      claim,
      {
        plan: task.plan,
        host: ports.host,
        startedAt,
        finishedAt: utc(ports.clock),
        durationMs: ports.clock.monotonicMs() - startedMs,
        vramPeakMib: null,
        sandbox: ports.executor.sandbox.kind,
      },
      end,
    );
    if ((await commitUntilDone(ports, claim, record)) === 'moved') {
      ended.push({ batch: claim.batch, task: claim.task, name: claim, record });
    }
    ports.ring();
  };

  const launch = (open: OpenBatch, task: Task, claim: ClaimName, isNew: boolean): void => {
    const key = claimKey(claim);
    held.add(key);
    run(open, task, claim, isNew)
      .catch((error: unknown) =>
        // Its claim stays in processing, where the next look finds it.
        ports.log.error({ err: error, claim: key }, 'a task of the brain was left alone'),
      )
      .finally(() => {
        live.delete(key);
        held.delete(key);
      });
  };

  return {
    start: (open, task, claim) => launch(open, task, claim, true),
    adopt: (open, task, claim) => launch(open, task, claim, false),
    end: (claim, cause) => live.get(claimKey(claim))?.end(cause),
    holds: (claim) => held.has(claimKey(claim)),
    endAll: () => {
      for (const attempt of live.values()) attempt?.end('returned');
    },
    takeEnded() {
      const taken = ended;
      ended = [];
      return taken;
    },
    get running() {
      return live.size;
    },
  };
}

function requestOf(
  ports: OwnTaskPorts,
  open: OpenBatch,
  task: Task,
  claim: ClaimName,
): AttemptRequest {
  const timeoutMs = (task.timeout_s ?? ports.timeoutS) * 1000;
  const { attempt } = claim.counts;
  return { task, attempt, agent: claim.agent, inputs: open.inputs, cudaDevices: '', timeoutMs };
}

async function play(
  ports: OwnTaskPorts,
  request: AttemptRequest,
  isNew: boolean,
  onLive: (attempt: LiveAttempt) => void,
): Promise<AttemptEnd> {
  const { store, spawner, clock, executor } = ports;
  const attemptPorts = { disk: store.disk, spawner, clock };
  if (!isNew) {
    const adopted = await adoptAttempt(attemptPorts, executor, request);
    onLive(adopted);
    return adopted.ended;
  }
  const started = await startAttempt(attemptPorts, executor, request);
  if (started.is === 'refused') return started;
  onLive(started.live);
  return started.live.ended;
}

/** A full disk delays a result and never loses it. */
async function commitUntilDone(
  ports: OwnTaskPorts,
  claim: ClaimName,
  record: Parameters<typeof openCommit>[2],
): Promise<'moved' | 'gone'> {
  const commit = openCommit(ports.store, claim, record);
  for (;;) {
    try {
      return await commit();
    } catch (error) {
      ports.log.warn({ err: error, claim: claimKey(claim) }, 'the commit is tried again');
      await ports.clock.sleep(COMMIT_RETRY_MS);
    }
  }
}
