// The file operations of a process, as it wrote them down with TUTTI_CRASH_LOG, and what each is a part of.
import { textOf } from '../helpers/tree.ts';

/** How a process is struck: it dies and comes back, or it stalls and somebody else takes its place. */
export type Fate = 'dies' | 'stalls';
export type Moment = 'before' | 'half' | 'stall';

export interface Operation {
  readonly number: number;
  readonly kind: string;
  readonly path: string;
}

export interface CrashPoint extends Operation {
  readonly process: string;
  readonly moment: Moment;
}

export function readOperations(file: string, process: string): Operation[] {
  return (textOf(file) ?? '')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([name]) => name === process)
    .map(([, number, kind, ...path]) => ({
      number: Number(number),
      kind: kind!,
      path: path.join(' '),
    }));
}

const CHANGES = new Set([
  'create',
  'append',
  'rename',
  'link',
  'unlink',
  'truncate',
  'excise',
  'mkdir',
  'touch',
  'lock-mkdir',
  'lock-rmdir',
  'lock-utimes',
  'lock-rm',
]);

function momentsOf({ kind }: Operation, fate: Fate): readonly Moment[] {
  if (fate === 'stalls') return CHANGES.has(kind) ? ['stall'] : [];
  return kind === 'create' || kind === 'append' ? ['before', 'half'] : ['before'];
}

/**
 * Every operation is a point: the process dies before it, which is after the one before. What is written
 * can also be cut in half. A process that stalls does so before it changes something.
 */
export const pointsOf = (
  process: string,
  operations: readonly Operation[],
  fate: Fate,
): CrashPoint[] =>
  operations.flatMap((operation) =>
    momentsOf(operation, fate).map((moment) => ({ ...operation, process, moment })),
  );

/** What an operation is a part of, by the first pattern that fits `<kind> <path>`. */
const STEPS: readonly (readonly [RegExp, string])[] = [
  [/^lock-/, 'take and give back the lock'],
  [/^(list|stat|read|readRange) /, 'look'],
  [/^mkdir /, 'make folders'],
  [/bells\//, 'ring or make a bell'],
  [/ brain\/epochs|\.fresh-|brain\/staging( |$)|gone-/, 'open an epoch'],
  [/^rename \S+ brain\/state\.json/, 'publish the picture'],
  [/^rename brain\/staging\/e\d+-|^unlink brain\/staging\/e\d+\/[^/]+\//, 'create private tasks'],
  [/ inbox/, 'accept a submission'],
  [/^rename brain\/private_tasks\/\S+ tasks\/queue/, 'release'],
  [/^rename brain\/private_tasks\/\S+ tasks\/processing/, 'begin'],
  [/^rename brain\/private_tasks\/\S+ tasks\/failed/, 'skip'],
  [/^rename brain\/private_tasks\/\S+ tasks\/complete/, 'close a template'],
  [/^rename tasks\/queue\/\S+ tasks\/processing/, 'claim'],
  [/^rename tasks\/processing\/\S+ tasks\/complete/, 'complete'],
  [/^rename tasks\/processing\/\S+ tasks\/failed/, 'fail'],
  [/^rename tasks\/processing\/\S+ tasks\/queue/, 'requeue'],
  [/^rename tasks\/failed\/\S+ tasks\/queue/, 'retry'],
  [/^rename brain\/private_tasks\/\S+ plans\//, 'close the batch'],
  [/^rename \S+ tasks\/queue/, 'release a child'],
  [/\.group\.json/, 'expand a foreach'],
  [/ brain\/private_tasks|^unlink brain\/staging\/e\d+\/\S+\//, 'create private tasks'],
  [/heartbeat\.json/, 'publish a heartbeat'],
  [/RUN_SUMMARY/, 'write the summary'],
  [/brain_decisions\.log/, 'append to the decision log'],
  [/events\.jsonl/, 'append to the events'],
  [/\.run$/, 'void a run file'],
  [/\/attempts\//, 'write the record of an attempt'],
  [/\/logs\//, 'look after a log'],
  [/launch/, 'write the record of launch'],
  [/signals/, 'acknowledge a signal'],
];

/** A temporary file, or one in a staged folder, belongs to the step that publishes it. */
export function stepOf(operation: Operation, all: readonly Operation[]): string {
  const { kind, path, number } = operation;
  const isOwn = (one: Operation): boolean => {
    const isNear = kind === 'unlink' ? one.number < number : one.number > number;
    const [from] = one.path.split(' ');
    const isIt = path === from || path.startsWith(`${from}/`);
    return isNear && isIt && ['rename', 'link'].includes(one.kind);
  };
  if (['create', 'unlink'].includes(kind)) {
    const publishing = all.find(isOwn);
    if (publishing !== undefined) return stepOf(publishing, []);
  }
  return STEPS.find(([pattern]) => pattern.test(`${kind} ${path}`))?.[1] ?? 'other';
}
