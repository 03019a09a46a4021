// tutti validate
import { collect } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti validate license_inventory',
  'tutti validate ./plan.md --config @inputs.json',
];

interface Options {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('<plan>', 'a folder of shared/plans, or a path to a plan folder or .md file')
    .option('--config <json|@file>', 'also check these inputs')
    .option('--set <name=value>', 'also check this input; may be repeated', collect)
    .option('--json', 'print the record tutti.validate/1')
    .action((plan: string, options: Options) => validate(context, plan, options));
};

async function validate(context: Context, text: string, options: Options): Promise<void> {
  const { output } = context;
  const { EXIT } = await import('../../agents/process/shutdown.ts');
  const { Faults } = await import('../../agents/protocol/fault.ts');
  const { findPlan } = await import('../submit/plans.ts');
  const { check } = await import('../submit/validation.ts');
  const shared = await context.open('read');
  const found = await findPlan(shared, text, undefined);
  const { faults, tasks, warnings } = await check(shared, found, options);
  if (options.json === true) {
    const errors = faults.map(({ code, message, advice, place }) => ({
      code,
      message,
      advice,
      file: place?.file ?? null,
      line: place?.line ?? null,
      column: place?.column ?? null,
    }));
    output.json({
      schema: 'tutti.validate/1',
      plan: found.name,
      file: found.file,
      errors,
      warnings,
    });
    return context.exit(errors.length > 0 ? EXIT.usage : EXIT.ok);
  }
  for (const warning of warnings) output.note(output.notePaint.yellow(warning));
  if (faults.length > 0) throw new Faults(faults);
  const { plural } = await import('../render/text.ts');
  output.line(`${output.paint.green('✓')} ${found.file}: ${plural(tasks, 'task')}, no errors`);
}
