// Agents that are gone for good, tasks that are stuck, and tasks that take their agents with them: all of
// it comes to an end.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { shows } from '../helpers/reliability.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn } from '../helpers/tree.ts';

let rig: Rig;
afterEach(() => rig.close());

describe('a lost agent', () => {
  const open = async (): Promise<string> => {
    rig = await openRig({
      agents: [
        { name: 'gpu-1', kind: 'simulated', vramMib: 6144 },
        { name: 'cpu-1', kind: 'cpu', slots: 4 },
      ],
      config: { agent: { leaseMs: 2000 } },
    });
    const text = planText({ moved: { command: '[ "$TUTTI_ATTEMPT" -gt 1 ] || sleep 5' } });
    return play.submit(rig, text);
  };

  it('that never comes back loses its task to another one after its lease', async () => {
    const batch = await open();
    const { agent: name } = await play.claimOf(rig, batch, 'moved');
    await rig.kill(name!);
    expect(await play.verdictOf(rig, batch)).toMatchObject({ verdict: 'complete', attempts: 2 });
    expect(play.placeOf(rig, batch, 'moved')?.path).toBe(
      `tasks/complete/${batch}/moved.a2f0l1n0.json`,
    );
    const [record] = play.attemptsOf(rig, batch);
    expect(record).toMatchObject({ attempt: 2 });
    expect(record!.agent).not.toBe(name);
    const requeued = play.eventsOf(rig, batch).find(({ type }) => type === 'requeue');
    expect(requeued?.message).toMatch(new RegExp(`agent ${name} is lost: no heartbeat for \\d+ s`));
    // What the dead one left running is nobody's any more and ends by itself.
    await eventually('the orphan ended', () => play.workersOf(rig, batch).length === 0);
  });

  it('that comes back too late ends its work and sets the result aside', async () => {
    const batch = await open();
    const { agent: name } = await play.claimOf(rig, batch, 'moved');
    const agent = rig.running(name!);
    agent.signal('SIGSTOP');
    await play.verdictOf(rig, batch);
    agent.signal('SIGCONT');
    const late = `${play.folderOf(batch)}/attempts/moved.a1.late.json`;
    await eventually('the late result is set aside', () => rig.read(late));
    expect(play.placeOf(rig, batch, 'moved')?.path).toBe(
      `tasks/complete/${batch}/moved.a2f0l1n0.json`,
    );
    expect(play.attemptsOf(rig, batch)).toMatchObject([{ attempt: 2, outcome: 'complete' }]);
  });
});

/** The heartbeat of an agent of another host whose one task is a minute past its timeout. */
const ghost = (batch: string, task: string, seq: number): Heartbeat => ({
  v: 1,
  agent: 'ghost',
  kind: 'gpu',
  simulated: true,
  host: 'elsewhere',
  pid: 1,
  start_time: '1',
  boot_id: 'elsewhere',
  incarnation: 'one',
  seq,
  epoch: 1,
  at: '',
  state: 'running',
  reservation: null,
  hot: false,
  model: null,
  models: [],
  constrained: [],
  card: null,
  budget_mib: 4915,
  reserved_mib: 0,
  foreign_mib: 0,
  slots: 1,
  slots_used: 1,
  classes: [],
  running: [
    {
      batch,
      task,
      attempt: 1,
      task_class: 'cpu',
      pid: null,
      started_at: '',
      elapsed_ms: 60_000,
      timeout_ms: 1000,
      vram_reserved_mib: 0,
      vram_used_mib: null,
      adopted: false,
    },
  ],
  why_not_claimed: {},
  heartbeat_interval_ms: 200,
  lease_ms: 2000,
  tasks_done: 0,
  claims_lost: 0,
  vram_headroom_mib: 0,
});

it('escalates a stuck task from abort to kill to a person, and leaves it to its agent', async () => {
  rig = await openRig({
    isStarted: false,
    config: { brain: { stuckGraceMs: 300, stuckKillMs: 600 }, agent: { leaseMs: 2000 } },
  });
  await rig.ready(rig.startBrain());
  const batch = await play.submit(rig, planText({ stuck: { command: 'true' } }));
  const file = await eventually('it is queued', () => namesIn(rig.at('tasks/queue'))[0]);
  // An agent of another host takes the task, beats, and obeys nothing.
  renameSync(
    rig.at(`tasks/queue/${file}`),
    rig.at(`tasks/processing/${file.replace(/json$/, 'by-ghost.json')}`),
  );
  mkdirSync(rig.at('gpus/ghost/tmp'), { recursive: true });
  let seq = 0;
  const beat = (): void => {
    const text = JSON.stringify(ghost(batch, 'stuck', seq++));
    writeFileSync(rig.at('gpus/ghost/tmp/next'), text);
    renameSync(rig.at('gpus/ghost/tmp/next'), rig.at('gpus/ghost/heartbeat.json'));
  };
  const signals = (): string[] => {
    beat();
    return namesIn(rig.at('signals')).filter((name) => name.startsWith('ghost.'));
  };
  const abort = `ghost.abort.${batch}.stuck.a1.json`;
  const kill = `ghost.kill.${batch}.stuck.a1.json`;
  expect(await eventually('abort', () => (signals().length > 0 ? signals() : null))).toEqual([
    abort,
  ]);
  expect(rig.read(`signals/${abort}`)).toMatchObject({
    by: 'brain',
    reason: expect.stringMatching(/past its timeout$/),
  });
  await eventually('kill', () => signals().length === 2);
  expect(signals()).toEqual([abort, kill]);
  const path = `brain/escalations/${batch}.stuck.a1.json`;
  const report = await eventually('the report', () => (beat(), rig.read(path)));
  expect(report).toMatchObject({
    batch,
    task: 'stuck',
    agent: 'ghost',
    reason: expect.stringContaining('neither abort nor kill ended it: look at agent ghost'),
  });
  expect(play.placeOf(rig, batch, 'stuck')).toMatchObject({ lane: 'processing', agent: 'ghost' });
  const steps = play
    .eventsOf(rig, batch)
    .map(({ type, message }) => (type === 'signal' ? message.split(' ')[0] : type));
  expect(steps).toEqual(['accept', 'release', 'abort', 'kill', 'escalate']);
  // When it falls silent its lease ends, and the task goes to somebody else.
  await rig.ready(rig.startAgent('cpu-1'));
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  expect(play.placeOf(rig, batch, 'stuck')?.path).toBe(
    `tasks/complete/${batch}/stuck.a2f0l1n0.json`,
  );
});

it('ends a poison task that kills every agent that takes it', async (context) => {
  rig = await openRig({ config: { retry: { losses: 1 }, agent: { leaseMs: 1500 } } });
  // The parent of the command is its shim, whose parent is the agent.
  const poison = `set -- $(cat /proc/$PPID/stat); kill -KILL "$4"; exit 1`;
  const text = planText({
    poison: { command: poison },
    after: { command: 'true', depends_on: 'poison' },
  });
  for (const program of rig.programs.filter(({ name }) => name !== 'brain'))
    program.isEndWanted = true;
  const batch = await play.submit(rig, text);
  const { verdict, problems, counts } = await play.verdictOf(rig, batch);
  expect(verdict).toBe('failed');
  expect(counts).toMatchObject({ complete: 0, failed: 1, skipped: 1 });
  expect(problems).toMatchObject([{ task: 'poison', reason: 'lost', attempt: 2 }]);
  expect(rig.programs.filter((program) => program.end() === 'SIGKILL')).toHaveLength(2);
  const lost = play.eventsOf(rig, batch).find(({ type }) => type === 'lose');
  expect(lost?.message).toMatch(/agent .* is lost: .*; lost more than 1 times/);
  // The third agent was spared, and works.
  const next = await play.submit(rig, planText({ only: { command: 'true' } }));
  expect((await play.verdictOf(rig, next)).verdict).toBe('complete');
  shows(context, {
    fault: 'a task kills every agent that takes it',
    process: 'agent',
    step: 'a task runs',
    outcome: 'fails for good after its losses; the other agents work on',
  });
});
