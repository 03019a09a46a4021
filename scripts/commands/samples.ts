// tutti samples
import { Argument, Option } from 'commander';
import { OUTCOMES } from '../../agents/protocol/words.ts';
import { moment } from '../arguments.ts';
import type { Moment } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';
import type { Sample } from '../../agents/protocol/samples.ts';

export const examples: CommandModule['examples'] = [
  'tutti samples export > samples.jsonl',
  'tutti samples export --model small --outcome complete --since 7d',
  'tutti samples export --role writer --batch x7k2p | jq -r .response',
];

interface Options {
  readonly model?: string;
  readonly role?: string;
  readonly outcome?: string;
  readonly plan?: string;
  readonly batch?: string;
  readonly since?: Moment;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .addArgument(
      new Argument('<what>', 'export: prints training samples, one JSON object per line').choices([
        'export',
      ]),
    )
    .option('--model <name>', 'of this model of the roster')
    .option('--role <name>', 'of tasks that named this role')
    .addOption(new Option('--outcome <word>', 'of attempts that ended so').choices(OUTCOMES))
    .option('--plan <plan>', 'of this plan')
    .option('--batch <batch>', 'of this batch: its id, its beginning or its end')
    .option('--since <time>', 'from then on: 7d, 12h, or a date such as 2026-11-20', moment)
    .action((_what: string, options: Options) => exportSamples(context, options));
};

async function exportSamples(context: Context, options: Options): Promise<void> {
  const { settings, store } = await context.open('read');
  const { readSamples, settled } = await import('../../agents/store/samples.ts');
  const { redact } = await import('../../agents/process/redact.ts');
  const { realClock } = await import('../../agents/process/clock.ts');
  const { output } = context;
  const fromMs = startOf(options.since, realClock.wall().getTime());
  const { redact: patterns, redactMsMax } = settings.config.samples;
  // What a model says of an output may quote it.
  const cleaned = (sample: Sample): Sample => {
    if (sample.rating === undefined) return sample;
    const [feedback = ''] = redact([sample.rating.feedback], patterns, redactMsMax) ?? [];
    return { ...sample, rating: { ...sample.rating, feedback } };
  };
  let all = 0;
  let shown = 0;
  for await (const line of readSamples(store.disk)) {
    if (line.is === 'bad') {
      output.note(`a line of ${line.path} is left out: ${line.problem}`);
      continue;
    }
    all += 1;
    if (Date.parse(line.sample.at) < fromMs) continue;
    const sample = await settled(store, line.sample);
    if (!isWanted(sample, options)) continue;
    shown += 1;
    output.line(JSON.stringify(cleaned(sample)));
  }
  output.note(`${shown} of ${all} samples`);
}

function startOf(since: Moment | undefined, nowMs: number): number {
  if (since === undefined) return Number.NEGATIVE_INFINITY;
  return 'agoMs' in since ? nowMs - since.agoMs : since.atMs;
}

const EXACT = ['model', 'role', 'outcome', 'plan'] as const;

function isWanted(sample: Sample, options: Options): boolean {
  const { batch } = options;
  const isNamed = EXACT.every((key) => options[key] === undefined || sample[key] === options[key]);
  const isOfBatch =
    batch === undefined || sample.batch.startsWith(batch) || sample.batch.endsWith(batch);
  return isNamed && isOfBatch;
}
