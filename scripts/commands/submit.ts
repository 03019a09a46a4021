// tutti submit
import { Option } from 'commander';
import { collect, priority } from '../arguments.ts';
import type { CommandModule, Context, Shared } from '../context.ts';
import type { Prepared, Submitted } from '../submit/submitting.ts';

export const examples: CommandModule['examples'] = [
  'tutti submit license_inventory --wait',
  'tutti submit license_inventory --set root=../other/node_modules --priority high',
  'tutti submit ~/plans/films --config @inputs.json --dry-run',
  'tutti submit license_inventory --resume x7k2p',
];

interface Options {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly priority?: number;
  readonly dryRun?: true;
  readonly wait?: true;
  readonly resume?: string;
  readonly name?: string;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<plan>', 'a folder of shared/plans, or a path to a plan folder or .md file')
    .option('--config <json|@file>', 'inputs of the batch, as a JSON object')
    .option('--set <name=value>', 'one input; may be repeated, and wins over --config', collect)
    .option('--priority <priority>', 'low, normal, high, urgent, or 0 to 99', priority)
    .option('--dry-run', 'check everything, show what would run, write nothing')
    .option('--wait', 'show the progress and wait for the end')
    .option('--resume <batch>', 'take over the completed tasks of this batch of the same plan')
    .option('--name <name>', 'import a plan from outside under this name')
    .addOption(new Option('--json', 'print the record tutti.submit/1').conflicts('wait'))
    .action((plan: string, options: Options) => submit(context, plan, options));
};

async function submit(context: Context, text: string, options: Options): Promise<void> {
  const { output } = context;
  const isDry = options.dryRun === true;
  const shared = await context.open(isDry ? 'read' : 'write');
  const { prepare, submitPrepared } = await import('../submit/submitting.ts');
  const prepared = await prepare(shared, text, options);
  for (const warning of prepared.warnings) output.note(output.notePaint.yellow(warning));
  if (isDry) return showPlan(context, shared, prepared, options);
  const submitted = await submitPrepared(shared, prepared);
  if (options.wait !== true) return tell(context, shared, submitted, options);
  tellImport(context, submitted);
  const { exitCodeOfVerdict, progress } = await import('../live/progress.ts');
  const summary = await progress(context, submitted.batch, { signal: context.interruption() });
  if (summary !== null) return context.exit(exitCodeOfVerdict(summary));
  output.note(
    `${submitted.batch} goes on; \`tutti wait ${submitted.batch.slice(-5)}\` waits for it`,
  );
}

async function showPlan(
  { output }: Context,
  shared: Shared,
  prepared: Prepared,
  { json }: Options,
): Promise<void> {
  const { graphOf, renderGraph, renderInputs } = await import('../render/graph.ts');
  const { plan, found, inputs, priority: rank, warnings } = prepared;
  const tasks = graphOf(plan, shared.settings.config.agent);
  if (json === true) {
    const isImport = found.origin !== null;
    const facts = { plan: found.name, import: isImport, priority: rank, inputs: inputs.resolved };
    return output.json({ schema: 'tutti.submit/1', dry_run: true, ...facts, tasks, warnings });
  }
  const { paint } = output;
  output.line(`${paint.bold(found.name)}  ${plan.title}`);
  const lines = renderInputs(inputs.resolved);
  if (lines.length > 0) output.line(['', paint.bold('Inputs'), ...lines].join('\n'));
  output.line(['', paint.bold('Tasks'), ...renderGraph(tasks, paint), ''].join('\n'));
  if (found.origin !== null) output.line(`would be imported from ${found.origin.folder}`);
  output.line(`the plan is good; priority ${rank}; nothing was written`);
}

async function tell(
  context: Context,
  shared: Shared,
  submitted: Submitted,
  { json }: Options,
): Promise<void> {
  const { output } = context;
  const { readBrain } = await import('../look/look.ts');
  const { state } = await readBrain(shared);
  if (json === true) {
    const { batch, plan, imported } = submitted;
    const how = imported?.is ?? null;
    return output.json({
      schema: 'tutti.submit/1',
      dry_run: false,
      batch,
      plan,
      import: how,
      brain: state,
    });
  }
  tellImport(context, submitted);
  output.line(submitted.batch);
  const { readSyncState } = await import('../../agents/store/gateway.ts');
  const sync = await readSyncState(shared.store.disk);
  const rig = sync?.rig ?? shared.settings.config.sync.rig;
  if (rig !== undefined) {
    output.note(`it goes to ${rig} with the next \`tutti sync\`, with its plan as it is then`);
  } else if (state !== 'alive') {
    const problem = state === 'unknown' ? 'no brain is known to be alive' : 'no brain is alive';
    output.note(
      output.notePaint.yellow(`${problem}: \`tutti up\` starts one, and it takes the batch`),
    );
  } else {
    output.note(
      `\`tutti watch\` shows it live, \`tutti wait ${submitted.batch.slice(-5)}\` waits for its end`,
    );
  }
}

function tellImport({ output }: Context, { imported }: Submitted): void {
  if (imported === null) return;
  const { plan, is } = imported;
  const text = {
    new: `imported as plan ${plan}`,
    reused: `plan ${plan} is here already with the same content`,
    renamed: `imported as plan ${plan}: another plan has its name, and batches may be using it`,
  }[is];
  output.note(text);
}
