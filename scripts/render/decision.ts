// A decision of the brain on one line. Pure.
import type { Decision } from '../look/decisions.ts';
import type { Paint } from './paint.ts';

const TYPE_COLUMNS = 9;

function colourOf(type: string, paint: Paint): (text: string) => string {
  if (type === 'complete' || type === 'close') return paint.green;
  if (['fail', 'lose', 'reject', 'quarantine', 'escalate'].includes(type)) return paint.red;
  if (['retry', 'requeue', 'skip', 'cancel', 'recall', 'signal'].includes(type))
    return paint.yellow;
  return paint.cyan;
}

/** The time is UTC, as in every file of tutti. */
export function renderDecision({ timestamp, type, message }: Decision, paint: Paint): string {
  const time = `${timestamp.slice(0, 10)} ${timestamp.slice(11, 23)}`;
  const text = message.startsWith(`${type} `) ? message.slice(type.length + 1) : message;
  return `${paint.dim(time)}  ${colourOf(type, paint)(type.padEnd(TYPE_COLUMNS))}  ${text}`;
}
