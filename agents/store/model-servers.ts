// The records of an agent's model servers, and its memory of what models were measured to take.
import {
  measurementsPath,
  measurementsSchema,
  modelServerSchema,
  serverOwnerPath,
  serverRecordPath,
  serversPath,
} from '../protocol/model-server.ts';
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

export const removeServer = (
  store: Store,
  { kind, name }: AgentPlace,
  model: string,
): Promise<void> => store.disk.unlink(serverRecordPath(kind, name, model));

/** Damaged ones are left out: their servers end by themselves when their owner does not answer for them. */
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

export async function writeOwner(
  store: Store,
  { kind, name }: AgentPlace,
  pid: number,
  startTime: string,
): Promise<void> {
  await store.disk.mkdir(serversPath(kind, name));
  await publishVolatile(store, serverOwnerPath(kind, name), `${pid} ${startTime}\n`);
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
  a.kv_type === b.kv_type;

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
