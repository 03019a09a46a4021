// A task without a class is a definition error that can often be corrected: the other fields, or the
// programs it calls, say what it needs. What cannot be told is left to a person.
import type { Task } from '../task.ts';
import type { TaskClass } from '../words.ts';

export interface Correction {
  readonly task_class: TaskClass;
  /** What was wrong, what was put in its place, and why. */
  readonly fix: string;
}

type Defined = Pick<
  Task,
  | 'executor'
  | 'command'
  | 'llm_model'
  | 'llm_min_tier'
  | 'llm_placement'
  | 'prompt'
  | 'prompt_file'
  | 'decide'
  | 'vram_policy'
  | 'vram_estimate_mb'
>;

/** Programs that use no card, unless the task says so by a `vram_` or `llm_` field. */
const CPU_PROGRAMS: ReadonlySet<string> = new Set(
  (
    '[ : . awk base64 basename bash break bunzip2 bzip2 cat cd chmod cmp comm continue cp curl cut date dash diff ' +
    'dirname du echo egrep env exit export false fgrep find git grep gunzip gzip head join jq ln ls make md5sum mkdir ' +
    'mktemp mv node nl npm npx od paste perl php printf pwd python python3 read rm rmdir rsync ruby sed seq set sh ' +
    'sha256sum shift sleep sort split stat tac tail tar tee test touch tr trap true tsort umask uname uniq unset unxz ' +
    'unzip wait wc wget xargs xz zcat zip zstd'
  ).split(' '),
);
/** Words of the shell that come before a command on the same line. */
const KEYWORDS: ReadonlySet<string> = new Set('! do else elif if then until while {'.split(' '));
const ENDS: ReadonlySet<string> = new Set('done esac fi } )'.split(' '));

export function inferDefinition(task: Defined): Correction | null {
  const prompt = (['prompt', 'prompt_file', 'decide'] as const).find(
    (field) => task[field] !== undefined,
  );
  if (prompt !== undefined) return because('llm', `it has the field ${prompt}`);
  if (task.command.trim() === '') return null;
  if (task.executor === 'brain') return because('brain', 'its executor is brain');
  const llm = (['llm_model', 'llm_min_tier', 'llm_placement'] as const).find(
    (field) => task[field] !== undefined,
  );
  if (llm !== undefined) return because('llm', `it has the field ${llm}`);
  const vram = (['vram_estimate_mb', 'vram_policy'] as const).find(
    (field) => task[field] !== undefined,
  );
  if (vram !== undefined) return because('script', `it has the field ${vram}`);
  const programs = programsOf(task.command);
  if (programs.length === 0 || programs.some((name) => !CPU_PROGRAMS.has(name))) return null;
  return because('cpu', `it calls only ${[...new Set(programs)].join(', ')}`);
}

const because = (taskClass: TaskClass, reason: string): Correction => ({
  task_class: taskClass,
  fix: `task_class was missing: set to ${taskClass}, because ${reason}`,
});

/**
 * The first word of each simple command. Rough on purpose: what is not clearly a known program is no
 * known program, and then nothing is inferred.
 */
function programsOf(command: string): string[] {
  const plain = command
    .replaceAll(/\\\n/g, ' ')
    .replaceAll(/'[^']*'|"(?:\\.|[^"\\])*"/gs, '"')
    .replaceAll(/(^|\s)#.*$/gm, '');
  return plain
    .split(/&&|\|\||\$\(|[;|&\n()`]/)
    .map(programOf)
    .filter((name) => name !== null);
}

function programOf(part: string): string | null {
  const words = part.trim().split(/\s+/);
  while (words.length > 0 && (KEYWORDS.has(words[0]!) || /^\w+=/.test(words[0]!))) words.shift();
  const [first = ''] = words;
  if (first === '' || ENDS.has(first) || first === 'for') return null;
  return first.replace(/^\/(usr\/)?(local\/)?bin\//, '');
}
