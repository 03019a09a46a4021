// Plans for tests, from the few fields that a test is about.
type Fields = Readonly<Record<string, string | number>>;

const CLASSLESS = new Set(['brain']);

function fieldLine([name, value]: [string, string | number]): string {
  const text = String(value);
  if (name !== 'command') return `- **${name}**: ${text}`;
  if (!/[`\n]/.test(text)) return `- **command**: \`${text}\``;
  const block = text.split('\n').map((line) => `  ${line}`);
  return ['- **command**:', '', '  ```sh', ...block, '  ```'].join('\n');
}

function taskText([name, fields]: [string, Fields]): string {
  const needsClass =
    fields['task_class'] === undefined && !CLASSLESS.has(String(fields['executor']));
  const all = needsClass ? { task_class: 'cpu', ...fields } : fields;
  // A class of `none` leaves the field out: a definition error.
  const written = Object.entries(all).filter(
    ([key, value]) => !(key === 'task_class' && value === 'none'),
  );
  return [`### ${name}`, '', ...written.map(fieldLine), ''].join('\n');
}

/** `before` goes between the title and the tasks: inputs, a goal. The class of a task is cpu unless it says. */
export const planText = (tasks: Readonly<Record<string, Fields>>, before = ''): string =>
  ['# Plan: test', '', before, '', '## Tasks', '', ...Object.entries(tasks).map(taskText)].join(
    '\n',
  );

/** The command that writes a manifest of `count` items with the ids 1 to count. */
export const writeManifest = (count: number, file = 'items.jsonl'): string =>
  `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); echo "{\\"id\\":$i}"; done > {BATCH_PATH}/${file}`;
