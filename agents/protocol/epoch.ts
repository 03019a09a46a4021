// brain/epochs/<epoch>.json: created once by every start of a brain. The newest one names the brain
// whose decisions count.
import * as z from 'zod';

export const epochSchema = z.strictObject({
  v: z.literal(1),
  epoch: z.int(),
  host: z.string(),
  pid: z.int(),
  start_time: z.string(),
  boot_id: z.string(),
  started_at: z.string(),
});
export type EpochHolder = Omit<z.infer<typeof epochSchema>, 'v' | 'epoch'>;
