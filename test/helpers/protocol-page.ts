// docs/PROTOCOL.md as a list of patterns: the table of every file there may be below shared/.
import { AGENT_NAME, BATCH_ID, PLAN_NAME, TASK_ID } from '../../agents/protocol/ids.ts';
import { COMMAND_ID } from '../../agents/protocol/command.ts';
import { FAILED_REASONS, TASK_CLASSES } from '../../agents/protocol/words.ts';

export interface Row {
  readonly pattern: string;
  readonly isOptional: boolean;
  matches(path: string): boolean;
  /** Whether `path` is a directory on the way to such a file. */
  leadsFrom(path: string): boolean;
}

const bare = (pattern: RegExp): string => pattern.source.replace(/^\^/, '').replace(/\$$/, '');

const [batch, task, agent] = [bare(BATCH_ID), bare(TASK_ID), bare(AGENT_NAME)];
const counts = String.raw`a\d+f\d+l\d+n\d+`;
const queued = String.raw`\d{2}[0-9a-z]{10}\.(${TASK_CLASSES.join('|')})\.(\d+|all)\.${batch}\.${task}\.${counts}(\.not-${agent})?`;

/** What may stand for each word in angle brackets; a word that is not here is a mistake of the page. */
const WORDS: Readonly<Record<string, string>> = {
  batch,
  task,
  agent,
  counts,
  queued,
  plan: bare(PLAN_NAME),
  claimed: String.raw`${queued}\.by-(${agent}|brain)`,
  reason: `(${FAILED_REASONS.join('|')})`,
  attempt: String.raw`${task}\.a\d+`,
  command: bare(COMMAND_ID),
  epoch: String.raw`\d{8}`,
  escalation: String.raw`${batch}\.${task}\.(a\d+|vanished)`,
  signal: String.raw`${agent}\.(stop|stop_now|pause|(abort|kill)\.${batch}\.${task}\.a\d+)`,
  n: String.raw`\d+`,
  tag: '[a-z0-9.-]+',
};

function sourceOf(pattern: string): string {
  return pattern
    .split(/(<\w+>|\*\*)/)
    .map((part) => {
      if (part === '**') return '.+';
      const word = /^<(\w+)>$/.exec(part)?.[1];
      if (word === undefined) return part.replaceAll('.', String.raw`\.`);
      const source = WORDS[word];
      if (source === undefined) throw new Error(`docs/PROTOCOL.md: nobody knows what <${word}> is`);
      return `(?:${source})`;
    })
    .join('');
}

function rowOf(pattern: string, isOptional: boolean): Row {
  // What people put into a plan's folder is theirs; its batches have rows of their own.
  const except = pattern === 'plans/<plan>/**' ? '(?!.*/batches/)' : '';
  const whole = new RegExp(`^${except}${sourceOf(pattern)}$`);
  const parts = pattern.split('/');
  const ways = parts
    .slice(1)
    .map((_, index) => new RegExp(`^${sourceOf(parts.slice(0, index + 1).join('/'))}$`));
  return {
    pattern,
    isOptional,
    matches: (path) => whole.test(path),
    leadsFrom: (path) => ways.some((way) => way.test(path)),
  };
}

/** The rows of the table under `## Every file`, whose last column says whether a file is optional. */
export function rowsOf(page: string): Row[] {
  const section = page.slice(page.indexOf('\n## Every file'));
  const lines = section.slice(0, section.indexOf('\n## ', 1)).split('\n');
  return lines.flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const pattern = /^`([^`]+)`$/.exec(cells[1] ?? '')?.[1];
    return pattern === undefined ? [] : [rowOf(pattern, cells.at(-2) === 'yes')];
  });
}
