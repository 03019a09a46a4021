// The records of an agent's model servers, and its memory of what models were measured to take.
import {
  measurementsPath,
  measurementsSchema,
  modelServerSchema,
  serverOwnerPath,
  serverRecordPath,
  serversPath,
} from '../protocol/model-server.ts';
import type { ProcessIdentity } from '../protocol/attempt.ts';
import type { Measurement, ModelServerRecord } from '../protocol/model-server.ts';
import type { AgentKind } from '../protocol/layout.ts';
import { encodePretty, readRecord } from './records.ts';
import { publish, publishVolatile } from './store.ts';
import type { Store } from './store.ts';

export interface AgentPlace {
  readonly kind: AgentKind;
  readonly name: string;
}

/** Durable where the store is: it is what a restart finds a stray server by. */
export const writeServer = (
  store: Store,
  { kind, name }: AgentPlace,
  record: ModelServerRecord,
): Promise<void> =>
  publish(store, serverRecordPath(kind, name, record.model), encodePretty(record));

export async function removeServer(
  { disk }: Store,
  { kind, name }: AgentPlace,
  model: string,
): Promise<void> {
  await disk.unlink(serverRecordPath(kind, name, model));
  await disk.unlink(serverOwnerPath(kind, name, model));
}

/** Damaged ones are left out: nobody answers for their servers any more, so that these end themselves. */
export async function readServers(
  store: Store,
  { kind, name }: AgentPlace,
): Promise<ModelServerRecord[]> {
  const folder = serversPath(kind, name);
  const records: ModelServerRecord[] = [];
  for (const file of ((await store.disk.list(folder)) ?? []).toSorted()) {
    if (!file.endsWith('.json')) continue;
    const read = await readRecord(store.disk, `${folder}/${file}`, modelServerSchema);
    if (read.is === 'ok') records.push(read.value);
  }
  return records;
}

/** From now on the process answers for the server. */
export async function writeOwner(
  store: Store,
  { kind, name }: AgentPlace,
  model: string,
  { pid, startTime }: ProcessIdentity,
): Promise<void> {
  await store.disk.mkdir(serversPath(kind, name));
  await publishVolatile(store, serverOwnerPath(kind, name, model), `${pid} ${startTime}\n`);
}

/** The newest come last; older ones are forgotten. */
const MEASUREMENTS_MAX = 500;

export async function readMeasurements(
  store: Store,
  { kind, name }: AgentPlace,
): Promise<readonly Measurement[]> {
  const read = await readRecord(store.disk, measurementsPath(kind, name), measurementsSchema);
  return read.is === 'ok' ? read.value.measurements : [];
}

export const isSameLoad = (
  a: Omit<Measurement, 'mib' | 'at'>,
  b: Omit<Measurement, 'mib' | 'at'>,
): boolean =>
  a.file === b.file &&
  a.engine === b.engine &&
  a.context_tokens === b.context_tokens &&
  a.slots === b.slots &&
  a.kv_type === b.kv_type &&
  a.cards === b.cards;

/** Replaces what was known of the same load. */
export async function rememberMeasurement(
  store: Store,
  place: AgentPlace,
  measurement: Measurement,
): Promise<void> {
  const known = await readMeasurements(store, place);
  const others = known.filter((one) => !isSameLoad(one, measurement));
  const measurements = [...others, measurement].slice(-MEASUREMENTS_MAX);
  const path = measurementsPath(place.kind, place.name);
  await publishVolatile(store, path, encodePretty({ v: 1, measurements }));
}
