// `tutti models`: the roster, what plans may call each model, and what the agents say of it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { HeldModel } from '../../agents/protocol/heartbeat.ts';
import { writeHeartbeat } from './heartbeat.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { modelsSchema } from './schemas.ts';

let house: House;
afterEach(() => house.close());

const ROSTER = {
  models: {
    small: { backend: 'llama-server', source: 'small.gguf', slots: 4, vramMib: 3000 },
    large: { backend: 'llama-server', source: 'large.gguf', tier: 5 },
    cloud: { backend: 'openai', source: 'gpt', baseUrl: 'http://127.0.0.1:9/v1' },
  },
  roles: { writer: { model: 'large', fallbacks: ['quick'] } },
  aliases: { quick: 'small' },
};

const held = (model: string, more: Partial<HeldModel>): HeldModel => ({
  model,
  backend: 'llama-server',
  state: 'cold',
  draining: false,
  on_card: true,
  slots: 1,
  slots_used: 0,
  context_tokens: null,
  vram_need_mib: null,
  vram_reserved_mib: 0,
  vram_measured_mib: null,
  refused: null,
  note: null,
  ...more,
});

const READY = {
  state: 'ready',
  slots: 4,
  slots_used: 2,
  context_tokens: 8192,
  vram_need_mib: 3000,
  vram_reserved_mib: 3000,
  vram_measured_mib: 2750,
} as const;

it('lists models with their memory, and which card holds which', async () => {
  house = openHouse(ROSTER);
  const refused = 'there is no model file large.gguf [MODEL_FILE_MISSING]';
  const models = [held('small', READY), held('large', { refused })];
  const second = [
    held('small', { state: 'loading', slots: 4, vram_need_mib: 3000, note: 'loading, 40 %' }),
    held('large', { vram_need_mib: 9000 }),
  ];
  const card = { kind: 'gpu', budget_mib: 4915 };
  for (const [agent, own] of [
    ['gpu-1', models],
    ['gpu-2', second],
  ] as const) {
    writeHeartbeat(house, agent, { ...card, models: own });
    house.write(`gpus/${agent}/heartbeat.json`, house.read(`cpus/${agent}/heartbeat.json`));
    rmSync(join(house.shared, 'cpus', agent), { recursive: true });
  }
  const { code, out } = await house.tutti('models');
  expect(code).toBe(0);
  expect(out).toBe(`small  llama-server small.gguf, tier 0, called quick, writer (fallback)
  gpu-1  ready    2 of 4 slots  holds 3000 of 4915 MiB, measured 2750  context 8192
  gpu-2  loading  0 of 4 slots  needs 3000 of 4915 MiB                               loading, 40 %
large  llama-server large.gguf, tier 5, called writer
  gpu-1  cold  0 of 1 slot  needs ? of 4915 MiB       ${refused}
  gpu-2  cold  0 of 1 slot  needs 9000 of 4915 MiB
cloud  openai gpt, tier 0
  no agent that runs may hold it
`);
  const json = await house.tutti('models', '--json');
  const record = modelsSchema.parse(JSON.parse(json.out));
  expect(record.models.map(({ model, agents }) => [model, agents.length])).toEqual([
    ['small', 2],
    ['large', 2],
    ['cloud', 0],
  ]);
});

it('says how to begin where the roster is empty', async () => {
  house = openHouse();
  const { code, out } = await house.tutti('models');
  expect({ code, out }).toEqual({
    code: 0,
    out: 'The roster is empty: add `models` to config.json (docs/MODELS.md).\n',
  });
});

it.each([
  [
    'an alias',
    { aliases: { quick: 'smal' } },
    'aliases.quick is smal, which is no model. Did you mean `small`?',
  ],
  ['a role', { roles: { writer: { model: 'nobody' } } }, 'roles.writer.model is nobody'],
  [
    'a fallback',
    { roles: { writer: { model: 'small', fallbacks: ['x'] } } },
    'a fallback of roles.writer is x',
  ],
])('refuses %s that leads nowhere, with the key and advice', async (_, change, named) => {
  house = openHouse({ models: { small: ROSTER.models.small }, ...change });
  const { code, err } = await house.tutti('models');
  expect(code).not.toBe(0);
  expect(err).toContain('[CONFIG_ROSTER]');
  expect(err).toContain(named);
});
