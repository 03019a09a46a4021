// docs/PLAN_FORMAT.md is the reference: what it shows must work, and nothing may be missing from it.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PLAN_ERRORS } from '../../../agents/protocol/plan/errors.ts';
import { parsePlan } from '../../../agents/protocol/plan/parse.ts';
import { resolveInputs } from '../../../agents/protocol/plan/resolve-inputs.ts';
import { FIELD_NAMES } from '../../../agents/protocol/plan/task-fields.ts';
import { renderCommand } from '../../../agents/protocol/plan/variables.ts';

const page = readFileSync(new URL('../../../docs/PLAN_FORMAT.md', import.meta.url), 'utf8');

/** The first cells of a section's tables. */
function rowsOf(heading: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]!);
}

const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map((match) => match[1]!);

it('the plan at the top parses', () => {
  const plan = parsePlan(blocks('markdown')[0]!, 'plan.md');
  expect(plan.tasks.map(({ name }) => name)).toEqual(['list', 'count', 'add_up']);
});

it('the goal and the inputs that are shown parse', () => {
  const tasks = `## Tasks\n\n### judge\n\n- **foreach**: {BATCH_PATH}/m.json\n- **command**: echo {ITEM}\n`;
  const text = `---\n${blocks('yaml')[0]!}---\n${blocks('markdown')[1]!}\n${tasks}`;
  const plan = parsePlan(text, 'plan.md');
  expect(plan.goal?.target).toBe(100);
  expect(resolveInputs(plan, { folder: '/data', note: '' }, '--set')).toEqual({
    quality: 5,
    note: '',
    folder: '/data',
    mode: 'fast',
    sizes: [640, 1280],
  });
});

it('the prompt that is shown parses', () => {
  const [, shown = ''] = /````md\n(.*?)````/s.exec(page) ?? [];
  const scan = '### scan\n\n- **task_class**: cpu\n- **command**: true\n';
  const plan = parsePlan(`## Tasks\n\n${scan}\n${shown}`, 'plan.md');
  expect(plan.tasks[1]).toMatchObject({ task_class: 'llm', schema: { type: 'object' } });
});

it('every field has a row, in order', () => {
  expect(rowsOf('Tasks and their fields').slice(0, FIELD_NAMES.length)).toEqual(FIELD_NAMES);
});

it('every code has a row', () => {
  expect(rowsOf('Errors').toSorted()).toEqual(Object.keys(PLAN_ERRORS).toSorted());
});

it('the table of quoting is what happens', () => {
  const render = (template: string): string =>
    renderCommand(template, { values: {}, item: `it's $x` });
  expect(render('wc {ITEM}')).toBe(String.raw`wc 'it'\''s $x'`);
  expect(render(`echo 'for {ITEM}'`)).toBe(String.raw`echo 'for it'\''s $x'`);
  expect(render('echo "for {ITEM}"')).toBe(String.raw`echo "for "'it'\''s $x'""`);
  expect(render('cat <<END\n{ITEM}\nEND')).toBe(`cat <<END\nit's \\$x\nEND`);
});
