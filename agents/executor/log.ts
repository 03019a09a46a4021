// Keeps the output of an attempt within its limit while it is being written. The writer has the file
// open with O_APPEND, so cutting it is safe: its next write lands at the new end. What stays is the
// first half of the limit, one line that says how much is missing, and the last 64 KiB before the cut.
// That line stands right behind the first half, so an agent that comes back finds the count again.
import type { Clock } from '../process/clock.ts';
import { errnoOf } from '../protocol/errno.ts';
import type { Disk } from '../store/disk.ts';

const TAIL_BYTES = 65_536;
const NOTE = /\n\[tutti: (\d+) bytes of output dropped\]\n/;
/** Long enough for the note and a burst that slipped in between the cut and the note. */
const NOTE_SEARCH_BYTES = 4096;

const CHECK_MS_FIRST = 25;
const CHECK_MS_MIN = 25;
const CHECK_MS_MAX = 1000;

export interface LogEnd {
  readonly dropped: number;
  /** Up to 64 KiB from the end. */
  readonly tail: string;
}

const headBytes = (bytesMax: number): number => Math.floor(bytesMax / 2);
const tailBytes = (bytesMax: number): number => Math.min(TAIL_BYTES, Math.floor(bytesMax / 4));

const sizeOf = async (disk: Disk, path: string): Promise<number> =>
  (await disk.stat(path))?.size ?? 0;

async function noted(disk: Disk, path: string, bytesMax: number): Promise<number> {
  const text = await disk.readRange(path, headBytes(bytesMax), NOTE_SEARCH_BYTES);
  return Number(NOTE.exec(text ?? '')?.[1] ?? 0);
}

/** Cuts the file when it is over `bytesMax`; answers all bytes dropped so far, `dropped` before this call. */
export async function capLog(
  disk: Disk,
  path: string,
  bytesMax: number,
  dropped = 0,
): Promise<number> {
  if ((await sizeOf(disk, path)) <= bytesMax) return dropped;
  const before = Math.max(dropped, await noted(disk, path, bytesMax));
  const bytes = await disk.excise(path, {
    headBytes: headBytes(bytesMax),
    tailBytes: tailBytes(bytesMax),
    note: (more) => `\n[tutti: ${before + more} bytes of output dropped]\n`,
  });
  return before + bytes;
}

/** The last cut, when nobody writes any more. */
export async function finishLog(
  disk: Disk,
  path: string,
  bytesMax: number,
  dropped = 0,
): Promise<LogEnd> {
  let size = await sizeOf(disk, path);
  let total = dropped;
  if (size > bytesMax) {
    total = await capLog(disk, path, bytesMax, dropped);
    size = await sizeOf(disk, path);
  }
  if (size === 0) return { dropped: total, tail: '' };
  const tail = await disk.readRange(path, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
  const isLong = total === 0 && size > headBytes(bytesMax);
  return { dropped: isLong ? await noted(disk, path, bytesMax) : total, tail: tail ?? '' };
}

/** Caps a growing log until `signal` aborts, the faster it grows the oftener; answers the bytes dropped. */
export async function watchLog(
  { disk, clock }: { readonly disk: Disk; readonly clock: Clock },
  path: string,
  bytesMax: number,
  signal: AbortSignal,
): Promise<number> {
  let dropped = 0;
  let size = 0;
  let waitMs = CHECK_MS_FIRST;
  for (;;) {
    await clock.sleep(waitMs, signal);
    if (signal.aborted) return dropped;
    try {
      dropped = await capLog(disk, path, bytesMax, dropped);
      const now = await sizeOf(disk, path);
      const isRushing = Math.abs(now - size) > bytesMax / 8;
      size = now;
      waitMs = isRushing ? CHECK_MS_MIN : Math.min(waitMs * 2, CHECK_MS_MAX);
    } catch (error) {
      // A disk that refuses for the moment must not end the task; the next look tries again.
      if (errnoOf(error) === undefined) throw error;
      waitMs = CHECK_MS_MAX;
    }
  }
}

/** The last line that is not empty. */
export const lastLine = (tail: string): string | undefined => {
  const text = tail.trimEnd();
  return text === '' ? undefined : text.slice(text.lastIndexOf('\n') + 1).trim();
};

/** What a task says about itself: its last line of output, when that is a JSON object. */
export function lastJsonLine(tail: string): Record<string, unknown> | undefined {
  const line = lastLine(tail);
  if (line === undefined || !line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
