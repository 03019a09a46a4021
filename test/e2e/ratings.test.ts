// Outputs that are rated by the thinking brain, on a server that behaves well and badly, and a brain that is killed
// while it waits; and what it thinks of failures.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { tutti } from '../helpers/command-line.ts';
import { eventually } from '../helpers/eventually.ts';
import * as play from '../helpers/plays.ts';
import type { Program } from '../helpers/program.ts';
import type { Rig } from '../helpers/rig.ts';
import { openScriptedBrain, tasksText as tasks } from '../helpers/scripted-brain.ts';
import type { ScriptedBrain } from '../helpers/scripted-brain.ts';
import { jsonOf, textOf, namesIn } from '../helpers/tree.ts';

let thinker: ScriptedBrain;
let rig: Rig;
let brain: Program;
beforeAll(async () => {
  const config = {
    brain: { diagnoseWaitMs: 4000 },
    task: { timeoutS: 4, replyTriesMax: 2 },
    retry: { attempts: 2 },
  };
  thinker = await openScriptedBrain(config, false);
  ({ rig } = thinker);
  brain = rig.startBrain();
  const programs = [brain, rig.startAgent('cpu-1')];
  await Promise.all(programs.map((program) => rig.ready(program)));
});
beforeEach(() => answers());
afterAll(() => thinker.close());

const answers: ScriptedBrain['answers'] = (...lines) => thinker.answers(...lines);
const rated = (rating: number, feedback: string): string => JSON.stringify({ feedback, rating });
const file = (batch: string, path: string): string => rig.at(`${play.folderOf(batch)}/${path}`);
const DIGEST = `### digest

- **task_class**: llm
- **llm_model**: wise
- **prompt**: Sum it up.
- **evaluate**: true
`;
const NEXT = `
### next

- **task_class**: cpu
- **depends_on**: digest
- **command**: true
`;
const RATE = 'Rate what a task has made';

it('tries an output again that was rated too low, with the feedback for the model', async () => {
  answers(
    { when: [RATE, 'what was wrong with it'], say: rated(4, 'Fine now.') },
    { when: RATE, say: rated(2, 'It has no numbers.') },
  );
  const batch = await play.submit(rig, tasks(DIGEST + NEXT), { plan: 'digest' });
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  const [first, second] = play.attemptsOf(rig, batch, 'digest');
  expect(first).toMatchObject({
    outcome: 'disapproved',
    rating: { rating: 2, feedback: 'It has no numbers.', model: 'wise' },
  });
  expect(second).toMatchObject({ outcome: 'complete', rating: { rating: 4, model: 'wise' } });
  expect(second!.message).toContain('Its output was rated 4 of 5 by wise: Fine now.');
  const asked = jsonOf(file(batch, 'attempts/digest.a2.prompt.json'));
  expect(asked).toMatchObject({ feedback: { rating: 2, feedback: 'It has no numbers.' } });
  expect(textOf(file(batch, 'results/digest.txt'))).toMatch(
    /Sum it up\.\n\n--- your last answer, which was rated 2 of 5 ---\necho: Sum it up\.\n\n--- what was wrong with it; .* ---\nIt has no numbers\./,
  );
  const log = play.decisions(rig);
  const { stdout } = await tutti(rig, 'samples', 'export', '--batch', batch);
  const samples = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(samples).toMatchObject([
    {
      outcome: 'disapproved',
      rating: { rating: 2, feedback: 'It has no numbers.', model: 'wise' },
    },
    { outcome: 'complete', rating: { rating: 4 } },
  ]);
  expect(log).toContain(`${first!.rating!.by}: attempt 1 of ${batch}/digest asks for a rating`);
  expect(log).toContain(`disapprove ${batch}/digest: rated 2 of 5 by wise: It has no numbers.`);
  expect(log).toContain(`approve ${batch}/digest: rated 4 of 5 by wise: Fine now.`);
  // Nothing that depends on it began before it was approved.
  const moves = log.split('\n').map((line) => line.slice(line.indexOf('"message"')));
  const at = (text: string): number => moves.findIndex((line) => line.includes(text));
  expect(at(`approve ${batch}/digest: rated 4`)).toBeLessThan(at(`release ${batch}/next`));
});

it('fails for good what is rated too low each time, and tells a command why', async () => {
  answers({ when: RATE, say: rated(1, 'Nothing at all.') });
  const text = tasks(`### digest

- **task_class**: cpu
- **retries**: 1
- **evaluate**: true
- **command**: \`echo "told: $TUTTI_RATING $TUTTI_FEEDBACK"\`
${NEXT}`);
  const batch = await play.submit(rig, text, { plan: 'poor' });
  const { verdict, problems, counts } = await play.verdictOf(rig, batch);
  expect(verdict).toBe('failed');
  expect(counts).toMatchObject({ failed: 1, skipped: 1 });
  expect(problems[0]).toMatchObject({ task: 'digest', reason: 'disapproved', attempt: 2 });
  expect(textOf(file(batch, 'logs/digest.a2.log'))).toBe('told: 1 Nothing at all.\n');
});

it.each([
  ['says no JSON', { when: RATE, say: 'It is fine, I guess.' }],
  ['gives a rating that there is not', { when: RATE, say: rated(9, 'Wow.') }],
  ['never answers', { when: RATE, play: 'silent-from-the-start' }],
])('an output counts as it is when the model %s', async (_what, line) => {
  answers({ when: 'cannot be used', say: 'I told you.' }, line);
  const batch = await play.submit(rig, tasks(DIGEST), { plan: 'unrated' });
  expect((await play.verdictOf(rig, batch, 55_000)).verdict).toBe('complete');
  const [record] = play.attemptsOf(rig, batch, 'digest');
  expect(record!.outcome).toBe('complete');
  expect(record).not.toHaveProperty('rating');
  expect(record!.message).toMatch(/not rated: its evaluation ended (failed|timeout)$/);
  expect(play.decisions(rig)).toContain(`approve ${batch}/digest: not rated: its evaluation ended`);
});

it('a brain that is killed while it waits for a rating finds it again', async () => {
  answers({ when: RATE, play: 'silent-from-the-start' });
  const batch = await play.submit(rig, tasks(DIGEST), { plan: 'killed' });
  // Not the line in the log, which comes before the task: a brain killed in between asks again, rightly.
  await eventually('its evaluation is released', () =>
    ['tasks/queue', 'tasks/processing'].some((lane) =>
      namesIn(rig.at(lane)).some((name) => name.includes('.evaluate')),
    ),
  );
  await rig.kill('brain');
  answers({ when: RATE, say: rated(5, 'Good.') });
  brain = rig.startBrain();
  await rig.ready(brain);
  expect((await play.verdictOf(rig, batch, 55_000)).verdict).toBe('complete');
  const [record] = play.attemptsOf(rig, batch, 'digest');
  expect(record).toMatchObject({ outcome: 'complete', rating: { rating: 5 } });
  const asked = play.decisions(rig).split(`${batch}/digest asks for a rating`).length - 1;
  expect(asked).toBe(1);
});

const SAYS = JSON.stringify({
  cause: 'The file is missing.',
  is_definition_error: true,
  advice: 'Correct the path.',
});

it('says in the summary what it thinks of a failure, and never overrules a rule', async () => {
  answers(
    { when: ['A task has failed', 'no.such.bin'], say: SAYS.replace('true', 'false') },
    { when: ['A task has failed', 'exit status 3', 'cat: nothing'], say: SAYS },
  );
  const text = tasks(`### broken

- **task_class**: cpu
- **command**: \`echo 'cat: nothing'; exit 3\`

### classless

- **command**: no.such.bin
`);
  const batch = await play.submit(rig, text, { plan: 'diagnose' });
  const { verdict, problems } = await play.verdictOf(rig, batch);
  expect(verdict).toBe('failed');
  expect(problems.find(({ task }) => task === 'broken')!.diagnosis).toEqual({
    cause: 'The file is missing.',
    is_definition_error: true,
    decided_by: 'model',
    advice: 'Correct the path.',
    model: 'wise',
  });
  const classless = problems.find(({ task }) => task === 'classless')!;
  expect(classless).toMatchObject({
    reason: 'definition',
    diagnosis: { is_definition_error: true, decided_by: 'rule' },
  });
  expect(textOf(file(batch, 'RUN_SUMMARY.md'))).toContain(
    'wise thinks: The file is missing. Its advice: Correct the path. It takes this for an error of the definition.',
  );
});

it('writes the summary without a diagnosis when the model never answers', async () => {
  answers({ when: 'A task has failed', play: 'silent-from-the-start' });
  const text = tasks(
    '### broken\n\n- **task_class**: cpu\n- **retries**: 0\n- **command**: false\n',
  );
  const batch = await play.submit(rig, text, { plan: 'mute' });
  const { verdict, problems } = await play.verdictOf(rig, batch, 55_000);
  expect(verdict).toBe('failed');
  expect(problems[0]).not.toHaveProperty('diagnosis');
});
