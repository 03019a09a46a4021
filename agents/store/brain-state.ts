// The picture that a brain leaves of itself and its batches (docs/PROTOCOL.md, brain/state.json).
import { STATE_FILE } from '../protocol/layout.ts';
import { stateSchema } from '../protocol/state.ts';
import type { BrainState } from '../protocol/state.ts';
import type { Disk } from './disk.ts';
import { readRecord } from './records.ts';

/** It has a line for each heading of each open batch: a few megabytes where these are ten thousand. */
const STATE_BYTES_MAX = 67_108_864;

/** Null when there is nothing readable. */
export async function readBrainState(disk: Disk): Promise<BrainState | null> {
  const read = await readRecord(disk, STATE_FILE, stateSchema, STATE_BYTES_MAX);
  return read.is === 'ok' ? read.value : null;
}
