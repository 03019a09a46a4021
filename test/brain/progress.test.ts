import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Group, OpenBatch } from '../../agents/brain/model.ts';
import { collectItemWork, isItemLost, isItemReady } from '../../agents/brain/progress.ts';
import { resultOf } from '../../agents/brain/standing.ts';
import { FAILED_REASONS } from '../../agents/protocol/words.ts';
import { batchOf, closeTemplate, expand, put } from './world.ts';

const TRUE = { command: 'true' };
const ITEMS = { ...TRUE, foreach: '{BATCH_PATH}/items.jsonl' };
const IDS = ['1', '2', '3', '4'];

function opened(): OpenBatch {
  const open = batchOf('demo', {
    a: TRUE,
    one: ITEMS,
    other: ITEMS,
    both: { ...ITEMS, depends_on: 'one_{ITEM.id}, other_{ITEM.id}' },
  });
  for (const name of ['one', 'other', 'both']) expand(open, name, IDS);
  return open;
}

const TASKS = [
  'a',
  ...['one', 'other', 'both'].flatMap((name) => IDS.map((id) => `${name}_${id}`)),
];
const STATES = ['waiting', 'queued', 'claimed cpu-1', 'complete', ...FAILED_REASONS];
const moves = fc.array(fc.tuple(fc.constantFrom(...TASKS), fc.constantFrom(...STATES)), {
  maxLength: 60,
});

const groupsOf = (open: OpenBatch): Group[] => [...open.groups.values()];
const idsIn = (entries: Iterable<{ readonly id: string }>): string[] =>
  [...entries].map(({ id }) => id).toSorted();

describe('after any moves', () => {
  const after = (list: readonly (readonly [string, string])[]): OpenBatch => {
    const open = opened();
    for (const [task, state] of list) put(open, { [task]: state });
    return open;
  };

  it('the tallies are the counts of the states', () => {
    fc.assert(
      fc.property(moves, (list) => {
        for (const { tally, entries = [] } of groupsOf(after(list))) {
          expect(Object.values(tally).reduce((sum, n) => sum + n, 0)).toBe(entries.length);
          expect(Math.min(...Object.values(tally))).toBeGreaterThanOrEqual(0);
          for (const is of ['waiting', 'queued', 'claimed', 'retrying', 'complete'] as const) {
            expect([is, tally[is]]).toEqual([
              is,
              entries.filter(({ state }) => state.is === is).length,
            ]);
          }
        }
      }),
    );
  });

  it('the worklists hold what is out and what will be tried again', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const open = after(list);
        const entries = groupsOf(open).flatMap((group) => group.entries ?? []);
        const are = (...states: string[]): string[] =>
          idsIn(entries.filter(({ state }) => states.includes(state.is)));
        expect([...open.outstanding.keys()].toSorted()).toEqual(are('queued', 'claimed'));
        expect([...open.retrying.keys()].toSorted()).toEqual(are('retrying'));
      }),
    );
  });

  it('below the cursor nothing waits, and at it something does', () => {
    fc.assert(
      fc.property(moves, (list) => {
        for (const { cursor, entries = [] } of groupsOf(after(list))) {
          const first = entries.findIndex(({ state }) => state.is === 'waiting');
          expect(cursor).toBe(first === -1 ? entries.length : first);
        }
      }),
    );
  });

  it('no item that can run or never will is forgotten, and a new start finds the same', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const open = after(list);
        const group = open.groups.get('both')!;
        const waiting = group.entries!.filter(({ state }) => state.is === 'waiting');
        const ready = idsIn(waiting.filter((entry) => isItemReady(open, group, entry)));
        const lost = idsIn(waiting.filter((entry) => isItemLost(open, group, entry)));
        expect(idsIn(group.ready)).toEqual(expect.arrayContaining(ready));
        expect(idsIn(group.toSkip)).toEqual(expect.arrayContaining(lost));
        expect(
          idsIn([...group.ready, ...group.toSkip].filter(({ state }) => state.is !== 'waiting')),
        ).toEqual([]);
        collectItemWork(open, group);
        expect([idsIn(group.ready), idsIn(group.toSkip)]).toEqual([ready, lost]);
      }),
    );
  });
});

describe('how a group stands', () => {
  it.each([
    ['waiting', 'open'],
    ['queued', 'open'],
    ['claimed', 'open'],
    ['failed', 'open'],
    ['complete', 'complete'],
    ['denied', 'failed'],
    ['definition', 'failed'],
    ['skipped', 'skipped'],
    ['cancelled', 'cancelled'],
  ])('a plain task that is %s: %s', (state, result) => {
    const open = opened();
    put(open, { a: state });
    expect(resultOf(open, open.groups.get('a')!)).toBe(result);
  });

  it.each([
    [null, 'complete'],
    ['children_failed', 'failed'],
    ['definition', 'failed'],
    ['skipped', 'skipped'],
    ['cancelled', 'cancelled'],
  ] as const)('a template that was closed as %s: %s', (as, result) => {
    const open = opened();
    put(open, { one_1: 'denied' });
    expect(resultOf(open, open.groups.get('one')!)).toBe('open');
    closeTemplate(open, 'one', as);
    expect(resultOf(open, open.groups.get('one')!)).toBe(result);
  });
});
