// One screen of defaults. Every key carries its unit; unknown keys are refused by name; docs/CONFIG.md is
// generated from this file (descriptions included) and held to it by a test.
import * as z from 'zod';
import { AGENT_NAME } from './ids.ts';
import { rosterShape } from './roster.ts';
import { samplesSection } from './samples.ts';

const ms = (fallback: number, text: string) => z.int().min(0).default(fallback).describe(text);
const count = (fallback: number, text: string) => z.int().min(0).default(fallback).describe(text);
const level = (text: string) =>
  z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info').describe(text);

/** A point of a simulated card's curve: from `atMs` after the agent's start these readings hold. */
const simulatedPoint = z.strictObject({
  atMs: z.int().min(0).describe('Milliseconds after the start of the agent.'),
  temperatureCelsius: z.number().optional().describe('Temperature from then on.'),
  powerWatts: z.number().optional().describe('Power draw from then on.'),
  foreignMib: z.int().min(0).optional().describe('VRAM that other programs hold from then on.'),
  throttleReasons: z.array(z.string()).optional().describe('Active throttle reasons from then on.'),
  fault: z.enum(['none', 'unreadable', 'lost']).optional().describe('What goes wrong with telemetry.'),
});

const agent = z.strictObject({
  name: z.string().regex(AGENT_NAME).describe('Unique among all hosts of this shared directory.'),
  kind: z.enum(['gpu', 'cpu', 'simulated']).describe('A card, a share of the CPU, or a scripted card.'),
  uuid: z.string().optional().describe('UUID of the card (kind gpu), as nvidia-smi -L prints it.'),
  slots: z.int().min(1).optional().describe('Tasks of class cpu at once (kind cpu); default: one per core.'),
  vramMib: z.int().min(1).optional().describe('Memory of a simulated card.'),
  curve: z.array(simulatedPoint).optional().describe('Script of a simulated card.'),
});

export const configSchema = z.strictObject({
  shared: z.string().default('shared').describe('The shared directory, relative to this file.'),
  durability: z.enum(['process', 'full']).default('process').describe('What a published file survives: the death of any process, or of the kernel (an fsync per file and directory).'),
  mount: z.enum(['auto', 'local', 'network']).default('auto').describe('What `shared` lies on: told by statfs, or as named here. On a network mount loops poll and no call blocks them; name it where statfs does not know the kind, or where file events do not arrive.'),
  agents: z.union([z.literal('auto'), z.array(agent)]).default('auto').describe('This host\'s agents; "auto": one per card that nvidia-smi lists, and one CPU agent.'),
  brain: z.strictObject({
    pollIntervalMs: ms(1000, 'Longest wait between two looks at the lanes when no event comes.'),
    idlePollIntervalMs: ms(10_000, 'The same while no batch is open, on a file system whose events arrive.'),
    releaseWindowPerSlot: count(8, 'Tasks kept in the queue per free slot of the agents.'),
    releaseWindowMin: count(32, 'Tasks kept in the queue at least, per class and VRAM need.'),
    acceptStepsMax: count(8, 'Most steps of accepting batches between two looks at everything else; one is a kilobyte of a plan, or 32 task files.'),
    slots: z.int().min(1).default(2).describe('`executor: brain` tasks at once.'),
    leaseMs: ms(10_000, 'A brain that did not renew its lock for this long may be replaced.'),
    stuckGraceMs: ms(30_000, 'How far a task may pass its timeout before the brain sends abort.'),
    stuckKillMs: ms(120_000, 'From abort to kill, and from kill to the report for manual action.'),
    stateIntervalMs: ms(1000, 'Shortest time between two writes of brain/state.json.'),
    manifestBytesMax: count(268_435_456, 'Largest manifest of a foreach.'),
    manifestWaitMs: ms(5000, 'How long a manifest may stay invisible after its producer completed, beyond agent.visibilityDelayMs.'),
    diagnosesMax: z.int().min(0).max(50).default(3).describe('Failed tasks of a batch that the model of the role brain is asked about before the summary; 0: none.'),
    diagnoseWaitMs: ms(120_000, 'How long a summary waits for that.'),
    inferMarginPercent: count(20, 'Beyond the highest peak that was seen of a script with `vram_policy: infer`.'),
    inferRunsMax: z.int().min(1).default(10).describe('Runs of such a script whose peaks are kept.'),
    inferTasksMax: z.int().min(1).default(1000).describe('Scripts whose peaks are kept; those heard of last stay.'),
    summaryProblemsMax: count(1000, 'Problems listed in RUN_SUMMARY.json.'),
  }).prefault({}).describe('The brain.'),
  agent: z.strictObject({
    internalIntervalMs: ms(5000, 'Internal cycle: signals, finished workers, telemetry.'),
    pollIntervalMs: ms(1000, 'Longest wait between two looks at the queue when no event comes.'),
    idlePollIntervalMs: ms(10_000, 'The same while nothing runs and nothing waits, on a file system whose events arrive.'),
    heartbeatIntervalMs: z.int().min(100).max(30_000).default(5000).describe('External cycle: heartbeat.'),
    leaseMs: ms(20_000, 'An agent whose heartbeat did not change for this long has lost its claims. At least 3 x (heartbeat interval + visibility delay).'),
    visibilityDelayMs: ms(0, 'Delay after which the mount shows what another host wrote (tutti doctor measures it).'),
    budgetPercent: z.int().min(1).max(100).default(80).describe('Share of a card that may be reserved.'),
    scriptVramMibDefault: count(1024, 'VRAM of a script task without an estimate.'),
    cpuVramMib: count(1024, 'Virtual VRAM of a cpu task on a card.'),
    vramHeadroomMib: count(512, 'VRAM kept free beside everything reserved and foreign.'),
    metaSlots: z.int().min(1).default(2).describe('Tasks of class meta at once.'),
    avoidMs: ms(5000, 'How long an agent leaves a task alone that failed on it, so that another agent goes first.'),
    abortGraceMs: ms(5000, 'From TERM to KILL.'),
    smiIntervalMs: z.int().min(100).default(1000).describe('Telemetry interval of nvidia-smi.'),
    smiTimeoutMs: ms(5000, 'Silence of nvidia-smi after which it is restarted and the card is unknown.'),
    smiBackoffMsMax: ms(60_000, 'Longest wait before nvidia-smi is started again; from smiIntervalMs, doubled each time until it tells of the card.'),
  }).prefault({}).describe('Every agent.'),
  thermal: z.strictObject({
    temperatureCelsiusMax: z.number().default(83).describe('At this temperature a card is constrained.'),
    temperatureCelsiusResume: z.number().default(75).describe('Below this it is free again.'),
    powerPercentMax: z.number().default(105).describe('Power draw, in percent of the limit, at which a card is constrained.'),
    powerPercentResume: z.number().default(95).describe('Below this it is free again.'),
    vramPercentMax: z.number().default(95).describe('VRAM in use, in percent, at which a card is constrained.'),
    vramPercentResume: z.number().default(90).describe('Below this it is free again.'),
  }).prefault({}).describe('When a card backs off.'),
  task: z.strictObject({
    timeoutS: z.number().positive().default(3600).describe('Timeout of a task that names none, in seconds.'),
    logBytesMax: count(16_777_216, 'Output kept per attempt; the middle of more is dropped.'),
    fileBytesMax: count(4_194_304, 'Largest task file.'),
    childrenMax: count(1_000_000, 'Most children of one foreach.'),
    promptBytesMax: count(4_194_304, 'Largest prompt of an llm task, with all of its inputs.'),
    excerptBytesMax: count(6144, 'What a rating, or a diagnosis, is shown of each text; the middle of more is left out.'),
    replyTriesMax: z.int().min(1).default(3).describe('Replies that one attempt asks for when they do not fit the schema.'),
    replySilenceMsMax: z.int().min(1).default(600_000).describe('Silence of a model server in the middle of a request after which the attempt fails; a long prompt is read in silence.'),
  }).prefault({}).describe('Every task.'),
  retry: z.strictObject({
    attempts: z.int().min(1).default(3).describe('Attempts of a task that names no `retries`.'),
    losses: count(5, 'Losses (death of the agent or the claim) after which a task fails for good.'),
    backoffMs: ms(1000, 'Wait before the second attempt; doubled for each further one.'),
    backoffMsMax: ms(60_000, 'Longest wait between attempts.'),
    jitterPercent: count(20, 'Random part of each wait.'),
    notNowBackoffMs: ms(5000, 'Wait after exit status 75; doubled each time up to backoffMsMax.'),
    notNowMax: count(1000, 'Times a task may say "not now" before it fails for good.'),
  }).prefault({}).describe('What follows a failure.'),
  runtime: z.strictObject({
    loadStallMs: ms(300_000, 'Silence of a loading model server after which it counts as stalled; anything it logs starts this anew.'),
    unloadGraceMs: ms(10_000, 'From TERM to KILL of a model server.'),
    ownerGraceS: z.int().min(1).default(90).describe('How long a model server outlives an agent that was killed, waiting to be taken over, in seconds.'),
    silenceMsMax: z.int().min(1).default(60_000).describe('How long a ready model server that the agent started may leave health checks unanswered before it counts as wedged and is reset: ended, and loaded again when a task wants it.'),
    lossesMax: z.int().min(1).default(5).describe('Losses of a model (its server was reset, or ended by itself) within lossWindowMs after which this agent sets the model aside.'),
    groupLossesMax: z.int().min(1).default(3).describe('The same of a model on several cards.'),
    lossWindowMs: ms(900_000, 'The window in which losses count; a model that was set aside is tried again when enough of them are older.'),
    automaticContextTokensMax: z.int().min(256).default(16_384).describe('Context per slot of a model that names none, where there is room for it.'),
  }).prefault({}).describe('Model servers of an agent.'),
  launch: z.strictObject({
    restartsMax: count(6, 'Restarts of one process within restartWindowMs before launch gives up on it.'),
    restartWindowMs: ms(300_000, 'The window in which restarts count.'),
    backoffMs: ms(500, 'Wait before the first restart; doubled for each further one.'),
    backoffMsMax: ms(30_000, 'Longest wait before a restart.'),
    stopTimeoutMs: ms(15_000, 'How long a clean stop may take before the processes are killed.'),
  }).prefault({}).describe('Launch and its supervision.'),
  ...rosterShape,
  samples: samplesSection.prefault({}).describe('Training samples of prompts and replies (docs/MODELS.md).'),
  sync: z.strictObject({
    rig: z.string().optional().describe('The shared directory of the rig that this one is the gateway of: a path (relative to this file), host:path over ssh, or rsync://host/module.'),
    rsh: z.string().default('ssh -oBatchMode=yes -oConnectTimeout=15').describe('Remote shell for host:path; overridden by RSYNC_RSH.'),
    intervalMs: ms(10_000, 'From one round to the next with --watch; a submission starts one at once.'),
    backoffMsMax: ms(300_000, 'Longest wait after rounds that failed; doubled from intervalMs.'),
    timeoutS: z.int().min(1).default(30).describe('Silence on the link after which rsync gives up, in seconds.'),
  }).prefault({}).describe('`tutti sync`.'),
  sandbox: z.enum(['auto', 'required', 'off']).default('auto').describe('Bubblewrap for commands: where present, always (or refuse to start), never.'),
  permissions: z.strictObject({
    brain: z.string().optional().describe('What `executor: brain` tasks may do: a file, relative to this one; default: agents/permissions/brain.json of the installation.'),
    worker: z.string().optional().describe('What worker tasks may do; default: agents/permissions/worker.json of the installation.'),
  }).prefault({}).describe('Permission files.'),
  log: z.strictObject({
    brain: level('Overridden by BRAIN_LOG_LEVEL.'),
    gpu: level('Every agent; overridden by GPU_LOG_LEVEL.'),
    worker: level('Overridden by WORKER_LOG_LEVEL.'),
    executor: level('Overridden by EXECUTOR_LOG_LEVEL.'),
    decisionLogBytesMax: count(10_485_760, 'Size at which logs/brain_decisions.log is rotated.'),
    decisionLogFilesMax: count(5, 'Rotated decision logs that are kept.'),
    processLogBytesMax: count(10_485_760, 'Size at which the log of a process is rotated.'),
  }).prefault({}).describe('Logs.'),
});

export type Config = z.infer<typeof configSchema>;
export type AgentConfig = z.infer<typeof agent>;
export type SimulatedPoint = z.infer<typeof simulatedPoint>;
