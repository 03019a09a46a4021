import { expect, it } from 'vitest';
import { parsePlan } from '../../../agents/protocol/plan/parse.ts';
import type { Plan, PlanTask } from '../../../agents/protocol/plan/types.ts';

const parse = (text: string): Plan => parsePlan(text, 'plan.md');

/** The only task of a plan with these fields, without its place and name. */
function taskWith(fields: string, head = ''): Partial<PlanTask> {
  const { tasks } = parse(`${head}# Plan: x\n\n## Tasks\n\n### a\n\n${fields}\n`);
  expect(tasks).toHaveLength(1);
  return Object.fromEntries(
    Object.entries(tasks[0]!).filter(([key]) => key !== 'place' && key !== 'name'),
  );
}

it('reads every field', () => {
  const task = taskWith(`- **executor**: worker
- **task_class**: script
- **command**: \`run {ITEM.path} --out {BATCH_PATH}\`
- **depends_on**: none
- **foreach**: {BATCH_PATH}/manifest.json:a.b
- **batch_size**: 5
- **vram_policy**: fixed
- **vram_estimate_mb**: 2048
- **llm_model**: qwen_2.5-7b *instruct*
- **llm_min_tier**: 2
- **llm_placement**: split_gpu
- **timeout**: 1.5h
- **retries**: 0
- **priority**: urgent
- **requires**: {BATCH_PATH}/a, \`{BATCH_PATH}/b c\`
- **produces**:
  - {BATCH_PATH}/results/{ITEM.id}.json
  - \`{BATCH_PATH}/a, b.json\`
- **env**:
  - A: one, two
  - B=three
  - C: \`four\``);
  expect(task).toEqual({
    executor: 'worker',
    task_class: 'script',
    command: 'run {ITEM.path} --out {BATCH_PATH}',
    depends_on: [],
    foreach: '{BATCH_PATH}/manifest.json:a.b',
    batch_size: 5,
    vram_policy: 'fixed',
    vram_estimate_mb: 2048,
    llm_model: 'qwen_2.5-7b *instruct*',
    modelPlace: { file: 'plan.md', line: 15, column: 18 },
    llm_min_tier: 2,
    llm_placement: 'split_gpu',
    timeout_s: 5400,
    retries: 0,
    priority: 10,
    requires: ['{BATCH_PATH}/a', '{BATCH_PATH}/b c'],
    produces: ['{BATCH_PATH}/results/{ITEM.id}.json', '{BATCH_PATH}/a, b.json'],
    env: { A: 'one, two', B: 'three', C: 'four' },
  });
});

it('reads every field of a prompt', () => {
  const task = taskWith(`- **task_class**: llm
- **depends_on**: none
- **llm_model**: writer
- **prompt**:

  \`\`\`text
  Summarize {BATCH_PATH}.

  Be short.
  \`\`\`

- **inputs**: {BATCH_PATH}/a.txt, results/b.txt
- **system**: You are a *librarian*.
- **output_file**: \`{BATCH_PATH}/output/a.json\`
- **schema**:

  \`\`\`json
  { "type": "object", "properties": { "title": { "type": "string" } } }
  \`\`\`

- **max_tokens**: 200
- **temperature**: 0.2
- **seed**: 7`);
  expect(task).toEqual({
    executor: 'worker',
    task_class: 'llm',
    command: '',
    depends_on: [],
    priority: undefined,
    llm_model: 'writer',
    modelPlace: { file: 'plan.md', line: 9, column: 18 },
    prompt: 'Summarize {BATCH_PATH}.\n\nBe short.',
    inputs: ['{BATCH_PATH}/a.txt', 'results/b.txt'],
    system: 'You are a *librarian*.',
    output_file: '{BATCH_PATH}/output/a.json',
    schema: { type: 'object', properties: { title: { type: 'string' } } },
    max_tokens: 200,
    temperature: 0.2,
    seed: 7,
  });
});

it('reads a question and its options, in one line or a list', () => {
  const question = '- **task_class**: llm\n- **decide**: Is {BATCH_ID} good?\n- **options**:';
  const wanted = { decide: 'Is {BATCH_ID} good?', options: ['yes', 'no, or maybe'] };
  expect(taskWith(`${question}\n  - yes\n  - no, or maybe`)).toMatchObject(wanted);
  expect(taskWith(`${question} yes, no`)).toMatchObject({ ...wanted, options: ['yes', 'no'] });
});

it('leaves out what is not written: the defaults belong to the configuration', () => {
  expect(taskWith('- **command**: true')).toEqual({
    executor: 'worker',
    command: 'true',
    depends_on: [],
    priority: undefined,
  });
});

it.each([
  ['90', 90],
  ['90s', 90],
  ['10m', 600],
  ['2h', 7200],
  ['`0.5`', 0.5],
])('a timeout of %s is %d seconds', (written, seconds) => {
  expect(taskWith(`- **command**: true\n- **timeout**: ${written}`).timeout_s).toBe(seconds);
});

it.each([
  ['low', 3],
  ['normal', 5],
  ['high', 8],
  ['urgent', 10],
  ['0', 0],
  ['99', 99],
])('the priority %s is %d', (written, value) => {
  expect(taskWith(`- **command**: true\n- **priority**: ${written}`).priority).toBe(value);
});

it.each([
  ['- **executor**: brain', 'brain', 'brain'],
  ['- **task_class**: brain', 'brain', 'brain'],
  ['- **task_class**: meta', 'worker', 'meta'],
  ['- **executor**: worker', 'worker', undefined],
  ['- **executor**: brain\n- **task_class**: cpu', 'brain', undefined],
])('%s runs on %s as %s', (written, executor, taskClass) => {
  const task = taskWith(`${written}\n- **command**: true`);
  expect([task.executor, task.task_class]).toEqual([executor, taskClass]);
});

it.each([
  ['a code span', '`echo "$HOME" | tr a b`', 'echo "$HOME" | tr a b'],
  ['a code span of several marks', '`` echo `date` ``', 'echo `date`'],
  ['plain text, as it is written', 'echo *.txt a\\_b &amp; <c>', 'echo *.txt a\\_b &amp; <c>'],
  [
    'a fenced block',
    '\n\n  ```sh\n  if true; then\n    echo\n  fi\n  ```',
    'if true; then\n  echo\nfi',
  ],
  ['a fenced block without indentation', '\n\n```\necho 1\n```', 'echo 1'],
  ['a block of tildes', '\n\n  ~~~\n  echo `date`\n  ~~~', 'echo `date`'],
])('a command as %s', (_, written, command) => {
  expect(taskWith(`- **command**: ${written}`).command).toBe(command);
});

it('braces that are no variables stay', () => {
  const command = `awk '{print $1}' x; echo {a,b} \${HOME} "\${x:-1}"; { true; }; echo '{"k":1}' {} {{literal}}`;
  expect(taskWith(`- **command**: \`${command}\``).command).toBe(command);
});

it('prose, comments and blocks around the fields are left alone', () => {
  const plan = parse(`# Plan: x

## Tasks

What follows are tasks.

### a

It says: hello.

- **command**: true

<!--
### old

- **command**: false
-->

> ### quoted

\`\`\`
### in a block
\`\`\`

#### Details

More prose.

### b

* **command**: false
`);
  expect(plan.tasks.map(({ name, command }) => [name, command])).toEqual([
    ['a', 'true'],
    ['b', 'false'],
  ]);
});

it('headings outside of the section are no tasks, and a higher heading ends it', () => {
  const plan = parse(
    '# Plan: My plan\n\n## Available Scripts\n\n### one.py\n\n- **x**: y\n\n## tasks\n\n### a\n\n- **command**: true\n\n# Appendix\n\n### b\n\n## Notes\n\n### c\n',
  );
  expect(plan.title).toBe('My plan');
  expect(plan.tasks.map(({ name }) => name)).toEqual(['a']);
});

it('the line of a task counts the front matter', () => {
  const { tasks, inputs, title } = parse(
    '---\ntitle: From above\ninputs:\n  n: 1\n---\n\n## Tasks\n\n### a\n\n- **command**: echo {n}\n',
  );
  expect(title).toBe('From above');
  expect(inputs).toEqual([{ name: 'n', type: 'number', default: 1, isRequired: false }]);
  expect(tasks[0]!.place).toEqual({ file: 'plan.md', line: 9, column: 1 });
});

it('a goal with fields ends the batch, one in prose does not', () => {
  const plan = (goal: string): Plan =>
    parse(
      `# Plan: x\n\n## Goal\n\n${goal}\n\n## Tasks\n\n### a\n\n- **foreach**: {BATCH_PATH}/m.json\n- **command**: echo {ITEM}\n`,
    );
  expect(plan('All done.\n\n- **soon**: please').goal).toBeUndefined();
  expect(
    plan('- **type**: target_count\n- **target**: 10\n- **tolerance**: 1\n- **tracked_task**: `a`')
      .goal,
  ).toEqual({ target: 10, tolerance: 1, trackedTask: 'a', maxAttemptsMultiplier: 3 });
});

it('a long plan is parsed in pieces, and every line stays where it is', () => {
  const task = (n: number): string =>
    `### t${n}\n\n- **depends_on**: ${n === 0 ? 'none' : `t${n - 1}`}\n- **command**:\n\n  \`\`\`sh\n  # no heading\n  ### t0\n  \`\`\`\n`;
  const text = `## Tasks\n\n${Array.from({ length: 1000 }, (_, n) => task(n)).join('\n')}`;
  const { tasks } = parse(text);
  const lines = text.split('\n');
  expect(tasks).toHaveLength(1000);
  expect(tasks.every(({ name, place }) => lines[place.line! - 1] === `### ${name}`)).toBe(true);
  expect(new Set(tasks.map(({ command }) => command))).toEqual(new Set(['# no heading\n### t0']));
});

it.each([
  ['a block', '```\n', '```'],
  ['a comment', '<!--\n', '-->'],
  ['a list that ends before its block does', '- a\n\n  ```\n  b\nend\n\n```\n', '```'],
  ['a block behind marks in HTML', '<div>\n```\n</div>\n\n```\n', '```'],
  ['a block behind marks that are none', '``` a`b\n\n```\n', '```'],
  ['a block with marks that are code in it', '```\n    ```\n', '```'],
])('a heading inside %s is none, however long the plan is', (_, open, close) => {
  const filler = 'One more line of prose.\n'.repeat(500);
  const text = `## Tasks\n\n${open}\n${filler}\n### a\n\n${filler}\n### b\n${close}\n\n### c\n\n- **command**: true\n`;
  const { tasks } = parse(text);
  expect(tasks.map(({ name, place }) => [name, text.split('\n')[place.line! - 1]])).toEqual([
    ['c', '### c'],
  ]);
});

it('a heading in the middle of an HTML block is none, however long the plan is', () => {
  const filler = 'One more line of HTML.\n'.repeat(500);
  const text = `## Tasks\n\n<div>\n${filler}### a\n</div>\n\n### c\n\n- **command**: true\n`;
  expect(parse(text).tasks.map(({ name }) => name)).toEqual(['c']);
});
