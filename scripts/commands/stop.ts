// tutti stop
import { seconds } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';
import { ANSWER_TIMEOUT_S } from '../steer/patience.ts';

export const examples: CommandModule['examples'] = [
  'tutti stop gpu-1',
  'tutti stop gpu-1 cpu-1 --now',
  'tutti stop --all',
];

interface Options {
  readonly all?: true;
  readonly now?: true;
  readonly timeout: number;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('[agents...]', 'names of agents, on any host')
    .option('--all', 'all agents, on every host, and the brain and launch of this host')
    .option('--now', 'give running work back to the queue instead of finishing it')
    .option('--timeout <seconds>', 'wait so long for an answer', seconds, ANSWER_TIMEOUT_S)
    .option('--json', 'print what became of each as JSON')
    .action((agents: string[], options: Options) => stop(context, agents, options));
};

async function stop(context: Context, names: readonly string[], options: Options): Promise<void> {
  const { pickAgents, stopAgent, stopEverything } = await import('../steer/stopping.ts');
  const { Fault } = await import('../../agents/protocol/fault.ts');
  const { readHeartbeats } = await import('../../agents/store/heartbeats.ts');
  const isAll = options.all === true;
  if (isAll === names.length > 0) {
    const problem = isAll ? 'leaves no room for names' : 'name an agent, or say --all';
    throw new Fault('ARGUMENT_INVALID', { argument: isAll ? '--all' : 'agents', problem });
  }
  const shared = await context.open('write');
  const { output } = context;
  const interruption = context.interruption();
  const timeoutMs = options.timeout * 1000;
  const how = { isNow: options.now === true, timeoutMs, interruption };
  const pick = async () => pickAgents(await readHeartbeats(shared.store), names);
  const stopped = isAll
    ? await stopEverything(shared, how)
    : await Promise.all((await pick()).map((file) => stopAgent(shared, file, how)));
  interruption.throwIfAborted();
  if (stopped.some(({ is }) => is === 'silent' || (is === 'gone' && !isAll))) context.exit(1);
  if (options.json === true) {
    const record = { schema: 'tutti.stop/1', stopped };
    return output.json(record);
  }
  if (stopped.length === 0) output.line('Nothing is running here.');
  for (const { name, text } of stopped) output.line(`${name} ${text}`);
}
