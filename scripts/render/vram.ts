// `tutti vram` as text and as a record: what scripts with `vram_policy: infer` were seen to take. Pure.
import { neededMib } from '../../agents/protocol/learned-vram.ts';
import type { LearnedTask } from '../../agents/protocol/learned-vram.ts';
import type { Paint } from './paint.ts';
import { columns } from './text.ts';

export interface VramRecord {
  readonly schema: 'tutti.vram/1';
  readonly tasks: readonly {
    readonly plan: string;
    readonly task: string;
    /** Of the latest runs, in MiB, the newest last. */
    readonly peaks_mib: readonly number[];
    /** What the next run reserves. */
    readonly need_mib: number;
    readonly at: string;
  }[];
}

const NOTHING =
  'Nothing has been learned yet: a script with `vram_policy: infer` has to run on a card first.';

export function vramRecord(tasks: readonly LearnedTask[], marginPercent: number): VramRecord {
  const learned = tasks.map((one) => ({ ...one, need_mib: neededMib(one, marginPercent) }));
  return { schema: 'tutti.vram/1', tasks: learned };
}

export function renderVram({ tasks }: VramRecord, paint: Paint): string[] {
  if (tasks.length === 0) return [NOTHING];
  const rows = tasks.map(({ plan, task, peaks_mib: peaks, need_mib: need, at }) => [
    paint.bold(`${plan}/${task}`),
    `${peaks.length} ${peaks.length === 1 ? 'run' : 'runs'}`,
    `peak ${Math.max(...peaks)} MiB`,
    `reserves ${need} MiB`,
    `last ${at}`,
  ]);
  return columns(rows, '');
}
