// Generators of every identifier and of the names in the lanes, straight from their grammar.
import * as fc from 'fast-check';
import { AGENT_NAME, BATCH_ID, MODEL_NAME, TASK_ID } from '../../agents/protocol/ids.ts';
import { formatRank } from '../../agents/protocol/lane-name.ts';
import type { ClaimName, Counts, QueueName } from '../../agents/protocol/lane-name.ts';
import { FAILED_REASONS, TASK_CLASSES } from '../../agents/protocol/words.ts';

export const agentNames: fc.Arbitrary<string> = fc.stringMatching(AGENT_NAME);
export const batchIds: fc.Arbitrary<string> = fc.stringMatching(BATCH_ID);
export const taskIds: fc.Arbitrary<string> = fc.stringMatching(TASK_ID);

const count = fc.integer({ min: 0, max: 999_999 });
export const counts: fc.Arbitrary<Counts> = fc.record({
  attempt: count,
  failures: count,
  losses: count,
  notNow: count,
});

const ranks = fc
  .tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 36 ** 10 - 1 }))
  .map(([priority, sequence]) => formatRank(priority, sequence));

export const queueNames: fc.Arbitrary<QueueName> = fc.record(
  {
    rank: ranks,
    taskClass: fc.constantFrom(...TASK_CLASSES),
    vram: fc.oneof(fc.integer({ min: 0, max: 9_999_999 }), fc.constant('all' as const)),
    batch: batchIds,
    task: taskIds,
    counts,
    model: fc.stringMatching(MODEL_NAME),
    target: agentNames,
    avoid: agentNames,
  },
  { requiredKeys: ['rank', 'taskClass', 'vram', 'batch', 'task', 'counts'] },
);

export const claimNames: fc.Arbitrary<ClaimName> = fc
  .tuple(queueNames, agentNames)
  .map(([name, agent]) => ({ ...name, agent }));

export const failedReasons = fc.constantFrom(...FAILED_REASONS);
