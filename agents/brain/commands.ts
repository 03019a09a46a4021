// Operators' commands. Pause, resume and cancel are states: the command is moved into the batch first
// and takes effect from there, also after a crash. A retry is a set of moves: they are made first,
// and the command leaves the inbox when all of them are done.
import { applyCommand, COMMAND_SUFFIX } from '../protocol/command.ts';
import type { Command } from '../protocol/command.ts';
import { NO_COUNTS } from '../protocol/lane-name.ts';
import type { FailedName } from '../protocol/lane-name.ts';
import { batchPath, INBOX } from '../protocol/layout.ts';
import { utc } from '../process/clock.ts';
import { readCommand } from '../store/inbox.ts';
import * as lanes from '../store/lanes.ts';
import { move, statFresh } from '../store/store.ts';
import type { Effects } from './effects.ts';
import { commandsPath } from './control.ts';
import { WAITING } from './model.ts';
import type { Entry, Group, OpenBatch, World } from './model.ts';
import { setState } from './progress.ts';
import { findClosed, reopen } from './reopen.ts';
import { downstreamOf } from './relatives.ts';
import { touch } from './touch.ts';

/** Writes down what is about to be done with a command. */
export type Announce = (type: string, message: string, command: Command | null) => Promise<void>;

export async function takeCommand(
  effects: Effects,
  world: World,
  id: string,
  announce: Announce,
): Promise<void> {
  const { store, clock } = effects;
  const path = `${INBOX}/${id}${COMMAND_SUFFIX}`;
  const read = await readCommand(store, path);
  if (read.is !== 'ok') {
    const reason = read.is === 'missing' ? 'it is gone' : read.problem;
    await announce('refuse', `command ${id} was refused: ${reason}`, null);
    if (read.is === 'damaged') {
      await lanes.quarantine(store, path, `${id}${COMMAND_SUFFIX}`, reason, utc(clock));
    }
    return;
  }
  const command = read.value;
  const found = await findSubject(effects, world, command);
  const problem = await problemOf(effects, command, found);
  if (found === null || problem !== null) {
    await announce('refuse', `command ${id} was refused: ${problem}`, command);
    await lanes.quarantine(store, path, `${id}${COMMAND_SUFFIX}`, problem ?? '', utc(clock));
    return;
  }
  const what = command.task ?? command.batch;
  await announce(command.verb, `${command.verb} ${what}: asked for by ${command.by}`, command);
  const open = found.open ?? (await reopenFor(effects, world, found.plan, command));
  if (open === null) return;
  open.control = applyCommand(open.control, command);
  if (command.verb === 'retry') {
    const moves = await retryAll(effects, open, command);
    effects.log.info({ command: id, moves }, 'retry');
  }
  await store.disk.mkdir(commandsPath(open));
  await move(store, path, `${commandsPath(open)}/${id}.json`);
}

interface Subject {
  readonly plan: string;
  /** Null when the batch is closed. */
  readonly open: OpenBatch | null;
}

/** A retry reopens a closed batch; the other commands need an open one. */
async function findSubject(
  effects: Effects,
  world: World,
  command: Command,
): Promise<Subject | null> {
  const open = world.batches.get(command.batch);
  if (open !== undefined) return { plan: open.batch.plan, open };
  const plan = command.verb === 'retry' ? await findClosed(effects.store, command.batch) : null;
  return plan === null ? null : { plan, open: null };
}

/** A command that rsync brings again must not undo what was asked for since. */
async function problemOf(
  { store }: Effects,
  { id, batch, verb }: Command,
  found: Subject | null,
): Promise<string | null> {
  if (found === null) return `no batch ${batch} can be given a ${verb}`;
  const taken = `${batchPath(found.plan, batch)}/commands/${id}.json`;
  return (await statFresh(store, taken)) === null ? null : 'it was carried out before';
}

async function reopenFor(
  effects: Effects,
  world: World,
  plan: string,
  { batch, id }: Command,
): Promise<OpenBatch | null> {
  const reopened = await reopen(effects, plan, batch, id);
  if (reopened !== null) world.batches.set(batch, reopened);
  return reopened;
}

/** Brings what failed (with `descendants` also what was skipped) back behind its dependencies. */
async function retryAll(effects: Effects, open: OpenBatch, command: Command): Promise<number> {
  const { task, descendants } = command;
  const below =
    task !== undefined && descendants === true ? downstreamOf(open, task) : new Set<Group>();
  let moves = 0;
  for (const group of open.groups.values()) {
    if (group.task.builtin !== undefined) continue;
    const isNamed = task === undefined || task === group.name;
    for (const entry of group.entries ?? []) {
      const isWanted = isNamed || below.has(group) || entry.id === task;
      if (!isWanted || entry.state.is !== 'ended') continue;
      const { reason } = entry.state.name;
      if (reason === 'skipped' && descendants !== true && task !== entry.id) continue;
      if (await reviveEntry(effects, open, group, entry, entry.state.name)) moves += 1;
    }
    const isMeant = isNamed || below.has(group);
    moves += await reviveTemplate(effects, open, group, isMeant, descendants === true);
  }
  return moves;
}

/** All counts but the attempt start anew: a person who retries grants the full policy again. */
async function reviveEntry(
  effects: Effects,
  open: OpenBatch,
  group: Group,
  entry: Entry,
  name: FailedName,
): Promise<boolean> {
  const counts = { ...NO_COUNTS, attempt: name.counts.attempt };
  const at = { batch: open.batch.id, task: entry.id, counts: name.counts };
  if ((await lanes.revive(effects.store, at, name.reason, counts)) === 'gone') return false;
  entry.counts = counts;
  setState(open, group, entry, WAITING);
  return true;
}

async function reviveTemplate(
  effects: Effects,
  open: OpenBatch,
  group: Group,
  isWanted: boolean,
  withSkipped: boolean,
): Promise<number> {
  if (!group.isForeach || group.template !== 'closed') return 0;
  const { templateReason: reason, entries, tally } = group;
  const hasRevived =
    tally.waiting > 0 && (entries?.some((e) => e.hasFile && e.state.is === 'waiting') ?? false);
  const isOwn = reason !== null && isWanted && (reason !== 'skipped' || withSkipped);
  if (!hasRevived && !isOwn) return 0;
  const at = { batch: open.batch.id, task: group.name, counts: NO_COUNTS };
  await lanes.revive(effects.store, at, reason ?? 'complete', NO_COUNTS);
  group.template = 'private';
  group.templateReason = null;
  group.missingSinceMs = null;
  group.problem = null;
  // A template that never expanded, or whose manifest was wrong, expands now.
  if (entries?.length === 0) group.entries = undefined;
  touch(open, group);
  return hasRevived ? 0 : 1;
}
