// I10: every move of the brain stands in its decision log, with a reason, before it is made. The log is read as
// it grows, as people read it: a torn line is none.
import { SYSTEM_PLAN } from '../../agents/protocol/ids.ts';
import { parseQueue } from '../../agents/protocol/lane-name.ts';
import { DECISION_LOG, INBOX } from '../../agents/protocol/layout.ts';
import type { Placed } from './lane-index.ts';
import type { MemoryTree } from './memory-tree.ts';

interface Line {
  readonly type: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const fileOf = ({ path }: Placed): string => path.slice(path.lastIndexOf('/') + 1);

function parseLine(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Line;
    return line.message.includes(': ') ? line : null;
  } catch {
    return null;
  }
}

export class Ledger {
  /** By batch. */
  private readonly lines = new Map<string, Line[]>();
  private length = 0;
  private readonly tree: MemoryTree;

  constructor(tree: MemoryTree) {
    this.tree = tree;
  }

  /** Whether the move is somebody else's than the brain's, or written down. */
  explains(from: Placed | null, to: Placed): boolean {
    const types = this.typesOf(from, to);
    if (types === null) return true;
    this.read();
    const known = this.lines.get(to.batch) ?? [];
    return known.some((line) => types.includes(line.type) && isAbout(line, from, to));
  }

  /** After a loss of power, which takes the end of the log. */
  forget(): void {
    this.lines.clear();
    this.length = 0;
  }

  private typesOf(from: Placed | null, to: Placed): readonly string[] | null {
    switch (`${from?.lane ?? 'none'} ${to.lane}`) {
      case 'none private':
        return this.isAccepted(to.batch) ? ['accept'] : ['begin'];
      case 'none queue':
      case 'private queue':
        return ['release', 'restore'];
      case 'private processing':
        return ['begin'];
      case 'failed queue':
        return ['retry'];
      case 'failed complete':
        return ['approve'];
      case 'failed failed':
        return ['disapprove'];
      case 'processing queue':
        return ['requeue'];
      case 'queue private':
        return ['recall'];
      case 'failed private':
      case 'complete private':
        return ['revive', 'fix', 'retry'];
      case 'none failed':
      case 'private failed':
      case 'queue failed':
        return ['skip', 'cancel', 'fail', 'close', 'fix'];
      case 'private complete':
        return ['close', 'summarise'];
      default:
        return null;
    }
  }

  /** From the inbox, or a batch of the brain's own. */
  private isAccepted(batch: string): boolean {
    return this.tree.find(`${INBOX}/${batch}`) !== undefined || batch.startsWith(`${SYSTEM_PLAN}-`);
  }

  private read(): void {
    const text = this.tree.file(DECISION_LOG)?.text ?? '';
    for (const each of text.slice(this.length).split('\n')) {
      const line = each === '' ? null : parseLine(each);
      const batch = line?.details['batch'];
      if (line === null || typeof batch !== 'string') continue;
      const known = this.lines.get(batch);
      if (known === undefined) this.lines.set(batch, [line]);
      else known.push(line);
    }
    this.length = text.lastIndexOf('\n') + 1;
  }
}

/** A line of the same task; where it names a file that is to be made, of that file. */
function isAbout({ type, details }: Line, from: Placed | null, to: Placed): boolean {
  const isWhole = type === 'accept' || type === 'summarise' || details['verb'] === 'retry';
  if (!isWhole && details['task'] !== to.task) return false;
  if (to.lane === 'queue') return details['to'] === fileOf(to);
  if (type === 'begin' && to.lane === 'processing') {
    const name = parseQueue(String(details['to']));
    return name?.counts.attempt === to.counts.attempt;
  }
  return type !== 'recall' || from === null || details['from'] === fileOf(from);
}
