// Leases: who stood still for too long finds out by itself and changes nothing, and who is gone is missed in
// time.
import { lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../agents/process/shutdown.ts';
import { configSchema } from '../../agents/protocol/config.ts';
import type { BrainState } from '../../agents/protocol/state.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { shows } from '../helpers/reliability.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { startSuccessor } from '../helpers/successor.ts';
import { namesIn, pathsBelow, textOf } from '../helpers/tree.ts';

let rig: Rig;
afterEach(() => rig.close());

const LEASE_MS = 2000;
const TWO = [
  { name: 'cpu-1', kind: 'cpu', slots: 2 },
  { name: 'cpu-2', kind: 'cpu', slots: 2 },
] as const;
const open = (agents: (typeof TWO)[number][] = [...TWO]): Promise<Rig> =>
  openRig({ agents, config: { brain: { leaseMs: LEASE_MS }, agent: { leaseMs: LEASE_MS } } });

describe('an agent', () => {
  it('that is dead is missed within its lease, and its tasks run elsewhere', async (context) => {
    expect(configSchema.parse({}).agent.leaseMs).toBeLessThanOrEqual(30_000);
    rig = await open();
    const text = planText({ moved: { command: '[ "$TUTTI_ATTEMPT" -gt 1 ] || sleep 300' } });
    const batch = await play.submit(rig, text);
    const { agent } = await play.claimOf(rig, batch, 'moved');
    await rig.kill(agent!);
    expect(await play.verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 2 });
    const requeue = play.eventsOf(rig, batch).find(({ type }) => type === 'requeue');
    // In whole seconds, rounded; a brain that gets no time looks a little later.
    const silentS = Number(/no heartbeat for (\d+) s/.exec(requeue!.message)![1]);
    expect(silentS).toBeGreaterThanOrEqual(LEASE_MS / 1000);
    expect(silentS).toBeLessThan(LEASE_MS / 1000 + 10);
    // It comes back, and ends what nobody watched.
    await rig.ready(rig.startAgent(agent!));
    await eventually('the orphan is ended', () => play.workersOf(rig, batch).length === 0);
    expect(play.attemptsOf(rig, batch)).toMatchObject([{ attempt: 2, outcome: 'complete' }]);
    shows(context, {
      fault: 'killed, and stays away',
      process: 'agent',
      step: 'a task runs',
      outcome: 'missed within its lease; the task runs on another agent, the orphan never counts',
    });
  });

  it('that wakes up after its lease fences itself, and its result is set aside', async (context) => {
    rig = await open();
    const text = planText({ moved: { command: '[ "$TUTTI_ATTEMPT" -gt 1 ] || sleep 300' } });
    const batch = await play.submit(rig, text);
    const { agent } = await play.claimOf(rig, batch, 'moved');
    const program = rig.running(agent!);
    program.signal('SIGSTOP');
    expect(await play.verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 2 });
    expect(play.workersOf(rig, batch)).not.toEqual([]);
    program.signal('SIGCONT');
    const late = `${play.folderOf(batch)}/attempts/moved.a1.late.json`;
    await eventually('the late result is set aside', () => rig.read(late));
    expect(rig.read(late)).toMatchObject({ attempt: 1, agent, outcome: 'returned' });
    expect(program.log()).toContain('fenced: ending all work');
    expect(play.workersOf(rig, batch)).toEqual([]);
    expect(play.attemptsOf(rig, batch)).toMatchObject([{ attempt: 2, outcome: 'complete' }]);
    // It takes work again.
    await eventually('the fence is lifted', () => program.log().includes('the fence is lifted'));
    shows(context, {
      fault: 'stalls beyond its lease',
      process: 'agent',
      step: 'a task runs',
      outcome: 'ends its workers when it wakes; the late result is set aside and never counts',
    });
  });
});

/** Every file in shared/ but what living processes keep rewriting. */
const picture = (): Map<string, string | null> =>
  new Map(
    pathsBelow(rig.shared)
      .filter(
        (path) => !/^(gpus|cpus|bells|brain\/(state\.json|brain\.lock|staging\/e))/.test(path),
      )
      .filter((path) => lstatSync(rig.at(path)).isFile())
      .map((path) => [path, textOf(rig.at(path))]),
  );

describe('the brain', () => {
  it('that wakes up when another one has its place changes nothing, and leaves', async (context) => {
    rig = await open();
    const old = rig.running('brain');
    const batch = await play.submit(
      rig,
      planText({
        list: { command: writeManifest(40) },
        each: { command: 'sleep 0.1', foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list' },
      }),
    );
    await eventually('it is at work', () => play.attemptsOf(rig, batch).length > 3);
    old.signal('SIGSTOP');
    const next = await startSuccessor(rig);
    expect(await play.verdictOf(rig, batch)).toMatchObject({
      verdict: 'complete',
      counts: { total: 41, complete: 41 },
    });
    await eventually('the other one has written all of it', () => {
      const state = rig.read('brain/state.json') as BrainState | null;
      return state?.epoch === 2 && state.batches.length === 0;
    });
    const before = picture();
    old.isEndWanted = true;
    old.signal('SIGCONT');
    expect(await old.ended).toBe(EXIT.superseded);
    const after = picture();
    const changed = [...before.keys(), ...after.keys()].filter(
      (path) => before.get(path) !== after.get(path),
    );
    expect(changed).toEqual([]);
    expect(next.end()).toBeNull();
    shows(context, {
      fault: 'stalls beyond its lease and is replaced',
      process: 'brain',
      step: 'a batch runs',
      outcome: 'the older epoch changes nothing and ends with status 76',
    });
  });

  it('that stood still, or lost its lock, goes on when nobody has its place', async (context) => {
    rig = await open([TWO[0]]);
    const brain = rig.running('brain');
    brain.signal('SIGSTOP');
    await eventually('anybody could take its lock', async () => {
      const stat = await rig.store.disk.stat('brain/brain.lock');
      return stat !== null && Date.now() - stat.modifiedMs > LEASE_MS;
    });
    brain.signal('SIGCONT');
    // As after a time in which the disk refused to renew it.
    rmdirSync(rig.at('brain/brain.lock'));
    await eventually('it notices', () => brain.log().includes('the lock of the brain was lost'));
    await eventually('it has its lock again', () =>
      namesIn(rig.at('brain')).includes('brain.lock'),
    );
    const batch = await play.submit(rig, planText({ only: { command: 'true' } }));
    expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
    expect(brain.end()).toBeNull();
    expect(namesIn(rig.at('brain/epochs'))).toHaveLength(1);
    shows(context, {
      fault: 'stalls beyond its lease, or loses its lock',
      process: 'brain',
      step: 'any',
      outcome: 'takes its lock again and goes on, unless another brain has its place',
    });
  });

  it('waits for the lock of one that died before it had a name', async (context) => {
    rig = await openRig({ isStarted: false, config: { brain: { leaseMs: LEASE_MS } } });
    mkdirSync(rig.at('brain/brain.lock'));
    await rig.ready(rig.startBrain());
    expect(namesIn(rig.at('brain/epochs'))).toHaveLength(1);
    shows(context, {
      fault: 'killed',
      process: 'brain',
      step: 'between its lock and its epoch',
      outcome: 'its successor waits until the lock is stale and takes its place',
    });
  });
});
