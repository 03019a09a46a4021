// What an operator asks of the brain: a file in the inbox. The brain accepts it by moving it into the
// batch's `commands/`, where it stays: the control state of a batch is the fold of these files in order,
// so a cancel survives any crash and `ls` shows who asked for what.
import * as z from 'zod';
import { BATCH_ID, TASK_ID } from './ids.ts';

export const COMMAND_VERBS = ['cancel', 'retry', 'pause', 'resume'] as const;
export type CommandVerb = (typeof COMMAND_VERBS)[number];

export const COMMAND_ID = /^\d{8}-\d{9}-[a-z0-9]{5}$/;
export const COMMAND_SUFFIX = '.command.json';

export const commandSchema = z.strictObject({
  v: z.literal(1),
  id: z.string().regex(COMMAND_ID),
  verb: z.enum(COMMAND_VERBS),
  batch: z.string().regex(BATCH_ID),
  /** A task or template of the batch; absent for the whole batch. */
  task: z.string().regex(TASK_ID).optional(),
  /** For `retry`: also the tasks that were skipped because of it. */
  descendants: z.boolean().optional(),
  at: z.string(),
  by: z.string(),
});
export type Command = z.infer<typeof commandSchema>;

export interface BatchControl {
  readonly isPaused: boolean;
  readonly isCancelled: boolean;
  /** Tasks and templates that were cancelled alone. */
  readonly cancelled: ReadonlySet<string>;
}

export const NO_CONTROL: BatchControl = {
  isPaused: false,
  isCancelled: false,
  cancelled: new Set(),
};

/** The control state after `command`. A retry lifts an earlier cancel of the same thing. */
export function applyCommand(control: BatchControl, command: Command): BatchControl {
  const { task } = command;
  switch (command.verb) {
    case 'pause':
      return { ...control, isPaused: true };
    case 'resume':
      return { ...control, isPaused: false };
    case 'cancel':
      return task === undefined
        ? { ...control, isCancelled: true }
        : { ...control, cancelled: new Set([...control.cancelled, task]) };
    case 'retry':
      return task === undefined
        ? { ...control, isCancelled: false, cancelled: new Set() }
        : {
            ...control,
            isCancelled: false,
            cancelled: new Set([...control.cancelled].filter((name) => name !== task)),
          };
  }
}
