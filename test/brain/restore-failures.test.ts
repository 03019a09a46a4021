// What a new brain reads from the records of earlier wishes: which loads failed for good, and for how long that still counts.
import { expect, it } from 'vitest';
import { addEntry } from '../../agents/brain/progress.ts';
import { restoreFailures } from '../../agents/brain/restore-failures.ts';
import type { World } from '../../agents/brain/model.ts';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import { attemptPaths, heartbeatPath } from '../../agents/protocol/layout.ts';
import { encode } from '../../agents/store/records.ts';
import { createStore } from '../../agents/store/store.ts';
import { createMemoryDisk } from '../sim/memory-disk.ts';
import { MemoryTree } from '../sim/memory-tree.ts';
import { beatOf } from '../helpers/beat.ts';
import { withSystem } from './thinking.ts';
import { NOW_MS, policyOf, put, worldOf } from './world.ts';

const POLICY = policyOf({ modelPolicy: { loadRetryMs: 300_000, groupRetryMs: 900_000 } });
const FINISHED = '2026-11-21T02:14:55.000Z';
const later = (ms: number): string => new Date(Date.parse(FINISHED) + ms).toISOString();

type Verb = 'load_llm' | 'load_split' | 'unload_llm';
interface Case {
  /** In the order of their ends, each with its state. */
  readonly wishes: readonly (readonly [Verb, string])[];
  /** Of the record of the last one. */
  readonly record?: object;
  /** How long after the record the last heartbeat was written. */
  readonly ageMs?: number;
}

/** What counts afterwards: for how many ms from now. */
async function restored({ wishes, record = {}, ageMs = 60_000 }: Case): Promise<number[]> {
  const disk = createMemoryDisk(new MemoryTree(() => 0));
  const store = createStore(disk, false, 'inbox/.staging', 'test');
  const world: World = worldOf([]);
  const open = withSystem(world);
  const { id, plan } = open.batch;
  for (const [index, [verb, state]] of wishes.entries()) {
    const task = `${verb}_gpu-1_${index + 1}`;
    addEntry(open, open.groups.get(verb)!, { id: task, items: [{ model: 'big', agent: 'gpu-1' }] });
    put(open, { [task]: state }, POLICY);
    const { attempt } = open.byTask.get(task)!.entry.counts;
    const paths = attemptPaths(plan, id, task, attempt);
    await disk.mkdir(`plans/${plan}/batches/${id}/attempts`);
    const written = { ...RECORD, batch: id, plan, task, attempt, log: paths.log, ...record };
    await disk.create(paths.record, encode(written), false);
  }
  await disk.mkdir('gpus/gpu-1');
  const beat = beatOf({ at: later(ageMs) });
  await disk.create(heartbeatPath('gpu', 'gpu-1'), encode(beat), false);
  await restoreFailures({ store, policy: POLICY, clock: { monotonicMs: () => NOW_MS } }, world);
  return [...world.memory.failures].map(([key, { untilMs, ...rest }]) => {
    const { message } = RECORD;
    const incarnation = 'incarnation' in record ? null : 'one';
    expect({ key, ...rest }).toEqual({ key: 'gpu-1/big', message, batch: id, incarnation });
    return untilMs - NOW_MS;
  });
}

const RECORD: Omit<AttemptRecord, 'batch' | 'plan' | 'task' | 'attempt' | 'log'> = {
  v: 1,
  agent: 'gpu-1',
  host: 'rig',
  incarnation: 'one',
  outcome: 'failed',
  exit_code: null,
  signal: null,
  message: '[MODEL_OOM] out of memory',
  started_at: FINISHED,
  finished_at: FINISHED,
  duration_ms: 10,
  vram_peak_mib: null,
  sandbox: 'none',
};

const FAILED = 'failed a3f2l0n0';

it.each<readonly [string, Case, readonly number[]]>([
  ['a group that failed three times', { wishes: [['load_split', FAILED]] }, [840_000]],
  ['a card that failed', { wishes: [['load_llm', FAILED]] }, [240_000]],
  ['one whose time is over', { wishes: [['load_split', FAILED]], ageMs: 900_000 }, []],
  ['one that goes on', { wishes: [['load_split', 'failed a1f0l0n0']] }, []],
  ['an unload that failed', { wishes: [['unload_llm', FAILED]] }, []],
  [
    'one that was loaded later',
    {
      wishes: [
        ['load_split', FAILED],
        ['load_split', 'complete'],
      ],
    },
    [],
  ],
  [
    'one that failed after that, and a wish that was withdrawn',
    {
      wishes: [
        ['load_split', 'complete'],
        ['load_split', FAILED],
        ['load_split', 'cancelled'],
      ],
    },
    [840_000],
  ],
  [
    'one of an agent that was started anew',
    { wishes: [['load_split', FAILED]], record: { incarnation: 'zero' } },
    [],
  ],
  [
    'one whose agent was lost',
    { wishes: [['load_split', FAILED]], record: { incarnation: undefined } },
    [840_000],
  ],
  [
    'one of an agent that is on another host now',
    { wishes: [['load_split', FAILED]], record: { host: 'other' } },
    [],
  ],
])('%s', async (_, given, lefts) => {
  expect(await restored(given)).toEqual(lefts);
});
