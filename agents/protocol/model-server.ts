// What an agent writes down about the model servers that it starts, below its own folder: one record per server,
// written before the spawn, so that a restart finds what the last life left; and what models were measured to
// take. One writer per file, its agent.
import * as z from 'zod';
import { agentPath } from './layout.ts';
import type { AgentKind } from './layout.ts';

export const modelServerSchema = z.strictObject({
  v: z.literal(1),
  /** Name in the roster. */
  model: z.string(),
  /** The specification that it was loaded by, as JSON: another one means another load. */
  spec: z.string(),
  state: z.enum(['starting', 'ready']),
  /** TUTTI_CLAIM in the environment of the group: finds it when the pid is not known yet. */
  mark: z.string(),
  port: z.int(),
  /** What the server calls itself, so that another one on the same port is recognised. */
  alias: z.string(),
  context_tokens: z.int(),
  slots: z.int(),
  reserved_mib: z.number(),
  measured_mib: z.number().nullable(),
  /** Null between the record and the spawn. */
  pid: z.int().nullable(),
  start_time: z.string().nullable(),
  boot_id: z.string(),
  started_at: z.string(),
});
export type ModelServerRecord = z.infer<typeof modelServerSchema>;

const measurementSchema = z.strictObject({
  /** Name and size of the file: the same on every host, whatever its folder is called there. */
  file: z.string(),
  engine: z.string(),
  context_tokens: z.int(),
  slots: z.int(),
  kv_type: z.string(),
  /** It was split over; `mib` is what the fullest of them held. */
  cards: z.int().default(1),
  mib: z.number(),
  at: z.string(),
});
export type Measurement = z.infer<typeof measurementSchema>;

export const measurementsSchema = z.strictObject({
  v: z.literal(1),
  measurements: z.array(measurementSchema),
});

/** A name of the roster as part of a file name. */
const stem = (model: string): string => model.replaceAll(/[^A-Za-z0-9_.-]/g, '_');

export const serversPath = (kind: AgentKind, agent: string): string =>
  `${agentPath(kind, agent)}/servers`;
export const serverRecordPath = (kind: AgentKind, agent: string, model: string): string =>
  `${serversPath(kind, agent)}/${stem(model)}.json`;
export const serverLogPath = (kind: AgentKind, agent: string, model: string): string =>
  `${serversPath(kind, agent)}/${stem(model)}.log`;
/** `<pid> <start time>` of the agent that answers for it: a server whose owner is gone for long ends itself. */
export const serverOwnerPath = (kind: AgentKind, agent: string, model: string): string =>
  `${serversPath(kind, agent)}/${stem(model)}.owner`;
export const measurementsPath = (kind: AgentKind, agent: string): string =>
  `${agentPath(kind, agent)}/measured.json`;
