// The registry of errors: code → what a person reads, whether the same call may succeed later, and what
// to do. `{name}` is filled from the details. A code, once published, keeps its meaning.
import { MODEL_ERRORS } from './model-errors.ts';
import { PLAN_ERRORS } from './plan/errors.ts';

export interface ErrorEntry {
  readonly message: string;
  readonly advice: string;
  readonly isRetryable: boolean;
}

const once = (message: string, advice: string): ErrorEntry => ({
  message,
  advice,
  isRetryable: false,
});
const again = (message: string, advice: string): ErrorEntry => ({
  message,
  advice,
  isRetryable: true,
});

export const ERRORS = {
  // The configuration and the arguments.
  CONFIG_JSON: once(
    'the configuration is not valid JSON: {problem}',
    'Correct the file at the place named, or move it aside to start from the defaults.',
  ),
  CONFIG_INVALID: once(
    'the configuration is refused: {problem}',
    'docs/CONFIG.md lists every key with its unit and default.',
  ),
  ARGUMENT_INVALID: once(
    '{argument}: {problem}',
    'Run the command with --help to see what it takes.',
  ),

  // The shared directory.
  SHARED_MISSING: once(
    'the shared directory {path} does not exist',
    'Mount or create it, or point `shared` in config.json (or TUTTI_SHARED) at the right place.',
  ),
  SHARED_UNWRITABLE: again(
    'the shared directory {path} cannot be written: {problem}',
    'Check the mount, its permissions and the user that runs tutti.',
  ),
  DISK_FULL: again(
    'no space left while writing {path}',
    'Free space or inodes; tutti goes on by itself, nothing is lost.',
  ),
  FILE_TOO_LARGE: once(
    '{path} has {size} bytes, more than the limit of {limit}',
    'Pass large data by path, or raise the limit named in docs/CONFIG.md.',
  ),
  FILE_NOT_REGULAR: once(
    '{path} is not a regular file',
    'Symbolic links and devices are not followed inside shared/. Replace it by the file itself.',
  ),

  MANIFEST_OUTSIDE: once(
    'the manifest {path} lies outside the shared directory',
    'The brain may run on another host: let a task before the foreach copy it to {BATCH_PATH}.',
  ),

  PEER_SILENT: again(
    'the other `tutti doctor` has not answered for {seconds} s; waited for: {what}',
    'If it was not stopped, changes on one host do not reach the other one in time: do not run tutti on this mount. Otherwise start both again.',
  ),

  // Brain, agents and launch.
  BRAIN_RUNNING: again(
    'another brain is working on {path}: {holder}',
    'One brain per shared directory. Stop the other one first; a dead one frees its place by itself in {seconds} s.',
  ),
  AGENT_RUNNING: again(
    'agent {agent} is already running: {holder}',
    'Give this agent another name, or stop the other one.',
  ),
  AGENT_UNKNOWN: once('there is no agent {agent}', '{hint}Known agents: {known}.'),
  LAUNCH_RUNNING: again(
    'tutti is already up on this host for {path} (pid {pid})',
    'Use it as it is, or stop it with `tutti stop --all`.',
  ),

  // The roster, and what plans name of it.
  CONFIG_ROSTER: once(
    'the roster is refused: {problem}',
    'docs/MODELS.md describes `models`, `roles`, `aliases` and `modelPolicy` of config.json.',
  ),
  ROSTER_NAME_UNKNOWN: once(
    'there is no role, alias or model `{name}`',
    '{hint}Known names: {known}. They stand in config.json (docs/MODELS.md).',
  ),
  ROSTER_BRAIN_MISSING: once(
    'this task needs the thinking brain ({what}), and the roster has no role `brain`',
    'Add `"roles": {"brain": {"model": "<name>"}}` to config.json (docs/MODELS.md); a task with `decide` may name a model with `llm_model` instead.',
  ),
  ROSTER_TIER: once(
    'no model has the tier {tier} that is asked for: {tiers}',
    'Name an abler model, lower `llm_min_tier`, or add a fallback to the role in config.json.',
  ),

  ROSTER_PLACEMENT: once(
    'no model has as many cards as `llm_placement: {placement}` asks for: {cards}',
    'Set `cards` of a model in config.json, name another model, or take `llm_placement` out.',
  ),

  // The air gap.
  SHARED_GATEWAY: once(
    '{path} is the picture of {rig}, kept by tutti sync: {what} does not work on it',
    'Run this on the rig. To make an ordinary shared directory of it, move its sync/ folder away.',
  ),
  RSYNC_MISSING: once(
    'rsync cannot be started: {problem}',
    'Install rsync (3.1.3 or later) here and on the rig.',
  ),
  SYNC_UNCONFIGURED: once(
    'no rig to sync with is named',
    'Give it as an argument, or as `sync.rig` in config.json: a path, host:path, or rsync://host/module.',
  ),
  SYNC_RUNNING: again(
    'another sync works on {path}: {holder}',
    'Use it as it is, or stop it first; a dead one frees its place by itself.',
  ),
  SYNC_FAILED: again(
    'nothing was synced with {rig}: {problem}',
    'Check the link, the address and that `tutti up` has run on the rig; nothing is lost, and --watch tries again by itself.',
  ),

  // Plans, their inputs and manifests.
  ...PLAN_ERRORS,

  // Models, their servers and their replies.
  ...MODEL_ERRORS,
  PROMPT_INPUT: once(
    'the prompt cannot be put together: {path}: {problem}',
    'Paths of a prompt count from the folder of the batch; a task that is named must be complete before.',
  ),
  PROMPT_REPLY: again(
    'no reply of model {model} could be used in {tries} tries; the last: {problem}',
    'The log of the attempt has all replies. Make the prompt or the schema simpler, or name an abler model.',
  ),

  // The executor: permissions, sandbox, environment.
  PERMISSION_INVALID: once(
    'the permission file {path} is refused: {problem}',
    'docs/SANDBOX.md describes every key of a permission file.',
  ),
  SANDBOX_MISSING: once(
    'the configuration requires a sandbox and there is none: {reason}',
    'Install bubblewrap (bwrap) and allow it user namespaces, or set `sandbox` to "auto" in config.json.',
  ),
  ENVIRONMENT_INVALID: once(
    'the environment variable {name} cannot be set by a task: {problem}',
    'docs/ENVIRONMENT.md lists what a task is given; choose another name in its `env`.',
  ),

  // The command line.
  PLAN_UNKNOWN: once(
    'there is no plan {plan}',
    '{hint}A plan is the name of a folder below {plans}, or a path to a folder with a plan.md or to a .md file.',
  ),
  PLAN_NAME_REFUSED: once(
    'the plan name {plan} is refused: {problem}',
    'A name has at most 40 letters, digits, `_` and `-`, or two of them with `/` between. A path begins with `./`, `../` or `/`.',
  ),
  PLAN_IMPORT_REFUSED: once(
    'the plan {plan} cannot be imported: {problem}',
    'A plan folder holds plan.md and the scripts it needs; large data stays outside and is passed by path.',
  ),
  PLAN_UNFIT: once(
    'task {task} fits no agent: {problem}',
    'Lower its vram_estimate_mb, change its task_class, or add an agent that can run it (`tutti setup --simulate 1` for a try); `tutti status` lists them.',
  ),
  BATCH_CONFIG: once(
    'the inputs given with {option} cannot be read: {problem}',
    'Give a JSON object such as \'{"limit": 5}\', or @file with one, or single inputs with --set limit=5.',
  ),
  BATCH_UNKNOWN: once(
    'there is no batch {batch}',
    '{hint}`tutti status` lists batches; the five characters at the end of an id are enough.',
  ),
  BATCH_AMBIGUOUS: once('{batch} stands for several batches: {known}', 'Write more of the id.'),
  BATCH_OTHER_PLAN: once(
    'batch {batch} is one of plan {found}, not of {plan}',
    'Only a batch of the same plan can be resumed: change shared/plans/{found} itself and submit {found}.',
  ),
  BATCH_CLOSED: once(
    'batch {batch} has ended already',
    'Nothing of it is left to cancel; `tutti status --batch {batch} --tasks` shows how it ended.',
  ),
  TASK_UNKNOWN: once(
    'there is no task {task} in {where}',
    '{hint}`tutti status --tasks` lists tasks.',
  ),
  TASK_AMBIGUOUS: once(
    'task {task} is in several open batches: {known}',
    'Say which one with --batch, or write <batch>/{task}.',
  ),
  TASK_IDLE: once('task {task} is not running: it is {state}', '{remedy}'),
  TARGET_UNKNOWN: once(
    'there is no batch and no agent {name}',
    '{hint}`tutti status` lists both; the five characters at the end of a batch id are enough.',
  ),
  LOG_MISSING: once(
    'task {task} has no log: {problem}',
    '{hint}`tutti explain {task}` tells how it stands.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
