// What one process can find out about a mount: each operation that the protocol is made of, once.
import type { Clock } from '../../agents/process/clock.ts';
import { errnoOf } from '../../agents/protocol/errno.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { ok, refused, warning } from './check.ts';
import type { Check } from './check.ts';

type Probe = (disk: Disk, at: string) => Promise<Check>;

const NFS = 'Use a local file system or NFS 4.2.';
/** Of a task's file in tasks/processing, with every part as long as it may be. */
const NAME_BYTES = 255;

const codeOf = async (step: () => Promise<unknown>): Promise<string | null> =>
  step().then(
    () => null,
    (error: unknown) => {
      const code = errnoOf(error);
      if (code === undefined) throw error;
      return code;
    },
  );

const renameOver: Probe = async (disk, at) => {
  const check = 'rename over a name';
  await disk.create(`${at}/over-from`, 'new', false);
  await disk.create(`${at}/over-to`, 'old', false);
  const code = await codeOf(() => disk.rename(`${at}/over-from`, `${at}/over-to`));
  const text = await disk.read(`${at}/over-to`, 10);
  if (code === null && text === 'new') return ok(check, 'replaces what was there');
  return refused(check, code ?? `afterwards it holds ${text}`, `Heartbeats are replaced. ${NFS}`);
};

const renameAcross: Probe = async (disk, at) => {
  const check = 'rename to another directory';
  await disk.mkdir(`${at}/across/deep`);
  await disk.create(`${at}/across/x`, '', false);
  const code =
    (await codeOf(() => disk.rename(`${at}/across/x`, `${at}/across/deep/x`))) ??
    (await codeOf(() => disk.rename(`${at}/across/deep`, `${at}/deep`)));
  if (code === null) return ok(check, 'files and directories');
  return refused(check, code, `Every move of a task is one rename. ${NFS}`);
};

const hardLink: Probe = async (disk, at) => {
  const check = 'hard links';
  const advice = `The epoch that keeps two brains apart is made with link(2). ${NFS}`;
  await disk.create(`${at}/link-from`, '', false);
  const code = await codeOf(() => disk.link(`${at}/link-from`, `${at}/link-to`));
  if (code !== null) return refused(check, code, advice);
  const [from, to] = [await disk.stat(`${at}/link-from`), await disk.stat(`${at}/link-to`)];
  if (from?.inode !== to?.inode) return refused(check, 'two names have two inodes', advice);
  const again = await codeOf(() => disk.link(`${at}/link-from`, `${at}/link-to`));
  if (again !== 'EEXIST') return refused(check, 'a second link replaces the name', advice);
  return ok(check, 'one inode, and a name is taken once');
};

const exclusiveCreate: Probe = async (disk, at) => {
  const check = 'exclusive create';
  await disk.create(`${at}/once`, '', false);
  const code = await codeOf(() => disk.create(`${at}/once`, '', false));
  if (code === 'EEXIST') return ok(check, 'a name is made once');
  return refused(check, code ?? 'a name was made twice', NFS);
};

const sync: Probe = async (disk, at) => {
  const check = 'fsync';
  const codes = {
    file: await codeOf(() => disk.create(`${at}/synced`, 'x', true)),
    directory: await codeOf(() => disk.syncDirectory(at)),
  };
  const failed = Object.entries(codes).filter(([, code]) => code !== null);
  if (failed.length === 0) return ok(check, 'of files and of directories');
  const found = failed.map(([what, code]) => `${what}: ${code}`).join(', ');
  return warning(
    check,
    found,
    'A loss of power may lose tasks; durability `full` cannot work here.',
  );
};

const letterCase: Probe = async (disk, at) => {
  const check = 'case of names';
  await disk.create(`${at}/Case`, '', false);
  if ((await disk.stat(`${at}/case`)) === null) return ok(check, 'is told apart');
  return refused(check, 'Case and case are one file', `Two tasks may differ in case only. ${NFS}`);
};

const longName: Probe = async (disk, at) => {
  const check = 'length of names';
  for (const bytes of [NAME_BYTES, 200, 143, 100]) {
    if ((await codeOf(() => disk.create(`${at}/${'n'.repeat(bytes)}`, '', false))) !== null)
      continue;
    if (bytes === NAME_BYTES) return ok(check, `${bytes} bytes`);
    const found = `less than ${NAME_BYTES} bytes; ${bytes} work`;
    return refused(check, found, 'Names of tasks carry all that changes about them.');
  }
  return refused(check, 'less than 100 bytes', 'Names of tasks carry all that changes about them.');
};

const PROBES: readonly Probe[] = [
  renameOver,
  renameAcross,
  hardLink,
  exclusiveCreate,
  sync,
  letterCase,
  longName,
];

/** A probe that fails in a way that it did not think of is a refusal too: tutti would fail there as well. */
export async function examineAlone(disk: Disk, at: string): Promise<Check[]> {
  const checks: Check[] = [];
  for (const probe of PROBES) {
    try {
      checks.push(await probe(disk, at));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      checks.push(refused('file operations', (error as Error).message, NFS));
    }
  }
  return checks;
}

const STAMPS = 12;
const GRAINS_MS = [2000, 1000, 100, 10];

/** How coarse time stamps are, in ms; bells that ring twice within one grain are heard once. */
export async function measureGrainMs(disk: Disk, at: string, clock: Clock): Promise<number> {
  const path = `${at}/stamped`;
  const stamps: number[] = [];
  for (let n = 0; n < STAMPS; n++) {
    await disk.touch(path);
    stamps.push(Math.floor((await disk.stat(path))?.modifiedMs ?? 0));
    await clock.sleep(7);
  }
  return GRAINS_MS.find((grainMs) => stamps.every((stamp) => stamp % grainMs === 0)) ?? 1;
}

/** By how much the clock that stamps files is ahead of this host's, in ms. */
export async function measureSkewMs(disk: Disk, path: string, clock: Clock): Promise<number> {
  const beforeMs = clock.wall().getTime();
  await disk.create(path, 'x', false);
  const afterMs = clock.wall().getTime();
  const stamp = (await disk.stat(path))?.modifiedMs ?? beforeMs;
  return Math.round(stamp - (beforeMs + afterMs) / 2);
}
