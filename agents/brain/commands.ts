// Operators' commands. Pause, resume and cancel are states: the command is moved into the batch first
// and takes effect from there, also after a crash. A retry is a set of moves: they are made first,
// and the command leaves the inbox when all of them are done.
import { applyCommand, COMMAND_SUFFIX } from '../protocol/command.ts';
import type { Command } from '../protocol/command.ts';
import { NO_COUNTS } from '../protocol/lane-name.ts';
import type { FailedName } from '../protocol/lane-name.ts';
import { INBOX } from '../protocol/layout.ts';
import { utc } from '../process/clock.ts';
import { readCommand } from '../store/inbox.ts';
import * as lanes from '../store/lanes.ts';
import { move } from '../store/store.ts';
import type { Effects } from './effects.ts';
import { commandsPath } from './control.ts';
import { WAITING } from './model.ts';
import type { Entry, Group, OpenBatch, World } from './model.ts';
import { setState } from './progress.ts';
import { findClosed, reopen } from './reopen.ts';

export interface CommandAnswer {
  readonly command: Command | null;
  readonly message: string;
}

export async function takeCommand(
  effects: Effects,
  world: World,
  id: string,
): Promise<CommandAnswer> {
  const { store, clock } = effects;
  const path = `${INBOX}/${id}${COMMAND_SUFFIX}`;
  const read = await readCommand(store, path);
  if (read.is !== 'ok') {
    const reason = read.is === 'missing' ? 'it is gone' : read.problem;
    if (read.is === 'damaged') {
      await lanes.quarantine(store, path, `${id}${COMMAND_SUFFIX}`, reason, utc(clock));
    }
    return { command: null, message: `command ${id} was refused: ${reason}` };
  }
  const command = read.value;
  const open = await findOpen(effects, world, command);
  if (open === null) {
    const reason = `no batch ${command.batch} can be given a ${command.verb}`;
    await lanes.quarantine(store, path, `${id}${COMMAND_SUFFIX}`, reason, utc(clock));
    return { command, message: reason };
  }
  open.control = applyCommand(open.control, command);
  const moves = command.verb === 'retry' ? await retryAll(effects, open, command) : 0;
  await store.disk.mkdir(commandsPath(open));
  await move(store, path, `${commandsPath(open)}/${id}.json`);
  const what = command.task ?? command.batch;
  const message =
    command.verb === 'retry' ? `retry ${what}: ${moves} tasks` : `${command.verb} ${what}`;
  return { command, message };
}

/** A retry reopens a closed batch; the other commands need an open one. */
async function findOpen(
  effects: Effects,
  world: World,
  command: Command,
): Promise<OpenBatch | null> {
  const open = world.batches.get(command.batch);
  if (open !== undefined || command.verb !== 'retry') return open ?? null;
  const plan = await findClosed(effects.store, command.batch);
  if (plan === null) return null;
  const reopened = await reopen(effects, plan, command.batch, command.id);
  if (reopened !== null) world.batches.set(command.batch, reopened);
  return reopened;
}

/** Brings what failed (with `descendants` also what was skipped) back behind its dependencies. */
async function retryAll(effects: Effects, open: OpenBatch, command: Command): Promise<number> {
  const { task, descendants } = command;
  let moves = 0;
  for (const group of open.groups.values()) {
    if (group.task.builtin !== undefined) continue;
    const isNamed = task === undefined || task === group.name;
    const below = task !== undefined && descendants === true && dependsOn(open, group, task);
    for (const entry of group.entries ?? []) {
      const isWanted = isNamed || below || entry.id === task;
      if (!isWanted || entry.state.is !== 'ended') continue;
      const { reason } = entry.state.name;
      if (reason === 'skipped' && descendants !== true && task !== entry.id) continue;
      if (await reviveEntry(effects, open, group, entry, entry.state.name)) moves += 1;
    }
    moves += await reviveTemplate(effects, open, group, isNamed || below, descendants === true);
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
  // A template that never expanded, or whose manifest was wrong, expands now.
  if (entries?.length === 0) group.entries = undefined;
  return hasRevived ? 0 : 1;
}

function dependsOn(open: OpenBatch, group: Group, name: string, seen = new Set<string>()): boolean {
  if (seen.has(group.name)) return false;
  seen.add(group.name);
  const target = open.byTask.get(name)?.group.name ?? name;
  const direct = [...group.wholeDeps, ...group.itemDeps];
  return direct.some(
    (next) => next === target || dependsOn(open, open.groups.get(next)!, name, seen),
  );
}
