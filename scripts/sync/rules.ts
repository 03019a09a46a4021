// rsync's filter for a pull, made from the table of files (agents/protocol/files.ts): what is written on the
// rig comes out, everything else on the gateway is neither touched nor deleted.
import { FILES } from '../../agents/protocol/files.ts';

/** `<plan>` is one folder or two, other words one name; `/**` is the folder and all that is in it. */
function globsOf(pattern: string): string[] {
  const globs = pattern.includes('<plan>')
    ? ['*', '*/*'].map((plan) => pattern.replace('<plan>', plan))
    : [pattern];
  return globs.map((glob) => `/${glob.replaceAll(/<\w+>/g, '*').replace(/\/\*\*$/, '/***')}`);
}

/** rsync looks into a folder only when a rule lets it in. */
function foldersOf(glob: string): string[] {
  const parts = glob.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}/`);
}

/**
 * Folders that stay on the gateway when the rig has none of that name any more: its own plans, and
 * batches with their results that `tutti gc` has archived over there.
 */
const KEPT: readonly string[] = [
  '/plans/*/',
  '/plans/*/*/',
  '/plans/*/batches/*/',
  '/plans/*/*/batches/*/',
  '/tasks/complete/*/',
  '/tasks/failed/*/',
];

/** Whoever waits for a batch on the gateway goes by its summary. */
const SUMMARIES = ['/plans/*/batches/*/RUN_SUMMARY.*', '/plans/*/*/batches/*/RUN_SUMMARY.*'];

const rules = (globs: readonly string[], excluded: readonly string[]): string => {
  const included = new Set(globs.flatMap((glob) => [...foldersOf(glob), glob]));
  return [
    ...['.fresh-*', ...excluded].map((glob) => `- ${glob}`),
    ...KEPT.map((folder) => `P ${folder}`),
    ...[...included].toSorted().map((glob) => `+ ${glob}`),
    '- *',
    '',
  ].join('\n');
};

/** The summaries alone. They are pulled first, and put in their places last: results come with them. */
export const summaryRules = (): string => rules(SUMMARIES, []);

export const pullRules = (): string => rules(FILES.out.flatMap(globsOf), SUMMARIES);
