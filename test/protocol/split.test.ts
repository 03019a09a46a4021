// Models that take several cards, in the roster and in plans.
import { describe, expect, it } from 'vitest';
import { rosterProblems } from '../../agents/protocol/check-roster.ts';
import { configSchema } from '../../agents/protocol/config.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { chooseModels } from '../../agents/protocol/roster-names.ts';
import { wantsModel } from '../../agents/protocol/task.ts';

const MODEL = { backend: 'llama-server', source: 'x.gguf' } as const;
const SIM = { kind: 'simulated', vramMib: 6144 } as const;
const CARDS = [
  { name: 'gpu-1', ...SIM },
  { name: 'gpu-2', ...SIM },
];
const configOf = (models: object, more: object = {}) =>
  configSchema.parse({ agents: CARDS, models, ...more });

describe('llm_placement', () => {
  const roster = configOf({ small: MODEL, big: { ...MODEL, cards: 2, tier: 3 } });
  const chain = (task: Parameters<typeof chooseModels>[0]): readonly string[] | string => {
    try {
      return chooseModels(task, roster).chain;
    } catch (error) {
      if (error instanceof Fault) return `${error.code}: ${error.message}`;
      throw error;
    }
  };

  it('chooses among the models that a task may have', () => {
    expect(chain({})).toEqual(['small', 'big']);
    expect(chain({ llm_placement: 'any' })).toEqual(['small', 'big']);
    expect(chain({ llm_placement: 'split_gpu' })).toEqual(['big']);
    expect(chain({ llm_placement: 'single_gpu' })).toEqual(['small']);
    expect(chain({ llm_placement: 'single_gpu', llm_min_tier: 3 })).toBe(
      'ROSTER_PLACEMENT: no model has as many cards as `llm_placement: single_gpu` asks for: big takes 2',
    );
    expect(chain({ llm_placement: 'split_gpu', llm_model: 'small' })).toMatch(/^ROSTER_PLACEMENT/);
  });

  it('of several cards is the wish for a model of the roster', () => {
    expect(wantsModel({ task_class: 'llm', llm_placement: 'split_gpu' })).toBe(true);
    expect(wantsModel({ task_class: 'llm', llm_placement: 'single_gpu' })).toBe(false);
  });
});

describe('a roster with a model of several cards', () => {
  const problems = (model: object, more: object = {}): string[] =>
    rosterProblems(configOf({ big: { ...MODEL, cards: 2, ...model } }, more));

  it('is fine where each card holds its share', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ vramMib: 9800 })).toEqual([]);
  });

  it.each([
    [
      { vramMib: 9900 },
      {},
      'models.big needs 4950 MiB on each of 2 cards and does not fit (gpu-1: 80 % of 6144 MiB = 4915 MiB; gpu-2: 80 % of 6144 MiB = 4915 MiB)',
    ],
    [{ cards: 3 }, {}, 'models.big takes 3 cards, and only gpu-1, gpu-2 may hold it'],
    [{ agents: ['gpu-2'] }, {}, 'models.big takes 2 cards, and only gpu-2 may hold it'],
    [
      { backend: 'embedded' },
      {},
      'models.big has several cards, which only backend llama-server with device card can take',
    ],
    [
      {},
      { modelPolicy: { pins: { 'gpu-1': 'big' } } },
      'modelPolicy.pins.gpu-1 is big, which takes several cards',
    ],
    [
      {},
      { modelPolicy: { idleModel: 'big' } },
      'modelPolicy.idleModel is big, which takes several cards',
    ],
  ])('%j with %j is refused', (model, more, problem) => {
    expect(problems(model, more)).toEqual([problem]);
  });
});
