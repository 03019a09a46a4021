// Whom a launch finds, and what it reads of them.
import { expect, it } from 'vitest';
import { readSaidStopped } from '../../agents/launch/survivors.ts';
import { STATE_FILE } from '../../agents/protocol/layout.ts';
import type { BrainState } from '../../agents/protocol/state.ts';
import { encode } from '../../agents/store/records.ts';
import { publishVolatile } from '../../agents/store/store.ts';
import { setStage } from '../store/stage.ts';

const stage = setStage();

it('the farewell of a brain is read however many headings its batches have', async () => {
  const { store } = stage();
  const state: BrainState = {
    v: 1,
    epoch: 1,
    seq: 1,
    at: '',
    host: 'h',
    pid: 7,
    start_time: '8',
    boot_id: 'b',
    brain: 'stopped',
    interval_ms: 1000,
    agents: [],
    batches: [],
    retries: [],
    stalled: ['x'.repeat(5_000_000)],
  };
  await publishVolatile(store, STATE_FILE, encode(state));
  const who = { pid: 7, startTime: '8', bootId: 'b' };
  expect(await readSaidStopped(store, { name: 'brain', kind: 'brain', args: [] }, who)).toBe(true);
});
