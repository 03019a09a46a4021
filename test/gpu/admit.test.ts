import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideClaims } from '../../agents/gpu/admit.ts';
import type { AdmitView } from '../../agents/gpu/admit.ts';
import { cardMemory, foreignMib, reservedMib } from '../../agents/gpu/card-memory.ts';
import type { Reservation } from '../../agents/gpu/card-memory.ts';
import { claimableClasses } from '../../agents/gpu/claim-order.ts';
import { formatQueue, formatRank } from '../../agents/protocol/lane-name.ts';
import type { QueueName, Vram } from '../../agents/protocol/lane-name.ts';
import type { TaskClass } from '../../agents/protocol/words.ts';

const LIMITS = { budgetPercent: 80, vramHeadroomMib: 512 };

/** Its priority is 5, its age the order of the calls. */
let sequence = 0;
const queued = (task: string, taskClass: TaskClass, vram: Vram, priority = 5): QueueName => ({
  rank: formatRank(priority, sequence++),
  taskClass,
  vram,
  batch: 'demo-20261121-021455-aaaaa',
  task,
  counts: { attempt: 1, failures: 0, losses: 0, notNow: 0 },
});

const script = (task: string, vram: Vram = 1024, priority = 5) =>
  queued(task, 'script', vram, priority);
const cpu = (task: string, priority = 5) => queued(task, 'cpu', 1024, priority);
const llm = (task: string) => queued(task, 'llm', 'all');
const meta = (task: string) => queued(task, 'meta', 0);
const holds = (
  taskClass: TaskClass,
  reserved: number,
  usedMib: number | null = null,
): Reservation => ({
  taskClass,
  reservedMib: reserved,
  usedMib,
});

const view = (waiting: readonly QueueName[], more: Partial<AdmitView> = {}): AdmitView => ({
  waiting,
  halt: null,
  isHot: false,
  constrained: [],
  slots: 8,
  metaSlots: 2,
  running: [],
  card: cardMemory(8192, 0, LIMITS),
  avoidMs: new Map(),
  offset: 0,
  ...more,
});

const claimed = (given: AdmitView): { claims: string[]; why: object } => {
  const { claims, why } = decideClaims(given);
  return { claims: claims.map(({ task }) => task), why };
};

const mixed = (): QueueName[] => [cpu('c'), llm('l'), script('s'), meta('m')];

describe('claim order', () => {
  it.each([
    [
      'cold',
      {},
      {
        claims: ['m', 's', 'c'],
        why: { llm: 'needs the whole budget of 6553 MiB, 4505 of 6553 MiB budget free' },
      },
    ],
    [
      'hot',
      { isHot: true },
      {
        claims: ['m', 'l'],
        why: {
          cpu: 'needs 1024 MiB, 0 of 6553 MiB budget free',
          script: 'a model is loaded: scripts wait until it is unloaded',
        },
      },
    ],
    [
      'constrained',
      { constrained: ['temperature 86 °C ≥ 83 °C'] },
      {
        claims: ['m', 'c'],
        why: {
          script: 'constrained: temperature 86 °C ≥ 83 °C',
          llm: 'constrained: temperature 86 °C ≥ 83 °C',
        },
      },
    ],
    [
      'without a card',
      { card: null },
      {
        claims: ['m', 'c'],
        why: { script: 'this agent has no card', llm: 'this agent has no card' },
      },
    ],
    [
      'paused',
      { halt: 'paused' },
      { claims: [], why: { meta: 'paused', script: 'paused', cpu: 'paused', llm: 'paused' } },
    ],
    [
      'stopping without a card',
      { halt: 'stopping', card: null },
      {
        claims: [],
        why: { meta: 'stopping', script: 'stopping', cpu: 'stopping', llm: 'stopping' },
      },
    ],
  ])('%s', (_, more, expected) => {
    expect(claimed(view(mixed(), more))).toEqual(expected);
  });

  it('inside a class: priority, then age, whatever the listing order is', () => {
    const [old, young, urgent, low] = [cpu('old'), cpu('young'), cpu('urgent', 10), cpu('low', 3)];
    const { claims } = claimed(view([low, young, urgent, old]));
    expect(claims).toEqual(['urgent', 'old', 'young', 'low']);
  });

  it('names the classes for the heartbeat, those it takes now first', () => {
    expect(claimableClasses('hot')).toEqual(['meta', 'llm', 'cpu', 'script']);
    expect(claimableClasses('cold')).toEqual(['meta', 'script', 'cpu', 'llm']);
    expect(claimableClasses('constrained')).toEqual(['meta', 'cpu', 'script', 'llm']);
    expect(claimableClasses('cardless')).toEqual(['meta', 'cpu']);
  });

  it('says nothing about classes of which nothing waits', () => {
    expect(claimed(view([], { halt: 'paused' }))).toEqual({ claims: [], why: {} });
  });
});

describe('slots', () => {
  it('count all but meta tasks, which have their own', () => {
    const waiting = [cpu('a'), cpu('b'), meta('m'), meta('n'), meta('o')];
    const running = [holds('cpu', 0)];
    expect(claimed(view(waiting, { card: null, slots: 2, running }))).toEqual({
      claims: ['m', 'n', 'a'],
      why: { cpu: '2 of 2 slots busy', meta: '2 of 2 meta slots busy' },
    });
  });
});

describe('memory', () => {
  it('what does not fit waits, and keeps the card from what is behind it', () => {
    const waiting = [
      script('small'),
      script('large', 6000),
      script('tiny', 100),
      cpu('c'),
      meta('m'),
    ];
    expect(claimed(view(waiting))).toEqual({
      claims: ['m', 'small'],
      why: {
        script: 'needs 6000 MiB, 5529 of 6553 MiB budget free',
        cpu: 'the card is kept for script task large',
      },
    });
  });

  it('what can never fit this card stops nobody', () => {
    const waiting = [script('huge', 7000), script('small')];
    expect(claimed(view(waiting))).toEqual({
      claims: ['small'],
      why: { script: 'needs 7000 MiB, the budget of this card is 6553 MiB' },
    });
  });

  it('counts what other programs hold, and that stops only those who need it', () => {
    const card = cardMemory(8192, 6000, LIMITS);
    expect(
      claimed(view([script('large', 2000), script('small', 1600), cpu('c')], { card })),
    ).toEqual({
      claims: ['small', 'c'],
      why: { script: 'needs 2000 MiB, 1680 MiB of the card left: other programs hold 6000 MiB' },
    });
  });

  it('counts what own tasks took beyond their reservation', () => {
    const running = [holds('script', 1024, 5000)];
    expect(claimed(view([script('s', 3000)], { running }))).toEqual({
      claims: [],
      why: { script: 'needs 3000 MiB, 2680 MiB of the card free' },
    });
  });

  it('a task of the whole budget runs alone', () => {
    expect(claimed(view([llm('l')])).claims).toEqual(['l']);
    expect(claimed(view([llm('l'), llm('k')])).claims).toEqual(['l']);
    expect(claimed(view([llm('l')], { running: [holds('cpu', 1024)] })).claims).toEqual([]);
    expect(claimed(view([llm('l')], { running: [holds('meta', 0)] })).claims).toEqual(['l']);
  });

  it.each([512, 1024, 6144, 24_576, 143_771])(
    'every class fits an empty card of %i MiB',
    (total) => {
      const card = cardMemory(total, 0, LIMITS);
      const fits = total >= 2048 ? [script('s'), cpu('c'), llm('l')] : [llm('l')];
      for (const name of fits) expect(claimed(view([name], { card })).claims).toEqual([name.task]);
    },
  );

  it('an unknown card runs metas only', () => {
    const given = { card: cardMemory(0, 0, LIMITS), constrained: ['temperature unknown'] };
    expect(claimed(view(mixed(), given))).toEqual({
      claims: ['m'],
      why: {
        cpu: 'needs 1024 MiB, the budget of this card is 0 MiB',
        script: 'constrained: temperature unknown',
        llm: 'constrained: temperature unknown',
      },
    });
  });

  it('reserved memory never exceeds the budget, and fits beside what others hold', () => {
    const names = fc.array(
      fc.record({
        taskClass: fc.constantFrom<TaskClass>('cpu', 'script', 'llm', 'meta'),
        vram: fc.oneof(fc.integer({ min: 0, max: 9000 }), fc.constant<Vram>('all')),
        priority: fc.integer({ min: 0, max: 99 }),
      }),
    );
    const cards = fc.record({
      total: fc.integer({ min: 1, max: 20_000 }),
      foreign: fc.nat(20_000),
    });
    fc.assert(
      fc.property(
        names,
        cards,
        fc.nat(100),
        fc.boolean(),
        (wanted, { total, foreign }, offset, isHot) => {
          const card = cardMemory(total, foreign, LIMITS);
          const waiting = wanted.map(({ taskClass, vram, priority }, index) =>
            queued(`t${index}`, taskClass, vram, priority),
          );
          const { claims, why } = decideClaims(view(waiting, { card, offset, isHot, slots: 100 }));
          const held = claims.map((name) =>
            name.taskClass === 'meta' ? 0 : name.vram === 'all' ? card.budgetMib : name.vram,
          );
          const all = held.reduce((sum, mib) => sum + mib, 0);
          expect(all).toBeLessThanOrEqual(card.budgetMib);
          // The memory of a cpu task is virtual: it counts against the budget alone.
          const real = held.filter((_, index) => claims[index]!.taskClass !== 'cpu');
          const realMib = real.reduce((sum, mib) => sum + mib, 0);
          expect(realMib > 0 ? realMib + foreign : 0).toBeLessThanOrEqual(total);
          for (const name of waiting.filter((each) => !claims.includes(each))) {
            expect(why[name.taskClass]).toBeTruthy();
          }
        },
      ),
    );
  });
});

describe('foreign memory', () => {
  it.each([
    ['nothing runs', 700, [], 700],
    ['measured: the rest is foreign', 3000, [holds('script', 1024, 2000)], 1000],
    ['not measured: up to its reservation it is its own', 3000, [holds('script', 1024)], 1976],
    ['not measured and not yet allocated', 100, [holds('script', 1024)], 0],
  ])('%s', (_, used, running, expected) => {
    expect(foreignMib(used, running)).toBe(expected);
    expect(reservedMib(running)).toBe(running.length * 1024);
  });
});

describe('contention', () => {
  it('an offset rotates the leading candidates of equal priority and never overtakes a higher one', () => {
    const waiting = [cpu('low', 3), cpu('a'), cpu('b'), cpu('c'), cpu('top', 10)];
    const first = (offset: number, names = waiting): string[] =>
      claimed(view(names, { offset, slots: 3, card: null })).claims;
    expect(first(0)).toEqual(['top', 'a', 'b']);
    expect(first(2)).toEqual(['top', 'a', 'b']);
    expect(first(1, waiting.slice(0, 4))).toEqual(['b', 'c', 'a']);
    expect(first(5, waiting.slice(0, 4))).toEqual(['c', 'a', 'b']);
  });

  it('a task that failed here is left alone for a while, and stops nobody', () => {
    const failed = cpu('failed');
    const avoidMs = new Map([[formatQueue(failed), 2400]]);
    expect(claimed(view([failed, cpu('next')], { avoidMs }))).toEqual({
      claims: ['next'],
      why: { cpu: 'failed here before, waits 3 s for another agent' },
    });
    expect(
      claimed(view([failed], { avoidMs: new Map([[formatQueue(failed), -1]]) })).claims,
    ).toEqual(['failed']);
  });
});
