import { describe, expect, it } from 'vitest';
import { openAging } from '../../agents/brain/agents.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import type { HeartbeatFile } from '../../agents/store/heartbeats.ts';

const LEASE_MS = 20_000;
const running = (elapsed_ms: number, timeout_ms: number): Heartbeat['running'][number] => ({
  batch: 'demo',
  task: 'scan',
  attempt: 2,
  task_class: 'cpu',
  pid: 1,
  started_at: '',
  elapsed_ms,
  timeout_ms,
  vram_reserved_mib: 0,
  vram_used_mib: null,
  adopted: false,
});

const beat = (more: Partial<Heartbeat> = {}): Heartbeat => ({
  v: 1,
  agent: 'cpu-1',
  kind: 'cpu',
  simulated: false,
  host: 'rig',
  pid: 1,
  start_time: '1',
  boot_id: 'boot',
  incarnation: 'first',
  seq: 1,
  epoch: 1,
  at: '',
  state: 'running',
  reservation: null,
  hot: false,
  model: null,
  models: [],
  constrained: [],
  card: null,
  budget_mib: 0,
  reserved_mib: 0,
  foreign_mib: 0,
  slots: 4,
  slots_used: 0,
  classes: [],
  running: [],
  why_not_claimed: {},
  heartbeat_interval_ms: 5000,
  lease_ms: LEASE_MS,
  tasks_done: 0,
  claims_lost: 0,
  vram_headroom_mib: 0,
  ...more,
});

const file = (heartbeat: Heartbeat | null): HeartbeatFile => ({
  agent: 'cpu-1',
  kind: 'cpu',
  heartbeat,
});

/** What the brain thinks of cpu-1 after these looks; null is a damaged file, undefined none at all. */
function viewAfter(looks: readonly (readonly [number, Heartbeat | null | undefined])[]) {
  const aging = openAging(LEASE_MS);
  const views = looks.map(([atMs, heartbeat]) =>
    aging.look(heartbeat === undefined ? [] : [file(heartbeat)], atMs).get('cpu-1'),
  );
  const { state, isLost, heartbeatAgeMs, slots } = views.at(-1) ?? {};
  return views.at(-1) === undefined ? null : { state, isLost, heartbeatAgeMs, slots };
}

describe('a heartbeat is aged from when its number was last seen to change', () => {
  const alive = { state: 'alive', isLost: false, slots: 4 };
  const lost = { state: 'lost', isLost: true, slots: 0 };

  it.each<[string, Parameters<typeof viewAfter>[0], object | null]>([
    ['never seen', [[0, undefined]], null],
    ['damaged from the start', [[0, null]], null],
    [
      'seen for the first time, however old it is',
      [[9e9, beat({ at: '1999-01-01T00:00:00.000Z' })]],
      { ...alive, heartbeatAgeMs: 0 },
    ],
    [
      'unchanged within its lease',
      [
        [0, beat()],
        [20_000, beat()],
      ],
      { ...alive, heartbeatAgeMs: 20_000 },
    ],
    [
      'unchanged beyond its lease',
      [
        [0, beat()],
        [20_001, beat()],
      ],
      { ...lost, heartbeatAgeMs: 20_001 },
    ],
    [
      'changed',
      [
        [0, beat()],
        [15_000, beat({ seq: 2 })],
        [30_000, beat({ seq: 2 })],
      ],
      { ...alive, heartbeatAgeMs: 15_000 },
    ],
    [
      'changed back: another is not an older one',
      [
        [0, beat({ seq: 9 })],
        [15_000, beat({ seq: 1 })],
      ],
      { ...alive, heartbeatAgeMs: 0 },
    ],
    [
      'of a new start with the same number',
      [
        [0, beat()],
        [19_000, beat({ incarnation: 'second' })],
      ],
      { ...alive, heartbeatAgeMs: 0 },
    ],
    [
      'written again without a change',
      [
        [0, beat()],
        [25_000, beat({ at: 'later', tasks_done: 9 })],
      ],
      { ...lost, heartbeatAgeMs: 25_000 },
    ],
    [
      'damaged for a moment',
      [
        [0, beat()],
        [5000, null],
        [9000, beat({ seq: 2 })],
      ],
      { ...alive, heartbeatAgeMs: 0 },
    ],
    [
      'damaged for long',
      [
        [0, beat()],
        [21_000, null],
      ],
      { ...lost, heartbeatAgeMs: 21_000 },
    ],
    [
      'gone',
      [
        [0, beat()],
        [21_000, undefined],
      ],
      { ...lost, heartbeatAgeMs: 21_000 },
    ],
    [
      'lost, and back',
      [
        [0, beat()],
        [50_000, beat()],
        [60_000, beat({ seq: 2 })],
      ],
      { ...alive, heartbeatAgeMs: 0 },
    ],
    [
      'with a longer lease of its own',
      [
        [0, beat({ lease_ms: 60_000 })],
        [50_000, beat({ lease_ms: 60_000 })],
      ],
      { ...alive, heartbeatAgeMs: 50_000 },
    ],
    [
      'with a shorter lease of its own',
      [
        [0, beat({ lease_ms: 1000 })],
        [15_000, beat({ lease_ms: 1000 })],
      ],
      { ...alive, heartbeatAgeMs: 15_000 },
    ],
  ])('%s', (_, looks, view) => {
    expect(viewAfter(looks)).toEqual(view);
  });
});

describe('the slots of an agent', () => {
  it.each<[string, Partial<Heartbeat>, number]>([
    ['free and used', { slots: 4, slots_used: 3 }, 4],
    ['of a card, which counts what runs', { kind: 'gpu', slots: 0, slots_used: 3 }, 3],
    ['of an idle card', { kind: 'gpu', slots: 0 }, 1],
    ['of one that is paused', { state: 'paused' }, 0],
    ['of one that stops', { state: 'stopping' }, 0],
    ['of one that fenced itself', { state: 'fenced' }, 0],
  ])('%s', (_, heartbeat, slots) => {
    expect(viewAfter([[0, beat(heartbeat)]])).toMatchObject({ state: 'alive', slots });
  });

  it('one that has stopped is not lost in the words of a person', () => {
    const view = viewAfter([
      [0, beat({ state: 'stopped' })],
      [90_000, beat({ state: 'stopped' })],
    ]);
    expect(view).toEqual({ state: 'stopped', isLost: true, heartbeatAgeMs: 90_000, slots: 0 });
  });
});

it('a task is as far past its timeout as the agent said, and as long ago as it said so', () => {
  const aging = openAging(LEASE_MS);
  const heartbeat = beat({ running: [running(5000, 60_000)] });
  const overdue = (atMs: number): unknown[] => [
    ...aging.look([file(heartbeat)], atMs).get('cpu-1')!.overdueMs,
  ];
  expect(overdue(0)).toEqual([['demo/scan/2', -55_000]]);
  expect(overdue(70_000)).toEqual([['demo/scan/2', 15_000]]);
});
