// Signals are files, one per (agent, verb) or (agent, verb, task, attempt), so that two never share a
// slot. The receiver acknowledges by moving the file to signals/done/. `pause`, `reserve` and `lend` are states,
// not events: they hold as long as the file is there.
//
//   <agent>.stop.json       finish what runs, take nothing new, exit
//   <agent>.stop_now.json   give the running work back, exit
//   <agent>.pause.json      take nothing new
//   <agent>.reserve.json    take nothing new and give up models: the card is for somebody else, perhaps for a time
//   <agent>.lend.json       the same, by the brain: the card is part of a group that another agent loads a model on
//   <agent>.abort.<batch>.<task>.a<attempt>.json   TERM to the process group, KILL after the grace
//   <agent>.kill.<batch>.<task>.a<attempt>.json    KILL at once
import * as z from 'zod';
import { AGENT_NAME, BATCH_ID, TASK_ID } from './ids.ts';
import { lentSchema } from './reservation.ts';

export const AGENT_SIGNALS = ['stop', 'stop_now', 'pause', 'reserve', 'lend'] as const;
export const TASK_SIGNALS = ['abort', 'kill'] as const;
export type AgentSignal = (typeof AGENT_SIGNALS)[number];
export type TaskSignal = (typeof TASK_SIGNALS)[number];

export type SignalName =
  | { readonly agent: string; readonly verb: AgentSignal }
  | {
      readonly agent: string;
      readonly verb: TaskSignal;
      readonly batch: string;
      readonly task: string;
      readonly attempt: number;
    };

export const signalSchema = z.strictObject({
  v: z.literal(1),
  /** `operator` or `brain`: an operator's abort is final, the brain's abort of a stuck task is a timeout. */
  by: z.enum(['operator', 'brain']),
  reason: z.string(),
  at: z.string(),
  /** Of a reservation: `user@host`, and how long it lasts from when its agent sees it; without, until it is released. */
  who: z.string().optional(),
  for_ms: z.int().min(1).optional(),
  /** Of a lend: the agent that owns the group, and the model that it loads. */
  lent_to: lentSchema.optional(),
});
export type Signal = z.infer<typeof signalSchema>;

export function formatSignal(name: SignalName): string {
  const stem = `${name.agent}.${name.verb}`;
  return 'task' in name
    ? `${stem}.${name.batch}.${name.task}.a${name.attempt}.json`
    : `${stem}.json`;
}

export function parseSignal(fileName: string): SignalName | null {
  if (!fileName.endsWith('.json')) return null;
  const [agent, verb, batch, task, attempt, ...rest] = fileName.slice(0, -5).split('.');
  if (agent === undefined || !AGENT_NAME.test(agent) || rest.length > 0) return null;
  if (AGENT_SIGNALS.includes(verb as AgentSignal)) {
    return batch === undefined ? { agent, verb: verb as AgentSignal } : null;
  }
  if (!TASK_SIGNALS.includes(verb as TaskSignal)) return null;
  if (!BATCH_ID.test(batch ?? '') || !TASK_ID.test(task ?? '')) return null;
  const number = /^a(0|[1-9]\d{0,5})$/.exec(attempt ?? '');
  return number === null
    ? null
    : { agent, verb: verb as TaskSignal, batch: batch!, task: task!, attempt: Number(number[1]) };
}
