// What an agent reads of a plan, and how often.
import { expect, it } from 'vitest';
import { openInputs } from '../../agents/gpu/inputs.ts';
import { realClock } from '../../agents/process/clock.ts';
import { batchPath } from '../../agents/protocol/layout.ts';
import { INBOX_STAGING, submit } from '../../agents/store/inbox.ts';
import { createStore, move } from '../../agents/store/store.ts';
import { fanText } from '../../scripts/bench/plan-texts.ts';
import { setStage } from '../store/stage.ts';

const stage = setStage();
const ID = 'demo-20260101-000000-aaaaa';

it('the headings of a long plan are read once for all of its tasks', async () => {
  const store = createStore(stage().disk, false, INBOX_STAGING, 'test');
  const batch = { v: 1, id: ID, plan: 'demo', config: {}, priority: 5 } as const;
  const text = fanText(1000);
  await submit(store, { ...batch, submitted_at: '', submitted_by: 'test' }, text);
  await store.disk.mkdir('plans/demo/batches');
  await move(store, `inbox/${ID}`, batchPath('demo', ID));
  const read = openInputs({ store, clock: realClock, visibilityDelayMs: 0 });
  const headings = async (): Promise<readonly string[]> => {
    const inputs = await read('demo', ID);
    return inputs.is === 'ok' ? inputs.tasks() : [];
  };
  const first = await headings();
  expect(first).toHaveLength(1002);
  expect(await headings()).toBe(first);
});
