// What the kernel says about the mount below a directory: type, source, options and room. `tutti doctor`
// shows it, and knows from the options how long an NFS client may believe what it saw.
import fs from 'node:fs';
import type { Disk } from './disk.ts';

export interface MountFacts {
  readonly type: string;
  readonly source: string;
  readonly point: string;
  readonly options: readonly string[];
}

export interface Room {
  readonly bytesFree: number;
  /** Null where the file system does not count them. */
  readonly inodesFree: number | null;
}

/** Null when /proc does not tell. */
export function readMountFacts(root: string): MountFacts | null {
  try {
    return parseMountInfo(fs.readFileSync('/proc/self/mountinfo', 'utf8'), root);
  } catch {
    return null;
  }
}

/** Of the mounts that `root` lies below the deepest, and of those on one point the last, which hides the others. */
export function parseMountInfo(text: string, root: string): MountFacts | null {
  let found: MountFacts | null = null;
  for (const line of text.split('\n')) {
    const facts = parseLine(line);
    if (facts === null) continue;
    const isAbove =
      facts.point === '/' || root === facts.point || root.startsWith(`${facts.point}/`);
    if (isAbove && facts.point.length >= (found?.point.length ?? 0)) found = facts;
  }
  return found;
}

/** proc(5): the optional fields before the dash vary in number. */
function parseLine(line: string): MountFacts | null {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , , point, options] = before.split(' ');
  const [type, source, superOptions] = after.split(' ');
  if (point === undefined || options === undefined || type === undefined) return null;
  const all = [...options.split(','), ...(superOptions ?? '').split(',')];
  return {
    type,
    source: unescapeOctal(source ?? ''),
    point: unescapeOctal(point),
    options: [...new Set(all)].filter((option) => option !== ''),
  };
}

const unescapeOctal = (text: string): string =>
  text.replaceAll(/\\(\d{3})/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  );

export async function readRoom(disk: Disk): Promise<Room> {
  const { bavail, bsize, files, ffree } = await fs.promises.statfs(disk.absolute(''));
  return { bytesFree: bavail * bsize, inodesFree: files === 0 ? null : ffree };
}

/** Removes a folder with everything in it; not there is fine. */
export const removeFolder = (disk: Disk, path: string): Promise<void> =>
  fs.promises.rm(disk.absolute(path), { recursive: true, force: true, maxRetries: 5 });

/** Answers nothing: a folder that others use is left alone. */
export const removeEmptyFolder = (disk: Disk, path: string): Promise<void> =>
  fs.promises.rmdir(disk.absolute(path)).catch(() => undefined);
