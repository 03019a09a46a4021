// Everything between a claim and the start of its process: the script, the permission to run it, its
// inputs, its environment and its files. Each step may refuse, in this order, and nothing has run then.
import type { ShimRequest } from '../process/shim.ts';
import { Fault } from '../protocol/fault.ts';
import { isPrompted } from '../protocol/task.ts';
import type { Feedback } from '../protocol/thought.ts';
import type { Outcome } from '../protocol/words.ts';
import { plainWords, wantsItemsFile } from './command.ts';
import type { ResolvedCommand } from './command.ts';
import { taskEnvironment } from './environment.ts';
import { errnoOf } from '../protocol/errno.ts';
import { feedbackFor } from './feedback.ts';
import { grantsOf, withOwn } from './grants.ts';
import type { Grant } from './grants.ts';
import { checkCommand } from './lint.ts';
import { missing } from './outcome.ts';
import { awaitPaths } from './paths.ts';
import type { PathValues } from '../protocol/permission.ts';
import { exchangePath } from '../protocol/samples.ts';
import { promptOf, sampleWishOf } from './prompt.ts';
import { placesOf, resolveRequest, scopeOf } from './request.ts';
import type { AttemptRequest, ExecutorSettings, Places } from './request.ts';
import type { AttemptPorts } from './run-file.ts';
import { resolveGrants, sandboxOptions } from './sandbox.ts';

export type { AttemptRequest, ExecutorSettings } from './request.ts';

export interface Refusal {
  readonly is: 'refused';
  readonly outcome: Outcome;
  readonly message: string;
  /** The code of the Fault, or the rule that denied it. */
  readonly errorType?: string;
}

export interface Prepared {
  readonly is: 'prepared';
  readonly shim: ShimRequest;
}

/** Linux refuses one argument of 128 KiB and more. */
const ARGUMENT_BYTES_MAX = 100_000;

export async function prepare(
  ports: AttemptPorts,
  settings: ExecutorSettings,
  request: AttemptRequest,
): Promise<Prepared | Refusal> {
  const places = placesOf(ports, request);
  try {
    const command = resolveRequest(ports, request);
    const feedback = await feedbackFor(ports, request);
    const env = environmentOf(ports, settings, request, { command, feedback });
    const values: PathValues = {
      BATCH_PATH: places.batchPath,
      PLAN_PATH: places.planPath,
      SHARED: ports.disk.absolute(''),
      TMP: env['TMPDIR'] ?? '/tmp',
      ...(env['HOME'] === undefined ? {} : { HOME: env['HOME'] }),
    };
    const grants = grantsOf(settings.permissions, values);
    const denied = denialOf(settings, request, command, values, grants);
    if (denied !== null) return denied;
    const { batchPath } = places;
    const { visibilityDelayMs } = settings;
    const absent = await awaitPaths(ports, command.requires, batchPath, visibilityDelayMs);
    if (absent.length > 0) return { is: 'refused', ...missing('missing_input', absent) };
    const inside: Inside = isPrompted(request.task)
      ? await writePrompt(ports, settings, request, feedback)
      : {
          argv: await writeFiles(ports, settings, request, command.script),
          own: [],
          hasNetwork: settings.permissions.network,
        };
    const wrapped = await wrap(settings, inside, grants, batchPath);
    const words = isBare(settings) ? plainWords(command.script) : null;
    return {
      is: 'prepared',
      shim: { ...shimRequest(ports, settings, places, env), argv: wrapped, words },
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const message = `Not started: ${error.message}.`;
    return { is: 'refused', outcome: 'definition', message, errorType: error.code };
  }
}

/** What tutti itself runs for a prompt passes no lint; the sandbox holds for it all the same. */
function denialOf(
  { permissions }: ExecutorSettings,
  { task }: AttemptRequest,
  { script }: ResolvedCommand,
  values: PathValues,
  grants: readonly Grant[],
): Refusal | null {
  const verdict = isPrompted(task) ? null : checkCommand(script, permissions, values, grants);
  if (verdict?.is !== 'denied') return null;
  const message = `Not started: \`${verdict.command}\` is refused by ${verdict.rule}: ${verdict.reason}.`;
  return { is: 'refused', outcome: 'denied', message, errorType: verdict.rule };
}

function environmentOf(
  ports: AttemptPorts,
  settings: ExecutorSettings,
  request: AttemptRequest,
  { command, feedback }: { readonly command: ResolvedCommand; readonly feedback: Feedback | null },
): Record<string, string> {
  const places = placesOf(ports, request);
  const { task, attempt, agent, inputs, cudaDevices, model } = request;
  const itemsPath = wantsItemsFile(task) ? ports.disk.absolute(places.files.items) : undefined;
  const { batchPath: path, planPath: plan } = places;
  const contract = { batch: task.batch, batchPath: path, planPath: plan, task: task.id };
  return taskEnvironment(
    settings.host,
    { ...contract, attempt, agent, inputs, itemsPath, cudaDevices, model, feedback },
    command.env,
  );
}

interface Inside {
  readonly argv: readonly string[];
  /** What tutti's own program needs beyond what a command may read and change. */
  readonly own: readonly Grant[];
  readonly hasNetwork: boolean;
}

/**
 * The worker of a prompt reads everything from one file, and talks to the server of its model, which it could not do
 * without the network that commands may be denied. It leaves its exchange in another, which has to be there
 * before the sandbox can show it: all else in the folder of the attempts stays read-only.
 */
async function writePrompt(
  ports: AttemptPorts,
  { prompts }: ExecutorSettings,
  request: AttemptRequest,
  feedback: Feedback | null,
): Promise<Inside> {
  const { disk } = ports;
  const { files } = placesOf(ports, request);
  const { task, model, planTasks = [] } = request;
  if (model === undefined || prompts === undefined) {
    throw new Error(`nothing was given to ${task.id} to run its prompt with`);
  }
  const scope = scopeOf(ports, request);
  const prompt = promptOf(task, model, scope, prompts, { planTasks, feedback });
  const exchange = exchangePath(files.run);
  const wish = sampleWishOf(prompts.samples, task.plan, disk.absolute(exchange));
  await write(disk, files.prompt, `${JSON.stringify({ ...prompt, ...wish })}\n`);
  const argv = [...prompts.worker, disk.absolute(files.prompt)];
  const own: Grant[] = prompts.programs.map((path) => ({ path, mode: 'read' }));
  if (wish.sample !== undefined) {
    await write(disk, exchange, '');
    own.push({ path: wish.sample.file, mode: 'write' });
  }
  return { argv, own, hasNetwork: true };
}

/** Writes what does not fit an argument, and answers the command line inside the shim and the sandbox. */
async function writeFiles(
  ports: AttemptPorts,
  settings: ExecutorSettings,
  request: AttemptRequest,
  script: string,
): Promise<string[]> {
  const { disk } = ports;
  const { files, batchPath: cwd } = placesOf(ports, request);
  const { task } = request;
  const { workerLogLevel: level } = settings;
  if (wantsItemsFile(task)) await write(disk, files.items, `${JSON.stringify(task.items)}\n`);
  if (level === 'debug' || level === 'trace') {
    await disk.append(files.log, `[tutti: in ${cwd}]\n[tutti: ${script}]\n`);
  }
  const shell = level === 'trace' ? ['/bin/sh', '-x'] : ['/bin/sh'];
  // UTF-8 needs at most three bytes for each UTF-16 unit.
  if (script.length * 3 <= ARGUMENT_BYTES_MAX) return [...shell, '-c', script, task.id];
  await write(disk, files.script, script);
  return [...shell, disk.absolute(files.script)];
}

/** The name is this attempt's own: what is there was left by a start that did not come to pass. */
async function write(disk: AttemptPorts['disk'], path: string, text: string): Promise<void> {
  try {
    await disk.create(path, text, false);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    await disk.unlink(path);
    await disk.create(path, text, false);
  }
}

/** Nothing stands around the command, and nobody wants to see its steps. */
const isBare = ({ sandbox, workerLogLevel }: ExecutorSettings): boolean =>
  sandbox.kind === 'none' && workerLogLevel !== 'trace';

/** The command line inside the shim: the command, or the sandbox around it. */
async function wrap(
  { sandbox }: ExecutorSettings,
  { argv, own, hasNetwork: isNetworkAllowed }: Inside,
  grants: readonly Grant[],
  cwd: string,
): Promise<readonly string[]> {
  if (sandbox.kind === 'none') return argv;
  const resolved = await resolveGrants(withOwn(grants, own));
  const options = { isolation: sandbox, grants: resolved, cwd, isNetworkAllowed };
  return ['bwrap', ...sandboxOptions(options), ...argv];
}

function shimRequest(
  { disk }: AttemptPorts,
  { permissions }: ExecutorSettings,
  { batchPath: cwd, files }: Places,
  env: Readonly<Record<string, string>>,
): Omit<ShimRequest, 'argv' | 'words'> {
  const { limits } = permissions;
  return { run: disk.absolute(files.run), log: disk.absolute(files.log), cwd, env, limits };
}
