// The thinking brain on a server that behaves well and badly: questions that plans ask.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import * as play from '../helpers/plays.ts';
import type { Rig } from '../helpers/rig.ts';
import { openScriptedBrain, tasksText as tasks } from '../helpers/scripted-brain.ts';
import type { ScriptedBrain } from '../helpers/scripted-brain.ts';
import { jsonOf, textOf } from '../helpers/tree.ts';

let brain: ScriptedBrain;
let rig: Rig;
beforeAll(async () => {
  brain = await openScriptedBrain({ brain: { diagnosesMax: 0 } });
  ({ rig } = brain);
});
beforeEach(() => answers());
afterAll(() => brain.close());

const answers: ScriptedBrain['answers'] = (...lines) => brain.answers(...lines);
const file = (batch: string, path: string): string => rig.at(`${play.folderOf(batch)}/${path}`);
const ROUTE = `### route

- **task_class**: llm
- **decide**: What is it?
- **options**: contract, invoice
`;

it('decides a question with a reason, and later tasks go by the choice', async () => {
  answers({ when: 'What is it?', say: '{"reason": "it has a sum", "choice": "invoice"}' });
  const text = tasks(`### scan

- **task_class**: cpu
- **command**: \`echo '{"pages": 2}'\`

${ROUTE}- **depends_on**: scan
- **inputs**: scan

### book

- **task_class**: cpu
- **depends_on**: route
- **command**: \`grep -q '"choice": "invoice"' results/route.json\`

### tell

- **task_class**: llm
- **llm_model**: brain
- **depends_on**: route
- **inputs**: route
- **prompt**: Tell them.
`);
  const batch = await play.submit(rig, text, { plan: 'route' });
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  const [route] = play.attemptsOf(rig, batch, 'route');
  expect(route!.result).toMatchObject({
    choice: 'invoice',
    reason: 'it has a sum',
    tries: 1,
    output_file: 'results/route.json',
  });
  expect(jsonOf(file(batch, 'results/route.json'))).toEqual({
    reason: 'it has a sum',
    choice: 'invoice',
  });
  const prompt = jsonOf(file(batch, 'attempts/route.a1.prompt.json')) as { schema: unknown };
  expect(prompt.schema).toMatchObject({
    properties: { choice: { enum: ['contract', 'invoice'] } },
  });
  expect(textOf(file(batch, 'results/tell.txt'))).toContain('"choice": "invoice"');
  expect(play.decisions(rig)).toContain(
    `complete ${batch}/route: attempt 1 on cpu-1, chose \\"invoice\\": it has a sum`,
  );
});

it('asks again after a word that is no option, and after what is no JSON', async () => {
  answers({ when: 'What is it?', say: '{"reason": "?", "choice": "rm -rf /"}' });
  const batch = await play.submit(rig, tasks(ROUTE), { plan: 'odd' });
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  const [record] = play.attemptsOf(rig, batch, 'route');
  // The fake takes the first option when it is told what was wrong.
  expect(record!.result).toMatchObject({ choice: 'contract', tries: 2 });
  expect(play.logOf(rig, batch, 'route')).toContain('[tutti: try 1 of 3: /choice must be equal to');
  answers({ when: 'What is it?', say: 'It is an invoice.' }, { when: 'cannot be used', say: '{' });
  const other = await play.submit(rig, tasks(`${ROUTE}- **retries**: 0\n`), { plan: 'odder' });
  expect((await play.verdictOf(rig, other)).verdict).toBe('failed');
  const [failed] = play.attemptsOf(rig, other, 'route');
  expect(failed!.message).toContain('[PROMPT_REPLY]');
  expect(failed!.result ?? {}).not.toHaveProperty('choice');
});

it('ends a question that the model never answers by its timeout', async () => {
  answers({ when: 'What is it?', play: 'silent-from-the-start' });
  const text = tasks(`${ROUTE}- **retries**: 0\n- **timeout**: 2\n`);
  const batch = await play.submit(rig, text, { plan: 'silent' });
  expect((await play.verdictOf(rig, batch)).verdict).toBe('failed');
  expect(play.attemptsOf(rig, batch, 'route')).toMatchObject([{ outcome: 'timeout' }]);
});
