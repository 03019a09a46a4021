// Which outputs are given to a model to be rated, and what its answers do. Each list is all that the brain decides.
import { describe, expect, it } from 'vitest';
import type { OpenBatch, World } from '../../agents/brain/model.ts';
import { agentOf, batchOf, decided, linesDecided, policyOf, put, worldOf } from './world.ts';
import { rate, thinking, thinkOf, withSystem } from './thinking.ts';

const policy = thinking();
const TASKS = {
  digest: { task_class: 'cpu', command: 'true', evaluate: 'true', retries: 1 },
  next: { task_class: 'cpu', command: 'true', depends_on: 'digest' },
};

function setUp(state = 'unrated'): { open: OpenBatch; world: World } {
  const open = batchOf('demo', TASKS);
  put(open, { digest: state }, policy);
  const world = worldOf([open], [agentOf('cpu-1', 2)]);
  withSystem(world);
  return { open, world };
}

const ID = /evaluate_digest_[0-9a-z]{7}/;
const linesFor = (world: World): string[] =>
  linesDecided(world, { policy }).map((line) => line.replace(ID, 'evaluate_digest'));

describe('an output that waits for a rating', () => {
  it('is given to the model, and nothing that depends on it begins', () => {
    const { world, open } = setUp();
    expect(linesFor(world)).toEqual([
      `think tutti/evaluate_digest: attempt 1 of ${open.batch.id}/digest asks for a rating`,
    ]);
  });

  it.each(['waiting', 'queued', 'claimed cpu-1'])('is not given twice: %s', (state) => {
    const { world, open } = setUp();
    thinkOf(world, 'evaluate', open, 'digest', state);
    expect(linesFor(world).filter((line) => !line.startsWith('release tutti'))).toEqual([]);
  });

  it('is given anew after its next attempt', () => {
    const { world, open } = setUp('unrated a2f1l0n0');
    thinkOf(world, 'evaluate', open, 'digest', 'complete');
    expect(linesFor(world)[0]).toMatch(/^think tutti\/evaluate_digest: attempt 2 of /);
  });

  it('waits while others are under way, a few for each slot', () => {
    const open = batchOf('demo', {
      scan: { task_class: 'cpu', command: 'true' },
      ...Object.fromEntries(
        Array.from({ length: 40 }, (_, n) => [`d${n}`, { ...TASKS.digest, command: 'true' }]),
      ),
    });
    put(open, { scan: 'complete' });
    for (let n = 0; n < 40; n++) put(open, { [`d${n}`]: 'unrated' }, policy);
    const world = worldOf([open], [agentOf('cpu-1', 1)]);
    withSystem(world);
    const few = thinking({ releaseWindowMin: 3, releaseWindowPerSlot: 2 });
    const count = (): number =>
      decided(world, { policy: few }).filter(({ is }) => is === 'think').length;
    expect(count()).toBe(3);
    thinkOf(world, 'evaluate', open, 'd0', 'claimed cpu-1');
    expect(count()).toBe(2);
  });

  it('is not tried again, and stays where it is in a batch that is cancelled', () => {
    const { world, open } = setUp();
    open.control = { ...open.control, isCancelled: true };
    expect(linesFor(world).filter((line) => /^(think|approve|retry)/.test(line))).toEqual([]);
  });
});

describe('a rating', () => {
  it.each([
    [5, 'approve'],
    [3, 'approve'],
    [2, 'disapprove'],
    [1, 'disapprove'],
  ])('of %i: %s', (rating, verb) => {
    const { world, open } = setUp();
    thinkOf(world, 'evaluate', open, 'digest', 'complete');
    rate(world, open, 'digest', rating);
    expect(linesFor(world)).toEqual([`${verb} demo/digest: rated ${rating} of 5 by wise: so so`]);
    const [decision] = decided(world, { policy });
    expect(decision).toMatchObject({ rating: { rating, feedback: 'so so' } });
  });

  it('that is not read yet is waited for', () => {
    const { world, open } = setUp();
    thinkOf(world, 'evaluate', open, 'digest', 'complete');
    expect(linesFor(world)).toEqual([]);
  });

  it('that cannot be had costs no finished work', () => {
    const { world, open } = setUp();
    thinkOf(world, 'evaluate', open, 'digest', 'unserved');
    expect(linesFor(world)).toEqual([
      'approve demo/digest: not rated: its evaluation ended unserved',
    ]);
    const none = worldOf([open], [agentOf('cpu-1', 2)]);
    expect(linesDecided(none, { policy: policyOf({}) })).toEqual([
      'approve demo/digest: not rated: the roster has no role `brain` any more',
    ]);
  });
});

describe('the batch of a brain that is gone', () => {
  function setUpOld(state: string): World {
    const { world, open } = setUp();
    thinkOf(world, 'evaluate', open, 'digest', state);
    world.system = null;
    return world;
  }

  it('stays open while an output waits for a rating of it', () => {
    expect(linesFor(setUpOld('complete'))).toEqual([]);
  });

  it('is closed after that', () => {
    const world = setUpOld('complete');
    for (const open of world.batches.values()) {
      if (open.batch.plan === 'demo') put(open, { digest: 'complete' });
    }
    expect(linesFor(world)).toContain(
      'summarise tutti: the brain that opened it is gone, and nothing of it is left',
    );
  });

  it('gives up what nobody waits for any more', () => {
    const world = setUpOld('queued');
    for (const open of world.batches.values()) {
      if (open.batch.plan === 'demo') put(open, { digest: 'complete' });
    }
    expect(linesFor(world)).toContain(
      'cancel tutti/evaluate_digest from queue as cancelled a1f0l0n0: nobody waits for it any more',
    );
  });
});
