import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyCommand,
  COMMAND_ID,
  COMMAND_VERBS,
  commandSchema,
  NO_CONTROL,
} from '../../agents/protocol/command.ts';
import type { BatchControl, Command } from '../../agents/protocol/command.ts';

const BATCH = 'demo-20261121-021455-k3f9x';

/** `cancel`, or `cancel scan` for one task. */
function command(text: string, index = 0): Command {
  const [verb, task] = text.split(' ');
  const id = `20261121-${String(index).padStart(9, '0')}-aaaaa`;
  const common = {
    v: 1,
    id,
    verb: verb as Command['verb'],
    batch: BATCH,
    at: '',
    by: 'me',
  } as const;
  return task === undefined ? common : { ...common, task };
}

const fold = (texts: readonly string[]): BatchControl =>
  texts.map(command).reduce(applyCommand, NO_CONTROL);

describe('the control state is the fold of the commands', () => {
  it.each<[string, readonly string[], Partial<{ p: true; c: true; of: string[] }>]>([
    ['nothing', [], {}],
    ['pause', ['pause'], { p: true }],
    ['pause twice and resume once', ['pause', 'pause', 'resume'], {}],
    ['resume without a pause', ['resume'], {}],
    ['cancel', ['cancel'], { c: true }],
    ['cancel of a paused batch', ['pause', 'cancel'], { p: true, c: true }],
    ['cancel of tasks', ['cancel a', 'cancel b', 'cancel a'], { of: ['a', 'b'] }],
    ['a retry lifts the cancel of the batch', ['cancel', 'retry'], {}],
    ['a retry of the batch lifts every cancel', ['cancel a', 'cancel', 'retry'], {}],
    ['a retry of a task lifts its own cancel', ['cancel a', 'cancel b', 'retry a'], { of: ['b'] }],
    ['a retry of a task reopens the batch', ['cancel', 'retry a'], {}],
    ['a retry resumes nothing', ['pause', 'retry'], { p: true }],
    ['the order counts', ['retry', 'cancel'], { c: true }],
  ])('%s', (_, texts, { p = false, c = false, of = [] }) => {
    expect(fold(texts)).toEqual({ isPaused: p, isCancelled: c, cancelled: new Set(of) });
  });

  it('a state that is shared is never changed', () => {
    const texts = fc.constantFrom('cancel', 'cancel a', 'retry', 'retry a', 'pause', 'resume');
    fc.assert(
      fc.property(fc.array(texts), (list) => {
        fold(list);
        expect(NO_CONTROL).toEqual({ isPaused: false, isCancelled: false, cancelled: new Set() });
      }),
    );
  });

  it('the last word about each thing holds, whatever came before', () => {
    const texts = fc.constantFrom(...COMMAND_VERBS, ...COMMAND_VERBS.map((verb) => `${verb} a`));
    fc.assert(
      fc.property(fc.array(texts), (before) => {
        expect(fold([...before, 'cancel']).isCancelled).toBe(true);
        expect(fold([...before, 'pause']).isPaused).toBe(true);
        expect(fold([...before, 'retry', 'resume'])).toEqual(NO_CONTROL);
      }),
    );
  });
});

describe('a command file', () => {
  it.each<[string, object]>([
    ['an unknown verb', { verb: 'delete' }],
    ['another version', { v: 2 }],
    ['a batch that is none', { batch: '../demo' }],
    ['a task that is a path', { task: 'a/b' }],
    ['an id that is none', { id: '1' }],
    ['an unknown key', { force: true }],
  ])('is refused with %s', (_, wrong) => {
    expect(commandSchema.safeParse({ ...command('cancel a'), ...wrong }).success).toBe(false);
  });

  it('is taken as it is otherwise', () => {
    const good = { ...command('retry a'), descendants: true };
    expect(commandSchema.parse(good)).toEqual(good);
    expect(good.id).toMatch(COMMAND_ID);
  });
});
