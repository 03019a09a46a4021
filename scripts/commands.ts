// The commands of `tutti`, in the order in which `--help` shows them. Only the one that is called is
// loaded; a name and a summary are enough for the others.
import type { CommandModule } from './context.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: 'Play' | 'Look' | 'Steer' | 'House';
  readonly load: () => Promise<CommandModule>;
}

const entry = (
  group: CommandEntry['group'],
  name: string,
  summary: string,
  load: CommandEntry['load'],
): CommandEntry => ({ group, name, summary, load });

export const COMMANDS: readonly CommandEntry[] = [
  entry(
    'Play',
    'play',
    'run a plan from start to end on this machine',
    () => import('./commands/play.ts'),
  ),
  entry(
    'Play',
    'up',
    'start the brain and the agents of this host',
    () => import('./commands/up.ts'),
  ),
  entry(
    'Play',
    'setup',
    'look for cards and write config.json',
    () => import('./commands/setup.ts'),
  ),
  entry('Play', 'submit', 'start a batch of a plan', () => import('./commands/submit.ts')),
  entry(
    'Play',
    'validate',
    'check a plan without running it',
    () => import('./commands/validate.ts'),
  ),

  entry(
    'Look',
    'status',
    'what runs, what waits, what failed, and until when',
    () => import('./commands/status.ts'),
  ),
  entry('Look', 'watch', 'the same as a live view', () => import('./commands/watch.ts')),
  entry('Look', 'explain', 'why a task is not running', () => import('./commands/explain.ts')),
  entry('Look', 'logs', 'the output of a task', () => import('./commands/logs.ts')),
  entry(
    'Look',
    'models',
    'the roster, which card holds what, and what fits where',
    () => import('./commands/models.ts'),
  ),
  entry(
    'Look',
    'vram',
    'what scripts were seen to take of a card',
    () => import('./commands/vram.ts'),
  ),
  entry(
    'Look',
    'samples',
    'export what models were asked and answered',
    () => import('./commands/samples.ts'),
  ),
  entry(
    'Look',
    'decisions',
    'what the brain decided, and why',
    () => import('./commands/decisions.ts'),
  ),
  entry('Look', 'wait', 'wait for the end of a batch', () => import('./commands/wait.ts')),

  entry('Steer', 'cancel', 'cancel a batch or a task', () => import('./commands/cancel.ts')),
  entry('Steer', 'retry', 'run failed tasks again', () => import('./commands/retry.ts')),
  entry(
    'Steer',
    'pause',
    'take nothing new from a batch, or on an agent',
    () => import('./commands/pause.ts'),
  ),
  entry('Steer', 'resume', 'end a pause', () => import('./commands/resume.ts')),
  entry(
    'Steer',
    'reserve',
    'keep a card free for yourself, for a time',
    () => import('./commands/reserve.ts'),
  ),
  entry('Steer', 'release', 'end a reservation', () => import('./commands/release.ts')),
  entry('Steer', 'abort', 'end a running task with TERM', () => import('./commands/abort.ts')),
  entry('Steer', 'kill', 'end a running task with KILL', () => import('./commands/kill.ts')),
  entry(
    'Steer',
    'stop',
    'stop agents, or everything on this host',
    () => import('./commands/stop.ts'),
  ),

  entry(
    'House',
    'sync',
    'keep a gateway and its rig in step across an air gap',
    () => import('./commands/sync.ts'),
  ),
  entry(
    'House',
    'fsck',
    'check shared/ file by file, and mend it',
    () => import('./commands/fsck.ts'),
  ),
  entry(
    'House',
    'doctor',
    'tell whether a mount is safe for tutti',
    () => import('./commands/doctor.ts'),
  ),
  entry('House', 'gc', 'archive or delete closed batches', () => import('./commands/gc.ts')),
  entry(
    'House',
    'bench',
    'compare model servers on the same prompts',
    () => import('./commands/bench.ts'),
  ),
  entry(
    'House',
    'completion',
    'print the completion script of a shell',
    () => import('./commands/completion.ts'),
  ),
];
