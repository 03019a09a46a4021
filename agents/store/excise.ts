// Takes the middle out of a file that a command appends to. The end is copied forward over the middle
// first, and the file is cut behind the copy last: so what stays is always in the order in which it was
// written, and only what is appended between the last look and the cut is lost. That gap is kept to two
// system calls, because a command may write its last line, which is its result, at any moment.
import fs from 'node:fs';
import type { Calls } from './calls.ts';
import type { Cut } from './disk.ts';
import { readBytes } from './read-bytes.ts';

const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** A command that never pauses is cut in mid-stream at last: it loses what nobody would have kept. */
const LOOKS_MAX = 16;

export async function excise(calls: Calls, path: string, cut: Cut): Promise<number> {
  const fd = await calls.open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  try {
    let end = (await calls.fstat(fd)).size;
    const bytes = end - cut.headBytes - cut.tailBytes;
    const note = Buffer.from(cut.note(bytes));
    if (bytes <= note.length) return 0;
    const tail = await readBytes(calls, fd, end - cut.tailBytes, cut.tailBytes);
    let kept = cut.headBytes;
    for (const piece of [note, tail]) {
      await calls.writeAt(fd, piece, kept);
      kept += piece.length;
    }
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const { size } = await calls.fstat(fd);
      if (size === end) break;
      const from = Math.max(end, size - cut.tailBytes);
      const more = await readBytes(calls, fd, from, size - from);
      await calls.writeAt(fd, more, kept);
      kept += more.length;
      end = size;
    }
    await calls.ftruncate(fd, kept);
    return bytes;
  } finally {
    await calls.close(fd);
  }
}
