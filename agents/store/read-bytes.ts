// One read may answer less than was asked for.
import type { Calls } from './calls.ts';

/** `length` bytes from `offset`; less at the end of the file. */
export async function readBytes(
  calls: Calls,
  fd: number,
  offset: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const got = await calls.read(fd, buffer, filled, length - filled, offset + filled);
    if (got === 0) break;
    filled += got;
  }
  return buffer.subarray(0, filled);
}
