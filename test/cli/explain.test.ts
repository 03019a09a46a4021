import { afterEach, beforeEach, expect, it } from 'vitest';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { explainSchema } from './schemas.ts';
import { AT, brainState, heartbeat, stage } from './stage.ts';
import type { Scene } from './stage.ts';

let house: House;
let scene: Scene;
beforeEach(() => {
  house = openHouse();
  brainState(house);
  heartbeat(house, { why_not_claimed: { cpu: '2 of 2 slots busy' } });
  heartbeat(house, { agent: 'cpu-2', state: 'stopped' });
  scene = stage(
    house,
    planText({
      scan: { command: 'true' },
      inspect: { command: 'true', depends_on: 'scan', foreach: '{BATCH_PATH}/items.json:items' },
      pack: {
        command: 'true',
        depends_on: 'inspect_{ITEM.id}',
        foreach: '{BATCH_PATH}/items.json:items',
      },
      report: { command: 'true', depends_on: 'pack, scan' },
    }),
  );
});
afterEach(() => house.close());

async function reasons(task: string): Promise<readonly string[]> {
  const { out, err } = await house.tutti('explain', task, '--json');
  expect(err).toBe('');
  return explainSchema.parse(JSON.parse(out)).reasons;
}

it('names what a waiting task waits for, and how that stands', async () => {
  scene.queued('scan');
  expect(await reasons('report')).toEqual([
    'waits for all of pack: not expanded yet',
    'waits for scan, which is queued',
  ]);
  scene.failed('scan', 'failed', 1);
  expect(await reasons('inspect')).toEqual(['waits for scan, which is retrying']);
});

it('tells a released task who could take it and why nobody does', async () => {
  scene.queued('scan');
  expect(await reasons('scan')).toEqual([
    'it is released, class cpu, needs 1024 MiB; no agent has claimed it yet',
    'cpu-1: 2 of 2 slots busy',
    'cpu-2: is stopped',
  ]);
});

it('tells that no agent takes the class', async () => {
  heartbeat(house, { classes: ['meta'] });
  heartbeat(house, { agent: 'cpu-2', classes: ['meta'] });
  scene.queued('scan');
  expect(await reasons('scan')).toContain('no agent takes tasks of class cpu');
});

it('follows a child through backlog, item dependency and retry', async () => {
  scene.complete('scan');
  scene.expand('inspect', ['inspect_a', 'inspect_b', 'inspect_c']);
  scene.expand('pack', ['pack_a', 'pack_b', 'pack_c']);
  scene.complete('inspect_a');
  scene.failed('inspect_b', 'timeout', 2);
  scene.ended('inspect_b', 2, { outcome: 'timeout', exit_code: null, message: 'it ran past 60 s' });
  brainState(house, {
    retries: [
      { batch: scene.batch, task: 'inspect_b', attempt: 3, reason: 'timeout', due_in_ms: 4200 },
    ],
  });
  expect(await reasons('inspect_c')).toEqual([
    'it stands in the backlog: 2 of 3 children are released',
  ]);
  expect(await reasons('pack_b')).toEqual(['waits for inspect_b, which is retrying']);
  expect(await reasons('pack_a')).toEqual([
    'it stands in the backlog: 0 of 3 children are released',
  ]);
  expect(await reasons('inspect_b')).toEqual([
    'attempt 2 on cpu-1 ended timeout after 1.5 s: it ran past 60 s',
    'the next attempt, number 3, follows in 4.2 s',
  ]);
  expect(await reasons('inspect')).toEqual([
    'it is the template of 3 children, 1 of them complete',
  ]);
});

it('shows a failure with its message and log, and what was skipped because of it', async () => {
  scene.failed('scan', 'failed', 3);
  scene.ended('scan', 3, { outcome: 'failed', exit_code: 2, message: 'exit status 2' }, 'boom\n');
  scene.failed('inspect', 'skipped', 0);
  const { code, out } = await house.tutti('explain', 'scan');
  expect(code).toBe(0);
  expect(out).toBe(
    [
      `scan of ${scene.batch}: failed`,
      '  attempt 3 on cpu-1 ended failed after 1.5 s: exit status 2',
      '  it is not tried again by itself; `tutti retry` grants it new attempts',
      `  ${house.shared}/plans/demo/batches/${scene.batch}/logs/scan.a3.log`,
      '',
    ].join('\n'),
  );
  expect(await reasons('inspect')).toEqual([
    'it never ran: scan ended failed',
    '`tutti retry` of that with --descendants brings it back',
  ]);
});

it('knows where a running task is, for how long, and when its agent is gone', async () => {
  scene.running('scan', 'cpu-2');
  expect(await reasons('scan')).toEqual(['it is running: attempt 1 on cpu-2']);
  heartbeat(house, {
    agent: 'cpu-2',
    start_time: '1',
    running: [
      {
        batch: scene.batch,
        task: 'scan',
        attempt: 1,
        task_class: 'cpu',
        pid: 1,
        started_at: AT,
        elapsed_ms: 65_000,
        timeout_ms: 3_600_000,
        vram_reserved_mib: 0,
        vram_used_mib: null,
        adopted: false,
      },
    ],
  });
  const [where, howLong, problem] = await reasons('scan');
  expect(where).toBe('it is running: attempt 1 on cpu-2');
  expect(howLong).toMatch(/^for 1 m \d+ s of at most 1 h$/);
  expect(problem).toBe('but cpu-2 is dead: the brain requeues it when the lease is over');
});

it('says when a pause or the lack of a brain is the reason', async () => {
  const command = {
    v: 1,
    id: '20260102-030405678-aaaaa',
    verb: 'pause',
    batch: scene.batch,
    at: AT,
    by: 'me',
  };
  house.write(`plans/demo/batches/${scene.batch}/commands/${command.id}.json`, command);
  brainState(house, { brain: 'stopped' });
  expect(await reasons('scan')).toEqual([
    'its batch is paused; `tutti resume` ends that',
    'no brain is alive, so nothing is released or retried: `tutti up` starts one',
  ]);
});

it('finds what has just failed in the newest closed batch', async () => {
  scene.failed('scan', 'failed', 1);
  scene.ended('scan', 1, { outcome: 'failed', exit_code: 1, message: 'it broke' });
  scene.close({ verdict: 'failed' });
  const { out } = await house.tutti('explain', 'scan');
  expect(out).toContain(`scan of ${scene.batch}: failed\n`);
  expect(out).toContain('it broke');
  expect(await house.tutti('cancel', scene.batch)).toEqual({
    code: 2,
    out: '',
    err:
      `batch ${scene.batch} has ended already [BATCH_CLOSED]\n    Nothing of it is left to cancel; ` +
      `\`tutti status --batch ${scene.batch} --tasks\` shows how it ended.\n`,
  });
});

it('suggests the name that was meant, and asks which batch when there are two', async () => {
  const { code, err } = await house.tutti('explain', 'reprot');
  expect(code).toBe(2);
  expect(err).toBe(
    'there is no task reprot in any open batch or the newest closed ones [TASK_UNKNOWN]\n    Did you mean `report`? `tutti status --tasks` lists tasks.\n',
  );
  stage(house, planText({ scan: { command: 'true' } }), { id: 'demo-20260102-030406-bbbbb' });
  const twice = await house.tutti('explain', 'scan');
  expect(twice.err).toBe(
    'task scan is in several open batches: demo-20260102-030405-aaaaa, demo-20260102-030406-bbbbb [TASK_AMBIGUOUS]\n' +
      '    Say which one with --batch, or write <batch>/scan.\n',
  );
  expect((await house.tutti('explain', 'bbbbb/scan')).out).toMatch(
    /^scan of demo-20260102-030406-bbbbb: waiting\n/,
  );
});

it('tells that an output waits for its rating, on whichever attempt', async () => {
  scene.failed('scan', 'unrated', 3);
  const [, rated] = await reasons('scan');
  expect(rated).toBe(
    'the model of the role `brain` rates it; `tutti decisions --type think` shows when it was asked',
  );
});
