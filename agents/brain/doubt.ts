// What is done when it is not known what an earlier operation did: it may have succeeded and reported a
// failure, or an older brain may have made its last move. Nothing is made twice on such a suspicion, and
// nothing is given up on it.
import { ESCALATIONS } from '../protocol/layout.ts';
import type { QueueName } from '../protocol/lane-name.ts';
import { utc } from '../process/clock.ts';
import * as lanes from '../store/lanes.ts';
import { encodePretty } from '../store/records.ts';
import { publish } from '../store/store.ts';
import type { Effects } from './effects.ts';
import { taskKey } from './model.ts';
import type { Entry, Group, OpenBatch, World } from './model.ts';
import { search } from './search.ts';
import { fileOf } from './task-files.ts';

/** One decision about a task, with everything it is about at hand. */
export interface Subject {
  readonly effects: Effects;
  readonly world: World;
  readonly open: OpenBatch;
  readonly group: Group;
  readonly entry: Entry;
}

/** A creation that reported a failure may have come to pass, and the task may be anywhere by now. */
export async function create(subject: Subject, to: QueueName): Promise<boolean> {
  const { effects, open, group, entry } = subject;
  const key = taskKey(open.batch.id, entry.id);
  if (effects.doubts.has(key)) {
    await search(effects, open, subject);
    // What is found with a lower attempt is the file that this one is to replace.
    if (entry.counts.attempt >= to.counts.attempt) {
      effects.doubts.delete(key);
      return false;
    }
  }
  effects.doubts.add(key);
  await lanes.releaseChild(effects.store, fileOf(open, group, entry), to);
  effects.doubts.delete(key);
  return true;
}

/** A move found nothing where only the brain moves files: an earlier one may have succeeded in silence. */
export async function lookElsewhere(subject: Subject): Promise<void> {
  const { effects, open } = subject;
  if (!(await search(effects, open, subject))) await vanish(subject);
}

/** Not there is no proof of anything: the task is left alone, and a person is told. */
async function vanish({ effects, world, open, entry }: Subject): Promise<void> {
  const key = taskKey(open.batch.id, entry.id);
  world.vanished.add(key);
  effects.log.error({ task: key }, 'the file of a waiting task is not in private_tasks');
  const path = `${ESCALATIONS}/${open.batch.id}.${entry.id}.vanished.json`;
  const reason = 'the file of this waiting task is not in brain/private_tasks; somebody moved it';
  await publish(
    effects.store,
    path,
    encodePretty({ v: 1, task: key, reason, at: utc(effects.clock) }),
  );
}
