// What the owner of a group of cards sees in the heartbeat of a card that was lent to it.
import { expect, it } from 'vitest';
import { whyNot } from '../../agents/gpu/partners.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import { beatOf } from '../helpers/beat.ts';

const LENT = {
  at: '',
  by: 'brain',
  reason: '',
  until: null,
  lent_to: { agent: 'gpu-1', model: 'big' },
};
const CARD = {
  uuid: 'GPU-2',
  name: 'Card',
  temperature_celsius: 40,
  power_watts: 30,
  power_limit_watts: 250,
  vram_total_mib: 10_000,
  vram_used_mib: 500,
  utilisation_percent: 0,
  clock_mhz: 1000,
  throttle_reasons: [],
};
const HELD = {
  model: 'one',
  backend: 'llama-server',
  state: 'ready',
  draining: false,
  on_card: true,
  slots: 1,
  slots_used: 0,
  context_tokens: null,
  vram_need_mib: 3000,
  vram_reserved_mib: 3000,
  vram_measured_mib: null,
  refused: null,
  note: null,
};
const RUN = {
  batch: 'b',
  task: 't',
  attempt: 1,
  task_class: 'script',
  pid: null,
  started_at: '',
  elapsed_ms: 1,
  timeout_ms: 1,
  vram_reserved_mib: 1,
  vram_used_mib: null,
  adopted: false,
};

const beat = (more: object): Heartbeat =>
  beatOf({ agent: 'gpu-2', state: 'reserved', reservation: LENT, card: CARD, ...more });

it.each([
  [{}, null],
  [{ boot_id: 'other' }, 'it is on another host'],
  [{ reservation: null }, 'it is not lent to gpu-1 for it'],
  [{ reservation: { ...LENT, lent_to: null } }, 'it is not lent to gpu-1 for it'],
  [
    { reservation: { ...LENT, lent_to: { agent: 'gpu-3', model: 'big' } } },
    'it is not lent to gpu-1 for it',
  ],
  [{ running: [RUN] }, '1 of its tasks still run'],
  [{ models: [HELD] }, 'it still holds one'],
  [{ models: [{ ...HELD, state: 'cold' }] }, null],
  [{ card: null }, 'its memory is unknown'],
  [{ card: { ...CARD, vram_used_mib: null } }, 'its memory is unknown'],
  [{ budget_mib: 3999 }, 'needs 4000 MiB, its budget is 3999 MiB'],
  [{ card: { ...CARD, vram_used_mib: 6000 } }, 'needs 4000 MiB, 3488 MiB of it are free'],
] as const)('%j: %s', (more, problem) => {
  const wanted = { owner: 'gpu-1', bootId: 'boot', model: 'big', needMib: 4000 };
  expect(whyNot(beat(more), wanted)).toBe(problem);
});
