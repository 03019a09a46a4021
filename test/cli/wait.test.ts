import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { brainState, stage } from './stage.ts';
import type { Scene } from './stage.ts';

let house: House;
let scene: Scene;
beforeEach(() => {
  house = openHouse();
  brainState(house);
  scene = stage(
    house,
    planText({ scan: { command: 'x' }, report: { command: 'x', depends_on: 'scan' } }),
  );
});
afterEach(() => house.close());

describe('tutti wait', () => {
  it('tells what happens, line by line, and ends with the summary', async () => {
    const running = house.start('wait', 'aaaaa');
    await eventually('a first look', () => running.out().includes('is running'));
    scene.running('scan', 'cpu-1');
    await eventually('the start', () => running.out().includes('1 running'));
    scene.failed('scan', 'failed', 3);
    await eventually('the failure', () => running.out().includes('failed for good'));
    const counts = { total: 2, complete: 0, failed: 1, skipped: 1, cancelled: 0 };
    const one = { total: 1, complete: 0, failed: 0, skipped: 0, cancelled: 0, foreach: false };
    scene.close({
      verdict: 'failed',
      reason: 'failed: scan',
      counts,
      groups: [
        { ...one, task: 'scan', failed: 1, duration_ms_mean: null },
        { ...one, task: 'report', skipped: 1, duration_ms_mean: null },
      ],
      problems: [
        {
          task: 'scan',
          reason: 'failed',
          attempt: 3,
          agent: 'cpu-1',
          exit_code: 2,
          message: 'exit status 2',
          log: 'plans/demo/x.log',
        },
      ],
      outputs: ['plans/demo/batches/x/output/report.md'],
    });
    const { code, out } = await running.ended;
    expect(code).toBe(1);
    expect(out.replaceAll(house.shared, '<shared>')).toBe(
      [
        `${scene.batch} is running`,
        'scan  0/1  1 running',
        'scan  0/1  1 failed',
        `scan  failed for good: failed, attempt 3, log <shared>/plans/demo/batches/${scene.batch}/logs/scan.a3.log`,
        `✗ failed  ${scene.batch}  0 of 2 tasks in 1 m 1 s, 2 attempts: failed: scan`,
        '',
        '  task    total  complete  failed  skipped  mean time',
        '  scan    1      0         1       –        –',
        '  report  1      0         –       1        –',
        '',
        'Problems',
        '  ✗ scan  failed  exit status 2',
        '      <shared>/plans/demo/x.log',
        '',
        'Made',
        '  <shared>/plans/demo/batches/x/output/report.md',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['complete', 0],
    ['failed', 1],
    ['cancelled', 1],
    ['rejected', 2],
  ] as const)('ends at once for a batch that is %s, with code %i', async (verdict, expected) => {
    scene.close({ verdict });
    expect((await house.tutti('wait', scene.batch)).code).toBe(expected);
  });

  it('gives up after --timeout, and the batch goes on', async () => {
    const { code, err } = await house.tutti('wait', scene.batch, '--timeout', '0.2');
    expect(code).toBe(75);
    expect(err).toBe(`${scene.batch} has not ended within 0.2 s; it goes on\n`);
  });

  it('ends with 130 at Ctrl-C', async () => {
    const running = house.start('wait', scene.batch);
    await eventually('a first look', () => running.out().includes('is running'));
    running.signal('SIGINT');
    expect((await running.ended).code).toBe(130);
  });

  it('says that nothing moves without a brain', async () => {
    brainState(house, { brain: 'stopped' });
    const { err } = await house.tutti('wait', scene.batch, '--timeout', '0.2');
    expect(err).toContain('no brain is alive: nothing moves until `tutti up`\n');
  });
});

describe('tutti submit --wait', () => {
  it('waits for the batch that it has submitted', async () => {
    const running = house.start('submit', 'demo', '--wait');
    await eventually('the submission', () => running.out().includes('is submitted'));
    running.signal('SIGINT');
    const { code, err } = await running.ended;
    expect(code).toBe(130);
    expect(err).toMatch(/goes on; `tutti wait [a-z0-9]{5}` waits for it\n$/);
  });
});

describe('tutti watch', () => {
  it('prints one line per change where there is no terminal', async () => {
    const running = house.start('watch');
    await eventually('a first look', () => running.out().includes(`${scene.batch} is running`));
    scene.complete('scan');
    await eventually('the change', () => running.out().includes('scan  1/1  complete'));
    scene.close({ verdict: 'cancelled', reason: 'an operator cancelled it' });
    await eventually('the end', () =>
      running.out().includes(`${scene.batch} ended cancelled: an operator cancelled it`),
    );
    running.signal('SIGTERM');
    const { code, out } = await running.ended;
    expect(code).toBe(143);
    expect(out).toMatch(/^\d{4}-.*Z {2}brain is alive\n/);
  });

  it('--once --tail prints one picture with the latest decisions', async () => {
    const decision = {
      timestamp: '2026-01-02T03:04:05.000Z',
      type: 'release',
      message: 'release x: y',
      details: {},
    };
    house.write('logs/brain_decisions.log', `${JSON.stringify(decision)}\n`);
    const { code, out } = await house.tutti('watch', '--once', '--tail');
    expect(code).toBe(0);
    expect(out).toMatch(/\nDecisions\n {2}2026-01-02 03:04:05\.000 {2}release {4}x: y\n$/);
  });
});
