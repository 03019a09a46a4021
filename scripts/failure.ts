// How a refusal reads on a terminal, and which exit code it has.
import { Fault, Faults, renderPlace } from '../agents/protocol/fault.ts';
import { EXIT } from '../agents/process/shutdown.ts';
import { asFullDisk } from '../agents/store/full-disk.ts';
import type { Paint } from './render/paint.ts';

/** The exit codes of every command; docs/CLI.md shows this table. */
export const EXIT_MEANINGS: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'done; a batch that was waited for is complete'],
  [
    EXIT.failed,
    'it ran and did not succeed: a batch failed or was cancelled, nobody answered in time',
  ],
  [EXIT.usage, 'the arguments, the plan or its inputs are wrong; nothing was changed'],
  [EXIT.internal, 'a defect of tutti; the message asks for a report'],
  [EXIT.locked, 'another process holds the place: a second brain, agent, launch or sync'],
  [EXIT.notNow, 'not now, the same call may succeed later: a full disk, a link that is down'],
  [EXIT.superseded, 'a newer brain, or another agent of the same name, took over'],
  [EXIT.config, 'config.json or the shared directory cannot be used, or rsync is missing'],
  [130, 'ended by Ctrl-C'],
  [143, 'ended by TERM'],
];

export function exitCodeOf(error: unknown): number {
  const fault = asFault(error);
  if (fault === null) return EXIT.internal;
  const { code } = fault;
  if (code.startsWith('CONFIG_') || code.startsWith('SHARED_')) return EXIT.config;
  if (code.endsWith('_RUNNING')) return EXIT.locked;
  if (code === 'RSYNC_MISSING') return EXIT.config;
  if (code === 'PEER_SILENT') return EXIT.failed;
  return code === 'DISK_FULL' || code === 'SYNC_FAILED' ? EXIT.notNow : EXIT.usage;
}

/** The first one decides: all of a `Faults` are about the same input. */
function asFault(error: unknown): Fault | null {
  if (error instanceof Fault) return error;
  if (error instanceof Faults) return error.faults[0] ?? null;
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new Fault('SHARED_UNWRITABLE', {
      path: path ?? 'the shared directory',
      problem: message,
    });
  }
  return asFullDisk(error);
}

export function renderError(error: unknown, paint: Paint): string {
  if (error instanceof Faults) {
    return error.faults.map((fault) => renderPainted(fault, paint)).join('\n');
  }
  const fault = asFault(error);
  if (fault !== null) return renderPainted(fault, paint);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${paint.red('tutti failed in a way it should not')}, please report this:\n${text}`;
}

/** The text of `renderFault`, with colour. */
function renderPainted(fault: Fault, paint: Paint): string {
  const where = fault.place === undefined ? '' : `${paint.bold(renderPlace(fault.place))}: `;
  return `${where}${paint.red(fault.message)} ${paint.dim(`[${fault.code}]`)}\n    ${fault.advice}`;
}
