// tutti decisions
import { positive } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti decisions -n 50',
  'tutti decisions -f --batch x7k2p --type retry',
  'tutti decisions -n 1000 --json | jq .details',
];

interface Options {
  readonly follow?: true;
  readonly lines: number;
  readonly batch?: string;
  readonly type?: string;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .option('-f, --follow', 'go on with what is decided from now on')
    .option('-n, --lines <count>', 'how many of the latest to begin with', positive, 20)
    .option('--batch <batch>', 'only about this batch')
    .option('--type <type>', 'only of this type: release, retry, skip, …')
    .option('--json', 'print them as they are in the log, one JSON object per line')
    .action((options: Options) => decisions(context, options));
};

const LOOK_AGAIN_MS = 200;

async function decisions(context: Context, options: Options): Promise<void> {
  const { output } = context;
  const shared = await context.open('read');
  const { linesOf, parseDecision, readDecisions } = await import('../look/decisions.ts');
  const { renderDecision } = await import('../render/decision.ts');
  type Decision = NonNullable<ReturnType<typeof parseDecision>>;
  const { disk } = shared.store;
  const batch = options.batch === undefined ? undefined : await nameBatch(shared, options.batch);

  const isWanted = ({ type, details }: Decision): boolean =>
    (options.type === undefined || type === options.type) &&
    (batch === undefined || details['batch'] === batch);
  const print = (decision: Decision): void =>
    options.json === true
      ? output.line(JSON.stringify(decision))
      : output.line(renderDecision(decision, output.paint));

  const latest = await readDecisions(disk, isWanted, options.lines);
  for (const decision of latest.decisions) print(decision);
  if (options.follow !== true) return;

  const { DECISION_LOG } = await import('../../agents/protocol/layout.ts');
  const { tail } = await import('../../agents/store/tail.ts');
  const { realClock } = await import('../../agents/process/clock.ts');
  const signal = context.interruption();
  const more = async (): Promise<boolean> => {
    await realClock.sleep(LOOK_AGAIN_MS, signal);
    return !signal.aborted;
  };
  for await (const line of linesOf(tail(disk, DECISION_LOG, { offset: latest.offset, more }))) {
    const decision = parseDecision(line);
    if (decision !== null && isWanted(decision)) print(decision);
  }
}

/** Also a batch that is gone, archived or not there yet: the log remembers it. */
async function nameBatch(
  shared: Awaited<ReturnType<Context['open']>>,
  text: string,
): Promise<string> {
  const { BATCH_ID } = await import('../../agents/protocol/ids.ts');
  if (BATCH_ID.test(text)) return text;
  const { findBatchId } = await import('../look/names.ts');
  return findBatchId(shared, text);
}
