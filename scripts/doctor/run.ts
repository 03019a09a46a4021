// Brings two processes together in the directory, lets them examine it, and leaves it as it was.
import { realRandom } from '../../agents/process/clock.ts';
import { startProgram } from '../../agents/process/program.ts';
import { errnoOf } from '../../agents/protocol/errno.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { inspectMount } from '../../agents/store/mount.ts';
import type { Mount } from '../../agents/store/mount.ts';
import { removeEmptyFolder, removeFolder } from '../../agents/store/mount-facts.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import type { Context } from '../context.ts';
import { examine, refuseUnwritable } from './examine.ts';
import type { Report } from './examine.ts';
import { arriveAt, openMeeting, PLACE, prepareMeeting } from './meeting.ts';
import { findPeer, leavePeers } from './peers.ts';
import { serveSecond } from './second.ts';

export interface Request {
  readonly dir: string | undefined;
  readonly isPeer: boolean;
  readonly waitMs: number;
  /** The folder of a meeting that the first process has prepared. */
  readonly second: string | null;
}

export type Examination =
  | { readonly is: 'done'; readonly report: Report }
  | { readonly is: 'helped' }
  | { readonly is: 'nobody' };

/** @throws Fault SHARED_MISSING */
export async function runDoctor(context: Context, request: Request): Promise<Examination> {
  const settings = await context.settings();
  const mount = inspectMount(request.dir ?? settings.sharedPath, 'read', settings.config.mount);
  // Through the thread pool, whatever the mount is: one that hangs must not stop Ctrl-C.
  const disk = createDisk(mount.root, true);
  const signal = context.interruption();
  const me = `${settings.host}-${process.pid}-${realRandom.text(5)}`;
  if (request.second !== null) {
    await serveSecond(openMeeting(disk, request.second, 'second', signal), settings.host);
    return { is: 'helped' };
  }
  const code = await writeOnce(disk, `${PLACE}-${me}`);
  if (code !== null) return { is: 'done', report: refuseUnwritable(mount, code) };
  try {
    return request.isPeer
      ? await withPeer(context, disk, mount, me, request.waitMs)
      : { is: 'done', report: await withFork(context, disk, mount, `${PLACE}/${me}`) };
  } finally {
    await removeEmptyFolder(disk, PLACE);
  }
}

/** Answers with which errno a file cannot be made, or null. */
async function writeOnce(disk: Disk, path: string): Promise<string | null> {
  try {
    await disk.create(path, '', false);
    await disk.unlink(path);
    return null;
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return code;
  }
}

async function withFork(
  context: Context,
  disk: Disk,
  mount: Mount,
  folder: string,
): Promise<Report> {
  const alone = new AbortController();
  const signal = AbortSignal.any([context.interruption(), alone.signal]);
  const meeting = openMeeting(disk, folder, 'first', signal);
  const { config, configPath } = await context.settings();
  try {
    await prepareMeeting(meeting);
    const settings = configPath === null ? [] : ['--settings', configPath];
    const program = startProgram(
      `${context.projectRoot}/dist/scripts/tutti.js`,
      ['doctor', mount.root, '--second', folder, ...settings],
      '/dev/null',
    );
    const end = () => alone.abort(new Error('the second process of the examination has ended'));
    const exited = program.exited.then(end, end);
    try {
      return await examine(meeting, mount, config, false);
    } finally {
      program.signal('SIGKILL');
      await exited;
    }
  } finally {
    await removeFolder(disk, folder);
  }
}

async function withPeer(
  context: Context,
  disk: Disk,
  mount: Mount,
  me: string,
  waitMs: number,
): Promise<Examination> {
  const signal = context.interruption();
  const { config, host } = await context.settings();
  try {
    const match = await findPeer(disk, me, waitMs, signal);
    if (match === null) return { is: 'nobody' };
    const meeting = openMeeting(disk, match.folder, match.role, signal);
    if (match.role === 'second') {
      await arriveAt(meeting);
      await serveSecond(meeting, host);
      return { is: 'helped' };
    }
    try {
      await prepareMeeting(meeting);
      return { is: 'done', report: await examine(meeting, mount, config, true) };
    } finally {
      await removeFolder(disk, match.folder);
    }
  } finally {
    await leavePeers(disk, me);
    await removeEmptyFolder(disk, `${PLACE}/peers`);
    await removeEmptyFolder(disk, `${PLACE}/staging`);
  }
}
