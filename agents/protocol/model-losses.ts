// What an agent remembers of model servers that it lost, over restarts.
import { z } from 'zod';
import { MODEL_NAME } from './ids.ts';
import { agentPath } from './layout.ts';
import type { AgentKind } from './layout.ts';

export const lossSchema = z.strictObject({
  model: z.string().regex(MODEL_NAME),
  /** By the clock of the agent's host. */
  at: z.string(),
  problem: z.string(),
});
export type Loss = z.infer<typeof lossSchema>;

export const lossesSchema = z.strictObject({ v: z.literal(1), losses: z.array(lossSchema) });

export const lossesPath = (kind: AgentKind, agent: string): string =>
  `${agentPath(kind, agent)}/losses.json`;
