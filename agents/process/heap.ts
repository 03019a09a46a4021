// A process whose memory is mostly a model that stays lets garbage pile up to several times its size before
// it looks for it. The brain's model of a batch of 100,000 tasks is 50 MB; by default its process grows beyond 200.
import { setFlagsFromString } from 'node:v8';

/** Percent of the living heap that may be added before all of it is looked at. */
const GROWTH_PERCENT = 40;

/** To be called before anything is built; a V8 that does not know the flag leaves it alone. */
export const keepHeapSmall = (): void =>
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
