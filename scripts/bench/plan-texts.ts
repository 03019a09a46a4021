// The plans that scenarios submit.

type Fields = Readonly<Record<string, string>>;

const taskText = ([name, fields]: readonly [string, Fields]): string => {
  const lines = Object.entries({ task_class: 'cpu', ...fields }).map(([key, value]) =>
    key === 'command' ? `- **command**: \`${value}\`` : `- **${key}**: ${value}`,
  );
  return [`### ${name}`, '', ...lines, ''].join('\n');
};

export const planOf = (tasks: readonly (readonly [string, Fields])[]): string =>
  ['# Plan: bench', '', '## Tasks', '', ...tasks.map(taskText)].join('\n');

/** `work`: a `foreach` of `count` children, after one task that writes its manifest. */
export const manyText = (count: number, command: string, more: Fields = {}): string =>
  planOf([
    ['items', { command: `seq ${count} | sed 's/.*/{"id":"&"}/' > {BATCH_PATH}/items.jsonl` }],
    ['work', { foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'items', command, ...more }],
  ]);

/** Writes the wall clock in nanoseconds into the log of the attempt. */
export const STAMP = 'date +%s%N';

/** `t0` to `t<count-1>`, each after the one before. */
export const chainText = (count: number, command: string): string =>
  planOf(
    Array.from({ length: count }, (_, index) => [
      `t${index}`,
      { command, ...(index === 0 ? {} : { depends_on: `t${index - 1}` }) },
    ]),
  );

export const oneText = (command: string, more: Fields = {}): string =>
  planOf([['one', { command, ...more }]]);

/** One task, `count` that wait for it by name, and one that waits for all of those. */
export function fanText(count: number): string {
  const names = Array.from({ length: count }, (_, index) => `f${index}`);
  return planOf([
    ['root', { command: 'true' }],
    ...names.map((name) => [name, { command: 'true', depends_on: 'root' }] as const),
    ['join', { command: 'true', depends_on: names.join(', ') }],
  ]);
}
