// tutti bench
import { Argument } from 'commander';
import { collect, positive } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';

export const examples: CommandModule['examples'] = [
  'tutti bench models ./model.gguf --backend llama-server --backend embedded',
  'tutti bench models ./model.gguf --backend llama-server --backend ollama=qwen3:8b --gpu GPU-8f6c',
  'tutti bench models ./model.gguf --backend new:llama-server@./build/bin/llama-server --backend old:llama-server',
];

interface Options {
  readonly backend: readonly string[];
  readonly context: number;
  readonly prompt: number;
  readonly generate: number;
  readonly repeats: number;
  readonly gpu?: string;
  readonly json?: true;
}

const REPEATS = 5;
const CONTEXT_TOKENS = 4096;
const PROMPT_TOKENS = 1024;
const GENERATED_TOKENS = 128;

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .addArgument(new Argument('<what>', 'what to compare').choices(['models']))
    .argument('[file]', 'the GGUF file that llama-server and embedded run')
    .requiredOption(
      '--backend <backend>',
      'driver, or label:driver@place=name (docs/MODELS.md); may be repeated',
      collect,
    )
    .option('--context <tokens>', 'the same context for all', positive, CONTEXT_TOKENS)
    .option('--prompt <tokens>', 'length of the prompts', positive, PROMPT_TOKENS)
    .option('--generate <tokens>', 'length of the replies', positive, GENERATED_TOKENS)
    .option('--repeats <n>', 'turns after the warm-up, 5 at least', positive, REPEATS)
    .option('--gpu <uuid>', 'the card to use, as nvidia-smi -L prints it (default: the CPU)')
    .option('--json', 'print the record tutti.bench_models/1')
    .action((_what: string, file: string | undefined, options: Options) =>
      bench(context, file, options),
    );
};

async function bench(context: Context, file: string | undefined, options: Options): Promise<void> {
  const { output } = context;
  const { parseBackend } = await import('../bench/models/backend.ts');
  const { Fault } = await import('../../agents/protocol/fault.ts');
  if (options.repeats < REPEATS) {
    const problem = `fewer than ${REPEATS} turns show no spread`;
    throw new Fault('ARGUMENT_INVALID', { argument: '--repeats', problem });
  }
  const shape = {
    file: file ?? null,
    contextTokens: options.context,
  };
  const specs = options.backend.map((text, index) => parseBackend(text, index, shape));
  const { config } = await context.settings();
  const { benchModels } = await import('../bench/models/run.ts');
  const result = await benchModels(
    {
      specs,
      repeats: options.repeats,
      promptTokens: options.prompt,
      generatedTokens: options.generate,
      gpu: options.gpu ?? null,
      limits: config.runtime,
      embeddedEntry: `${context.projectRoot}/dist/agents/models/embedded/main.js`,
    },
    (text) => output.note(text),
  );
  const { benchModelsRecord, renderBenchModels } = await import('../render/bench-models.ts');
  if (options.json === true) return output.json(benchModelsRecord(result));
  for (const line of renderBenchModels(result, output.paint)) output.line(line);
}
