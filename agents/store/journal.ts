// An append-only file of JSON lines, rotated by size. It has one writer, and one that was replaced and does
// not know it yet. Readers accept a torn last line; a new writer ends such a line before it goes on, and a
// line that joined one, because the other's append failed half way in between, is written again.
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
    return (await isJoined(stat.size)) ? disk.append(path, '\n') : stat.size;
  };

  /** Whether what begins at `offset` does not begin a line. */
  const isJoined = async (offset: number): Promise<boolean> =>
    offset > 0 && (await disk.readRange(path, offset - 1, 1)) !== '\n';

  const rotate = async (): Promise<void> => {
    for (let n = limits.filesMax - 1; n >= 1; n--) {
      if ((await disk.stat(`${path}.${n}`)) !== null) {
        await disk.rename(`${path}.${n}`, `${path}.${n + 1}`);
      }
    }
    await disk.rename(path, `${path}.1`);
  };

  const write = async (records: readonly unknown[]): Promise<void> => {
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
    const after = await disk.append(path, text);
    const isTorn = after !== before + bytes && (await isJoined(after - bytes));
    size = isTorn ? await disk.append(path, firstOf(text)) : after;
  };

  // One after the other: two that rotate at once would each move what the other wrote.
  let last: Promise<unknown> = Promise.resolve();
  return {
    append(records) {
      const turn = last.then(() => write(records));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

const firstOf = (text: string): string => text.slice(0, text.indexOf('\n') + 1);
