import { describe, expect, it } from 'vitest';
import type { OpenBatch } from '../../agents/brain/model.ts';
import {
  countsOf,
  planGroups,
  rejection,
  renderSummary,
  sumCounts,
  verdictOf,
} from '../../agents/brain/summary.ts';
import { summarySchema } from '../../agents/protocol/batch.ts';
import type { Summary } from '../../agents/protocol/batch.ts';
import type { FailedReason } from '../../agents/protocol/words.ts';
import { batchOf, closeTemplate, expand, put } from './world.ts';

const TRUE = { command: 'true' };
const ITEMS = { ...TRUE, foreach: '{BATCH_PATH}/items.jsonl' };

const ended = (states: Record<string, string>): OpenBatch => {
  const open = batchOf('demo', { a: TRUE, b: TRUE, c: TRUE });
  put(open, states);
  return open;
};

describe('the verdict', () => {
  it.each<[string, Record<string, string>, string, string]>([
    [
      'all complete',
      { a: 'complete', b: 'complete', c: 'complete' },
      'complete',
      'every task is complete',
    ],
    ['one failed', { a: 'complete', b: 'denied', c: 'complete' }, 'failed', 'failed: b'],
    [
      'two failed, one skipped',
      { a: 'denied', b: 'killed', c: 'skipped' },
      'failed',
      'failed: a, b',
    ],
    ['one cancelled', { a: 'complete', b: 'cancelled', c: 'skipped' }, 'cancelled', 'cancelled: b'],
    [
      'one failed, one cancelled',
      { a: 'denied', b: 'cancelled', c: 'complete' },
      'failed',
      'failed: a',
    ],
    ['only skipped', { a: 'complete', b: 'skipped', c: 'complete' }, 'failed', 'skipped: b'],
  ])('%s', (_, states, verdict, reason) => {
    expect(verdictOf(ended(states))).toEqual({ verdict, reason });
  });

  it('of a cancelled batch is cancelled, whatever failed before', () => {
    const open = ended({ a: 'denied', b: 'cancelled', c: 'complete' });
    open.control = { ...open.control, isCancelled: true };
    expect(verdictOf(open)).toEqual({ verdict: 'cancelled', reason: 'an operator cancelled it' });
  });

  it.each<[FailedReason | null, string, string]>([
    [null, 'complete', 'every task is complete'],
    ['children_failed', 'failed', 'failed: each'],
    ['definition', 'failed', 'failed: each'],
    ['cancelled', 'cancelled', 'cancelled: each'],
  ])('of a template closed as %s', (as, verdict, reason) => {
    const open = batchOf('demo', { each: ITEMS });
    expand(open, 'each', ['1']);
    closeTemplate(open, 'each', as);
    expect(verdictOf(open)).toEqual({ verdict, reason });
  });
});

describe('the counts', () => {
  it.each<[FailedReason | null, object]>([
    ['skipped', { total: 5, complete: 1, failed: 1, skipped: 3, cancelled: 0 }],
    ['cancelled', { total: 5, complete: 1, failed: 1, skipped: 0, cancelled: 3 }],
    // A goal was reached: the template is complete, its rest was cancelled.
    [null, { total: 5, complete: 1, failed: 1, skipped: 0, cancelled: 3 }],
  ])('children without a file end as their template: %s', (as, counts) => {
    const open = batchOf('demo', { each: ITEMS });
    expand(open, 'each', ['1', '2', '3', '4', '5']);
    put(open, { each_1: 'complete', each_2: 'denied' });
    closeTemplate(open, 'each', as);
    expect(countsOf(open.groups.get('each')!)).toEqual(counts);
  });

  it('add up over the headings, without the summary itself', () => {
    const open = ended({ a: 'complete', b: 'denied', c: 'skipped' });
    expect(planGroups(open).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(sumCounts(planGroups(open).map(countsOf))).toEqual({
      total: 3,
      complete: 1,
      failed: 1,
      skipped: 1,
      cancelled: 0,
    });
    expect(sumCounts([])).toEqual({ total: 0, complete: 0, failed: 0, skipped: 0, cancelled: 0 });
  });
});

const COUNTS = { total: 3, complete: 2, failed: 1, skipped: 0, cancelled: 0 };
const SUMMARY: Summary = {
  v: 1,
  batch: 'demo-20261121-021455-aaaaa',
  plan: 'demo',
  verdict: 'failed',
  reason: 'failed: b',
  submitted_at: '',
  finished_at: '',
  duration_ms: 12_340,
  counts: COUNTS,
  attempts: 5,
  groups: [{ task: 'b', foreach: true, ...COUNTS, duration_ms_mean: 55 }],
  problems: [],
  problems_omitted: 0,
  outputs: [],
  errors: [],
};

describe('RUN_SUMMARY.md', () => {
  const problem = {
    task: 'b_2',
    reason: 'failed',
    attempt: 3,
    agent: 'cpu-1',
    exit_code: 1,
    message: 'It ended with 1.',
  };

  it('of a batch with failures and outputs', () => {
    const text = renderSummary({
      ...SUMMARY,
      problems: [
        { ...problem, log: 'logs/b_2.a3.log' },
        { ...problem, task: 'b_3', log: null },
      ],
      problems_omitted: 7,
      outputs: ['plans/demo/out.md'],
    });
    expect(text.split('\n')).toEqual([
      '# demo-20261121-021455-aaaaa: failed',
      '',
      'failed: b. 2 of 3 tasks complete, 1 failed, 0 skipped, 0 cancelled; 5 attempts in 12.3 s.',
      '',
      '| task | total | complete | failed | skipped | cancelled | mean time |',
      '|---|---:|---:|---:|---:|---:|---:|',
      '| b | 3 | 2 | 1 | 0 | 0 | 0.1 s |',
      '',
      '## Problems',
      '',
      '- **b_2** (failed, attempt 3): It ended with 1.',
      '  Log: logs/b_2.a3.log',
      '- **b_3** (failed, attempt 3): It ended with 1.',
      '- and 7 more in tasks/failed/demo-20261121-021455-aaaaa/',
      '',
      '## Outputs',
      '',
      '- plans/demo/out.md',
      '',
    ]);
  });

  it('of one without, after a restart of the brain', () => {
    const text = renderSummary({ ...SUMMARY, duration_ms: null, groups: [] });
    expect(text).not.toMatch(/Problems|Outputs/);
    expect(text).toContain('5 attempts.');
  });

  it('a rejection is a whole summary', () => {
    const { batch } = batchOf('demo', { a: TRUE });
    const summary = rejection(batch, ['plan.md:1: wrong'], '2026-11-21T02:14:56.000Z');
    expect(summarySchema.parse(summary)).toMatchObject({
      verdict: 'rejected',
      errors: ['plan.md:1: wrong'],
      attempts: 0,
    });
  });
});
