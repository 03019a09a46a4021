// The control state of a batch: the fold of the commands it has accepted, in the order they were given.
import { applyCommand, COMMAND_ID, NO_CONTROL } from '../protocol/command.ts';
import type { BatchControl } from '../protocol/command.ts';
import { batchPath } from '../protocol/layout.ts';
import { readCommand } from '../store/inbox.ts';
import type { Store } from '../store/store.ts';
import type { OpenBatch } from './model.ts';

export const commandsPath = (open: OpenBatch): string =>
  `${batchPath(open.batch.plan, open.batch.id)}/commands`;

/** A damaged command is left out; its name still shows it. */
export async function readControl(store: Store, open: OpenBatch): Promise<BatchControl> {
  const directory = commandsPath(open);
  const names = ((await store.disk.list(directory)) ?? [])
    .filter((name) => name.endsWith('.json') && COMMAND_ID.test(name.slice(0, -'.json'.length)))
    .toSorted();
  let control = NO_CONTROL;
  for (const name of names) {
    const read = await readCommand(store, `${directory}/${name}`);
    if (read.is === 'ok') control = applyCommand(control, read.value);
  }
  return control;
}
