// The part of `tutti status --json` that only the gateway of an air gap has (schemas.ts).
import * as z from 'zod';

export const syncRecord = z.strictObject({
  rig: z.string(),
  pulled_age_ms: z.number().nullable(),
  pending: z.int(),
  failures: z.int(),
  problem: z.string().nullable(),
  refused: z.array(z.string()),
});
