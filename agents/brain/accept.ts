// Accepting a submission. The order makes every crash harmless: the private tasks appear by one rename
// of a staged directory, and only then does the batch leave the inbox. As long as it lies there the
// whole step is simply done again.
import type { Batch } from '../protocol/batch.ts';
import { renderFault } from '../protocol/fault.ts';
import {
  batchPath,
  completePath,
  failedPath,
  INBOX,
  planPath,
  QUARANTINE,
} from '../protocol/layout.ts';
import { checkModels } from '../protocol/roster-names.ts';
import { utc } from '../process/clock.ts';
import { readBatch } from '../store/inbox.ts';
import { quarantine } from '../store/lanes.ts';
import { encodePretty } from '../store/records.ts';
import { move, publish, statFresh } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { Accepted } from './arrival.ts';
import type { Effects } from './effects.ts';
import { tryOpen } from './open-snapshot.ts';
import { createPrivateTasks } from './private-tasks.ts';
import { filesToSeed, takeOver } from './resume.ts';
import type { Steps } from './steps.ts';
import { rejection } from './summary.ts';

/** Writes down what is about to be done with the submission. */
export type Tell = (
  type: 'accept' | 'reject' | 'quarantine',
  why: string,
  details: Readonly<Record<string, unknown>>,
) => Promise<void>;

/** Takes `inbox/<id>`, in as many steps as its plan is long; a batch that breaks a rule is rejected as a whole, before anything is created. */
export async function* accept(effects: Effects, id: string, tell: Tell): Steps<Accepted> {
  const { store, clock } = effects;
  const from = `${INBOX}/${id}`;
  const read = await readBatch(store, from);
  if (read.is === 'missing' && (await store.disk.stat(from)) === null) return { is: 'elsewhere' };
  const problem =
    read.is === 'ok'
      ? await problemOf(store, id, read.value)
      : `its batch.json is ${read.is === 'missing' ? 'missing' : `damaged: ${read.problem}`}`;
  if (read.is !== 'ok' || problem !== null) {
    await tell('quarantine', problem ?? '', {});
    const name = await freeName(store, id);
    await quarantine(store, from, name, problem ?? '', utc(clock));
    return { is: 'quarantined' };
  }
  const batch = read.value;
  const opening = { nowMs: clock.monotonicMs(), isFromStart: true };
  const opened = yield* tryOpen(store, from, batch, opening);
  if ('errors' in opened) {
    await tell('reject', opened.errors.join('\n'), {});
    await reject(effects, batch, opened.errors);
    return { is: 'rejected' };
  }
  const { open } = opened;
  const unknown = checkModels(open.plan.tasks, effects.policy.config).map(renderFault);
  if (unknown.length > 0) {
    await tell('reject', unknown.join('\n'), {});
    await reject(effects, batch, unknown);
    return { is: 'rejected' };
  }
  const { resume_of: old } = batch;
  if (old !== undefined) while (!(await isSeeded(effects, batch, old))) yield 'waiting';
  await tell('accept', `${open.plan.tasks.length} tasks of plan ${batch.plan}`, {
    plan: batch.plan,
    tasks: open.plan.tasks.length,
    ...(old === undefined ? {} : { resume_of: old }),
  });
  if (!(yield* createPrivateTasks(store, open))) return { is: 'elsewhere' };
  await store.disk.mkdir(completePath(batch.id));
  await store.disk.mkdir(failedPath(batch.id));
  if (old === undefined) {
    await leaveInbox(store, batch);
    return { is: 'accepted', open };
  }
  // What was taken over is in the lanes: the model is built from there, as after a restart.
  yield* takeOver(store, open, old);
  await leaveInbox(store, batch);
  return { is: 'reload', plan: open.plan };
}

/** A batch that is there already was accepted before: rsync brings the same submission again. */
async function problemOf(store: Store, id: string, batch: Batch): Promise<string | null> {
  if (batch.id !== id) return `its batch.json says ${batch.id}`;
  const accepted = `${batchPath(batch.plan, id)}/batch.json`;
  return (await statFresh(store, accepted)) === null ? null : 'this batch was accepted before';
}

/** In quarantine: a directory replaces none. */
async function freeName(store: Store, id: string): Promise<string> {
  let name = id;
  for (let n = 2; (await statFresh(store, `${QUARANTINE}/${name}`)) !== null; n++) {
    name = `${id}.${n}`;
  }
  return name;
}

/** Copying files may take long: it is a process of its own, and the batch waits in the inbox. */
async function isSeeded(effects: Effects, batch: Batch, old: string): Promise<boolean> {
  const { store, seeds } = effects;
  const state = seeds.get(batch.id);
  if (state !== undefined) return state === 'done';
  seeds.set(batch.id, 'running');
  const files = await filesToSeed(store, batch.plan, old);
  const absolute = (path: string): string => store.disk.absolute(path);
  const exited =
    files.length === 0
      ? Promise.resolve()
      : effects.spawner.start({
          file: 'cp',
          args: ['-a', '--', ...files.map(absolute), absolute(`${INBOX}/${batch.id}/`)],
          env: effects.environment,
          cwd: absolute(''),
          output: absolute(`${INBOX}/${batch.id}/logs/resume.log`),
        }).exited;
  const finish = (): void => {
    seeds.set(batch.id, 'done');
    effects.ring();
  };
  // A file that could not be copied is named in logs/resume.log; the tasks that need it will say so.
  exited.then(finish, finish);
  return false;
}

async function leaveInbox(store: Store, batch: Batch): Promise<void> {
  await store.disk.mkdir(`${planPath(batch.plan)}/batches`);
  await move(store, `${INBOX}/${batch.id}`, batchPath(batch.plan, batch.id));
}

async function reject(effects: Effects, batch: Batch, errors: readonly string[]): Promise<void> {
  const { store, clock } = effects;
  const from = `${INBOX}/${batch.id}`;
  const summary = rejection(batch, errors, utc(clock));
  await publish(store, `${from}/RUN_SUMMARY.json`, encodePretty(summary));
  await store.disk.mkdir(`${planPath(batch.plan)}/batches`);
  await move(store, from, batchPath(batch.plan, batch.id));
}
