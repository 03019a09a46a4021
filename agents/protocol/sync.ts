// What crosses an air gap, and how. On the way in everything is a parcel with a key that is unique for ever:
// a submission, a command, a signal. The gateway carries parcels to a folder of its own in the rig's inbox
// and lists them in a manifest, which arrives last; the brain takes what is complete, leaves a receipt and
// publishes it by one rename. The receipt comes out, and the parcel is never carried again (docs/adr/0012).
import * as z from 'zod';
import { COMMAND_ID } from './command.ts';
import { BATCH_ID, hashText } from './ids.ts';
import { ARRIVING, RECEIPTS, SYNC } from './layout.ts';
import { parseSignal } from './signal.ts';
import type { SignalName } from './signal.ts';

/** A gateway is called as its host, in letters that any file system takes. */
export const gatewayName = (host: string): string =>
  host.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 64);

export const SYNC_STATE = `${SYNC}/state.json`;
export const OUTGOING = `${SYNC}/outgoing`;
export const MANIFEST = 'manifest.json';
/** The plan's files inside a submission on its way. */
export const SHIPPED_PLAN = 'shipped';

export const arrivingPath = (gateway: string): string => `${ARRIVING}/${gateway}`;
export const receiptPath = (key: string): string => `${RECEIPTS}/${key}.json`;

export type Parcel =
  | { readonly is: 'submission'; readonly batch: string }
  | { readonly is: 'command'; readonly id: string }
  | { readonly is: 'signal'; readonly name: SignalName; readonly file: string };

const SIGNAL_KEY = /^(.+)\.([0-9a-z]{7})\.signal$/;

/** A signal of the same name may be sent again some day: its content, which has a time, tells them apart. */
export const signalKey = (file: string, text: string): string =>
  `${file.replace(/\.json$/, '')}.${hashText(text)}.signal`;
export const commandKey = (id: string): string => `${id}.command`;

export function parseKey(key: string): Parcel | null {
  if (BATCH_ID.test(key)) return { is: 'submission', batch: key };
  const id = key.endsWith('.command') ? key.slice(0, -'.command'.length) : '';
  if (COMMAND_ID.test(id)) return { is: 'command', id };
  const file = `${SIGNAL_KEY.exec(key)?.[1]}.json`;
  const name = parseSignal(file);
  return name === null ? null : { is: 'signal', name, file };
}

/** Content of at most so many bytes is hashed; of larger files the size has to do, beside rsync's own check. */
export const HASHED_BYTES_MAX = 65_536;

const manifestFileSchema = z.strictObject({
  /** Relative to the parcel; empty for a parcel that is one file. */
  path: z
    .string()
    .refine(
      (path) => !path.startsWith('/') && !path.split('/').includes('..'),
      'leaves its parcel',
    ),
  size: z.int().min(0),
  hash: z.string().nullable(),
});

/** `inbox/.arriving/<gateway>/manifest.json`: everything on its way, in the order in which it is taken. */
export const manifestSchema = z.strictObject({
  v: z.literal(1),
  gateway: z.string(),
  parcels: z.array(
    z.strictObject({
      key: z.string().refine((key) => parseKey(key) !== null, 'no such parcel'),
      files: z.array(manifestFileSchema),
    }),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestParcel = Manifest['parcels'][number];

/** A moment on the gateway: for people, and for its own clock since boot, which nobody sets. */
const momentSchema = z.strictObject({
  at: z.string(),
  boot_id: z.string(),
  /** Milliseconds since boot. */
  up_ms: z.number(),
});
export type Moment = z.infer<typeof momentSchema>;

/** `sync/state.json` on the gateway, written by `tutti sync`: how old the picture is, and what is on its way. */
export const syncStateSchema = z.strictObject({
  v: z.literal(1),
  rig: z.string(),
  gateway: z.string(),
  /** The process that synced last. */
  pid: z.int(),
  start_time: z.string(),
  boot_id: z.string(),
  host: z.string(),
  /** The last pull that brought everything; null before the first. */
  pulled: momentSchema.nullable(),
  /** Items that have no receipt yet. */
  pending: z.int(),
  /** Rounds that failed since the last good one, and what rsync said. */
  failures: z.int(),
  problem: z.string().nullable(),
  /** What could not be carried, in sentences. */
  refused: z.array(z.string()),
  /** The brain's picture as this gateway saw it change. */
  brain: z
    .strictObject({
      mark: z.string(),
      changed: momentSchema,
      /** Between the two pulls around the last change; null when there was no pull before. */
      gap_ms: z.number().nullable(),
    })
    .nullable(),
});
export type SyncState = z.infer<typeof syncStateSchema>;
