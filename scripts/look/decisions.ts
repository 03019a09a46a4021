// Reads the decision log, newest lines last, over its rotated files.
import { DECISION_LOG } from '../../agents/protocol/layout.ts';
import type { Disk } from '../../agents/store/disk.ts';

/** A line of logs/brain_decisions.log. */
export interface Decision {
  readonly timestamp: string;
  readonly type: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type Wanted = (decision: Decision) => boolean;

/** Larger than any `log.decisionLogBytesMax` that makes sense: one line may go over the limit. */
const LOG_BYTES_MAX = 1_073_741_824;

/** Null for what is no decision: the torn last line of a log that is being written. */
export function parseDecision(line: string): Decision | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (value === null || typeof value !== 'object') return null;
  const { timestamp, type, message, details } = value as Record<string, unknown>;
  if (typeof timestamp !== 'string' || typeof type !== 'string') return null;
  return {
    timestamp,
    type,
    message: typeof message === 'string' ? message : '',
    details:
      details !== null && typeof details === 'object' ? (details as Decision['details']) : {},
  };
}

export interface LatestDecisions {
  /** The oldest first. */
  readonly decisions: readonly Decision[];
  /** Where the next line of the current log begins. */
  readonly offset: number;
}

/** The last `countMax` of the decisions that are wanted. */
export async function readDecisions(
  disk: Disk,
  isWanted: Wanted,
  countMax: number,
): Promise<LatestDecisions> {
  const newestFirst: Decision[] = [];
  let offset = 0;
  for (let n = 0; n === 0 || newestFirst.length < countMax; n++) {
    const path = n === 0 ? DECISION_LOG : `${DECISION_LOG}.${n}`;
    const text = await disk.read(path, LOG_BYTES_MAX);
    // Between two renames of a rotation there is no current file, but an older one.
    if (text === null && n > 0) break;
    const whole = (text ?? '').slice(0, (text ?? '').lastIndexOf('\n') + 1);
    if (n === 0) offset = Buffer.byteLength(whole);
    const lines = whole.split('\n');
    while (lines.length > 0 && newestFirst.length < countMax) {
      const decision = parseDecision(lines.pop()!);
      if (decision !== null && isWanted(decision)) newestFirst.push(decision);
    }
  }
  return { decisions: newestFirst.toReversed(), offset };
}

/** Cuts a stream of bytes into lines; a line that is not complete yet is kept back. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}
