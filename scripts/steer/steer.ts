// What cancel and retry have in common: say what will happen, send the command, tell the answer.
import { Fault } from '../../agents/protocol/fault.ts';
import { EXIT } from '../../agents/process/shutdown.ts';
import { readOneBatch } from '../../agents/store/picture.ts';
import { TASK_STATES } from '../../agents/store/picture/model.ts';
import type { BatchPicture, TaskState } from '../../agents/store/picture/model.ts';
import { ask } from './ask.ts';
import type { Context } from '../context.ts';
import { readBrain } from '../look/look.ts';
import type { BatchOrTask } from '../look/names.ts';
import { plural } from '../render/text.ts';

export interface Steering {
  readonly verb: 'cancel' | 'retry';
  readonly target: BatchOrTask;
  readonly descendants?: boolean;
}

const NOTHING = 'nothing of it is left to do';

/** Which states the verb touches: the rest of the tasks stays as it is. */
const TOUCHED: Readonly<Record<Steering['verb'], readonly TaskState[]>> = {
  cancel: ['waiting', 'queued', 'running', 'retrying'],
  retry: ['failed', 'cancelled'],
};

export async function steer(context: Context, steering: Steering): Promise<void> {
  const { output } = context;
  const { verb, target, descendants } = steering;
  const shared = await context.open('write');
  const picture = await readOneBatch(shared.store, target.batch, shared.settings.config.retry);
  if (verb === 'cancel' && picture?.state === 'closed') {
    throw new Fault('BATCH_CLOSED', { batch: target.batch });
  }
  const effect = picture === null ? '' : forecast(picture, steering);
  output.line(`${verb} ${describe(target)}${effect === '' ? '' : `: ${effect}`}`);
  // A closed batch is not opened again for nothing: that would cost it its summary.
  if (picture?.state === 'closed' && effect === NOTHING) return;
  const answer = await ask(shared, {
    verb,
    batch: target.batch,
    ...(target.is === 'task' ? { task: target.task } : {}),
    ...(descendants === true ? { descendants } : {}),
  });
  if (answer.is === 'taken') return output.line(output.paint.green('the brain has taken it'));
  if (answer.is === 'refused') {
    output.note(`${output.notePaint.red('the brain refused it')}: ${answer.reason}`);
    return context.exit(EXIT.failed);
  }
  context.exit(EXIT.notNow);
  if (answer.rig !== null) {
    return output.note(`the command goes to ${answer.rig} with the next \`tutti sync\``);
  }
  const { state } = await readBrain(shared);
  const why = state === 'alive' ? 'the brain has not looked yet' : 'no brain is alive';
  output.note(`${why}: the command lies in inbox/ and is taken as soon as one does (\`tutti up\`)`);
}

const describe = (target: BatchOrTask): string =>
  target.is === 'batch' ? target.batch : `${target.task} of ${target.batch}`;

/** How many tasks it is about, as the lanes are now. */
function forecast(picture: BatchPicture, { verb, target, descendants }: Steering): string {
  const groups = picture.groups.filter(({ task }) => target.is === 'batch' || task === target.task);
  const single =
    target.is === 'task' && groups.length === 0
      ? picture.tasks.filter(({ id }) => id === target.task)
      : [];
  const states: readonly TaskState[] =
    descendants === true ? [...TOUCHED[verb], 'skipped'] : TOUCHED[verb];
  const parts = TASK_STATES.filter((state) => states.includes(state)).flatMap((state) => {
    const inGroups = groups.reduce((sum, group) => sum + group.counts[state], 0);
    const count = inGroups + single.filter((task) => task.state === state).length;
    return count === 0 ? [] : [plural(count, `${state} task`)];
  });
  return parts.length === 0 ? NOTHING : parts.join(', ');
}
