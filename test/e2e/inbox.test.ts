// What arrives in the inbox and is wrong: it is refused as a whole, with everything that is wrong with it,
// and nobody else is disturbed.
import { mkdirSync, renameSync as renameInto, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Batch, Summary } from '../../agents/protocol/batch.ts';
import { formatBatchId } from '../../agents/protocol/ids.ts';
import { fanText } from '../../scripts/bench/plan-texts.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn } from '../helpers/tree.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await openRig({ agents: [{ name: 'cpu-1', kind: 'cpu', slots: 2 }] });
});
afterEach(() => rig.check());
afterAll(() => rig.close());

let serial = 0;
const nextId = (): string => formatBatchId('demo', new Date(), String(10_000 + serial++));

/** Puts files into the inbox as a careless person would: without staging. */
function drop(id: string, files: Readonly<Record<string, string>>): void {
  const folder = rig.at(`inbox/.staging/${id}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  renameInto(folder, rig.at(`inbox/${id}`));
}

const batchOf = (id: string, more: Readonly<Record<string, unknown>> = {}): string => {
  const batch: Batch = {
    v: 1,
    id,
    plan: 'demo',
    config: {},
    priority: 5,
    submitted_at: '',
    submitted_by: 'test',
  };
  return JSON.stringify({ ...batch, ...more });
};
const PLAN = planText({ only: { command: 'true' } });

const reasonOf = (name: string): Promise<string> =>
  eventually(
    `${name} is set aside`,
    () => (rig.read(`tasks/quarantine/${name}.reason.json`) as { reason: string } | null)?.reason,
  );

describe('a submission that is no batch', () => {
  it.each<[string, (id: string) => Record<string, string>, RegExp]>([
    ['without batch.json', () => ({ 'plan.md': PLAN }), /^its batch\.json is missing$/],
    [
      'with a torn batch.json',
      (id) => ({ 'batch.json': batchOf(id).slice(0, 40), 'plan.md': PLAN }),
      /^its batch\.json is damaged: not valid JSON/,
    ],
    [
      'with the id of another',
      () => ({ 'batch.json': batchOf('demo-20200101-000000-other'), 'plan.md': PLAN }),
      /^its batch\.json says demo-20200101-000000-other$/,
    ],
    [
      'with a plan name that climbs',
      (id) => ({ 'batch.json': batchOf(id, { plan: '../../etc' }), 'plan.md': PLAN }),
      /damaged: plan: /,
    ],
    [
      'with unknown keys',
      (id) => ({ 'batch.json': batchOf(id, { run_as: 'root' }), 'plan.md': PLAN }),
      /damaged: Unrecognized key: "run_as"/,
    ],
  ])('%s is set aside', async (_, files, reason) => {
    const id = nextId();
    drop(id, files(id));
    expect(await reasonOf(id)).toMatch(reason);
    await eventually('it left the inbox', () => !namesIn(rig.at('inbox')).includes(id));
  });
});

it('a long plan keeps no short one behind it waiting', async () => {
  const long = nextId();
  const text = fanText(1000).replace('### root', '### roof');
  drop(long, { 'batch.json': batchOf(long), 'plan.md': text });
  const short = await play.submit(rig, PLAN);
  expect(await play.verdictOf(rig, short)).toMatchObject({ verdict: 'complete' });
  const log = await eventually('the long one is rejected', () => {
    const lines = play.decisions(rig);
    return lines.includes(`reject ${long}: `) ? lines : null;
  });
  expect(log.indexOf(`accept ${short}: `)).toBeLessThan(log.indexOf(`reject ${long}: `));
});

describe('a plan with errors', () => {
  const rejectionOf = async (text: string, more: play.Submission = {}): Promise<Summary> => {
    const batch = await play.submit(rig, text, more);
    const summary = await play.verdictOf(rig, batch);
    expect(summary).toMatchObject({ verdict: 'rejected', counts: { total: 0 } });
    expect(namesIn(rig.at(`brain/private_tasks/${batch}`))).toEqual([]);
    const line = `reject ${batch}: `;
    await eventually('the decision is in the log', () => play.decisions(rig).includes(line));
    return summary;
  };

  it('is rejected with every error, its line and what to do', async () => {
    const text = planText({
      first: { command: 'true', comand: 'false' },
      second: { command: 'echo {NOPE}', depends_on: 'frist' },
      third: { command: 'true', depends_on: 'fourth' },
      fourth: { command: 'true', depends_on: 'third' },
    });
    const { errors } = await rejectionOf(text);
    const all = errors.join('\n');
    for (const code of [
      'PLAN_FIELD_UNKNOWN',
      'PLAN_DEPENDENCY_UNKNOWN',
      'PLAN_VARIABLE_UNKNOWN',
      'PLAN_CYCLE',
    ]) {
      expect(all).toContain(`[${code}]`);
    }
    expect(all).toMatch(/Did you mean `first`\?/);
    for (const error of errors) expect(error).toMatch(/plan\.md:\d+:\d+: .*\n    \S/s);
  });

  it.each<[string, string, RegExp]>([
    [
      'a cycle',
      planText({
        a: { command: 'true', depends_on: 'b' },
        b: { command: 'true', depends_on: 'a' },
      }),
      /\[PLAN_.*CYCLE.*\]/,
    ],
    ['no tasks', '# Plan: empty\n\n## Tasks\n', /\[PLAN_\w+\]/],
    ['nothing at all', '', /\[PLAN_EMPTY\]/],
    [
      'front matter that is JavaScript',
      `---js\n({})\n---\n${PLAN}`,
      /\[PLAN_FRONT_MATTER_LANGUAGE\]/,
    ],
    ['unbolded fields', PLAN.replace('**command**', 'command'), /\[PLAN_FIELD_UNBOLDED\]/],
    ['a name twice', `${PLAN}\n### only\n\n- **command**: \`true\`\n`, /\[PLAN_\w+\]/],
  ])('%s is refused', async (_, text, code) => {
    expect((await rejectionOf(text)).errors.join('\n')).toMatch(code);
  });

  it('refuses an input that the plan does not know', async () => {
    const { errors } = await rejectionOf(PLAN, { config: { colour: 'red' } });
    expect(errors.join('\n')).toContain('colour');
  });
});

describe('a command that is none', () => {
  const id = (): string => `20261121-021455123-${String(20_000 + serial++)}`;

  it.each([
    ['torn', '{"v":1,"verb":"can', /^not valid JSON/],
    [
      'of an unknown verb',
      JSON.stringify({
        v: 1,
        id: '20261121-021455123-abcde',
        verb: 'explode',
        batch: 'demo-20261121-021455-abcde',
        at: '',
        by: '',
      }),
      /^verb: /,
    ],
    [
      'for an unknown batch',
      JSON.stringify({
        v: 1,
        id: '20261121-021455123-abcde',
        verb: 'cancel',
        batch: 'demo-20261121-021455-abcde',
        at: '',
        by: '',
      }),
      /^no batch demo-20261121-021455-abcde can be given a cancel$/,
    ],
  ])('%s is set aside', async (_, text, reason) => {
    const name = `${id()}.command.json`;
    writeFileSync(rig.at(`inbox/.staging/${name}`), text);
    renameInto(rig.at(`inbox/.staging/${name}`), rig.at(`inbox/${name}`));
    expect(await reasonOf(name)).toMatch(reason);
  });

  it('with a name that is none is left where it is', async () => {
    writeFileSync(rig.at('inbox/cancel-everything.command.json'), '{}');
    const batch = await play.submit(rig, PLAN);
    expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
    const names = namesIn(rig.at('inbox')).filter((name) => !name.startsWith('.'));
    expect(names).toEqual(['cancel-everything.command.json']);
  });
});
