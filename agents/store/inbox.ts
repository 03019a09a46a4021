// The inbox: submissions and commands arrive by one rename of something complete. Names that start
// with a dot are being written and do not exist for the reader.
import { commandSchema, COMMAND_ID, COMMAND_SUFFIX } from '../protocol/command.ts';
import type { Command } from '../protocol/command.ts';
import { BATCH_ID } from '../protocol/ids.ts';
import { BATCH_DIRECTORIES, BELL_BRAIN, INBOX } from '../protocol/layout.ts';
import { batchSchema } from '../protocol/batch.ts';
import type { Batch } from '../protocol/batch.ts';
import { encode, encodePretty, readRecord } from './records.ts';
import type { Read } from './records.ts';
import { move, publish } from './store.ts';
import type { Store } from './store.ts';

/** The staging place of submitters; readers skip it because of its dot. */
export const INBOX_STAGING = `${INBOX}/.staging`;

/** Publishes a submission: a batch with the plan as it is now. */
export async function submit(store: Store, batch: Batch, planText: string): Promise<void> {
  const { disk } = store;
  const staged = store.nextTemporary();
  for (const directory of BATCH_DIRECTORIES) await disk.mkdir(`${staged}/${directory}`);
  await disk.create(`${staged}/plan.md`, planText, store.isDurable);
  await disk.create(`${staged}/batch.json`, encodePretty(batch), store.isDurable);
  if (store.isDurable) await disk.syncDirectory(staged);
  const moved = await move(store, staged, `${INBOX}/${batch.id}`);
  if (moved === 'gone') throw new Error(`somebody removed ${staged}, which was being submitted`);
  await disk.touch(BELL_BRAIN);
}

export async function sendCommand(store: Store, command: Command): Promise<void> {
  await publish(store, `${INBOX}/${command.id}${COMMAND_SUFFIX}`, encode(command));
  await store.disk.touch(BELL_BRAIN);
}

export interface InboxListing {
  readonly batches: readonly string[];
  readonly commands: readonly string[];
}

/** Both sorted by name, which for commands is the order in which they were given. */
export async function listInbox(store: Store): Promise<InboxListing> {
  const names = ((await store.disk.list(INBOX)) ?? []).toSorted();
  return {
    batches: names.filter((name) => BATCH_ID.test(name)),
    commands: names
      .filter((name) => name.endsWith(COMMAND_SUFFIX))
      .map((name) => name.slice(0, -COMMAND_SUFFIX.length))
      .filter((id) => COMMAND_ID.test(id)),
  };
}

export const readBatch = (store: Store, directory: string): Promise<Read<Batch>> =>
  readRecord(store.disk, `${directory}/batch.json`, batchSchema);

export const readCommand = (store: Store, path: string): Promise<Read<Command>> =>
  readRecord(store.disk, path, commandSchema);
