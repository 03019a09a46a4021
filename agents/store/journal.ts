// An append-only file of JSON lines with one writer, rotated by size. Readers accept a torn last line;
// a new writer ends such a line before it goes on.
import type { Disk } from './disk.ts';

export interface Journal {
  /** One append for all of `records`, in order. */
  append(records: readonly unknown[]): Promise<void>;
}

export interface JournalLimits {
  readonly bytesMax: number;
  /** Rotated files `<path>.1` (newest) to `<path>.<filesMax>`; 0 keeps one file that is not rotated. */
  readonly filesMax: number;
}

export function openJournal(disk: Disk, path: string, limits: JournalLimits): Journal {
  let size: number | null = null;

  const open = async (): Promise<number> => {
    const stat = await disk.stat(path);
    if (stat === null || stat.size === 0) return 0;
    if ((await disk.readRange(path, stat.size - 1, 1)) === '\n') return stat.size;
    await disk.append(path, '\n');
    return stat.size + 1;
  };

  const rotate = async (): Promise<void> => {
    for (let n = limits.filesMax - 1; n >= 1; n--) {
      if ((await disk.stat(`${path}.${n}`)) !== null) {
        await disk.rename(`${path}.${n}`, `${path}.${n + 1}`);
      }
    }
    await disk.rename(path, `${path}.1`);
  };

  return {
    async append(records) {
      if (records.length === 0) return;
      const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
      size ??= await open();
      const bytes = Buffer.byteLength(text);
      if (limits.filesMax > 0 && size > 0 && size + bytes > limits.bytesMax) {
        await rotate();
        size = 0;
      }
      const before = size;
      // An append that failed may have written a part: the next one looks at the end again.
      size = null;
      await disk.append(path, text);
      size = before + bytes;
    },
  };
}
