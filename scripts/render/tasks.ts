// One line per task, for `tutti status --tasks`. Pure.
import type { TaskRecord } from '../records/status.ts';
import type { Paint } from './paint.ts';
import { columns, duration, painted } from './text.ts';

export function renderTasks(tasks: readonly TaskRecord[], paint: Paint): string[] {
  if (tasks.length === 0) return ['no tasks'];
  const rows = columns(
    tasks.map((task) => cells(task, paint)),
    '  ',
  );
  return tasks.flatMap(({ batch }, index) =>
    batch === tasks[index - 1]?.batch ? [rows[index]!] : [paint.bold(batch), rows[index]!],
  );
}

function cells(task: TaskRecord, paint: Paint): string[] {
  const notes = [
    task.agent === null ? '' : `on ${task.agent}`,
    task.elapsed_ms === null ? '' : duration(task.elapsed_ms),
    task.reason === null || task.reason === task.state ? '' : task.reason,
    task.retry_in_ms === null ? '' : `retries in ${duration(task.retry_in_ms)}`,
    task.state === 'failed' && task.log !== null ? task.log : '',
  ].filter((note) => note !== '');
  const attempt = task.attempt > 1 ? `a${task.attempt}` : '';
  return [task.task, painted(task.state, paint), attempt, notes.join(', ')];
}
