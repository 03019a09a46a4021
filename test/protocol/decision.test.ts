// A decision: what the model is told, what it may answer, and whose model it is.
import { describe, expect, it } from 'vitest';
import { decisionPrompt, decisionSchema } from '../../agents/protocol/decision.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { compileSchema } from '../../agents/protocol/json-schema.ts';
import { chooseModels } from '../../agents/protocol/roster-names.ts';
import type { ModelConfig, Roster } from '../../agents/protocol/roster.ts';

const OPTIONS = ['contract', 'invoice'];

it('tells the question and every option, one a line', () => {
  expect(decisionPrompt('What is it?\n', OPTIONS)).toBe(
    'What is it?\n\nChoose one of these options:\n- contract\n- invoice\n\n' +
      'Answer with JSON: first the reason in one or two sentences, then the choice, word for word.',
  );
});

describe('a reply', () => {
  const check = compileSchema(decisionSchema(OPTIONS));
  it('is one of the options with a reason', () => {
    expect(check({ reason: 'it has a sum', choice: 'invoice' })).toBeNull();
  });
  it.each([
    [{ reason: 'x', choice: 'Invoice' }, 'must be equal to one of the allowed values'],
    [{ choice: 'invoice' }, "must have required property 'reason'"],
    [{ reason: 'x'.repeat(401), choice: 'invoice' }, 'NOT have more than 400 characters'],
    [{ reason: 'x', choice: 'invoice', run: 'rm -rf /' }, 'additional properties (run)'],
    ['invoice', 'must be object'],
  ])('is not %j', (reply, problem) => {
    expect(check(reply)).toContain(problem);
  });
});

describe('the model of a decision', () => {
  const models = { small: { tier: 0 }, large: { tier: 0 } } as unknown as Record<
    string,
    ModelConfig
  >;
  const role = { model: 'large', fallbacks: [] };
  const task = { decide: 'Is it good?' };
  const rosterWith = (roles: object): Roster => ({ models, roles, aliases: {} }) as Roster;

  it('is the one of the role brain, whatever the role default is', () => {
    const roster = rosterWith({ brain: role, default: { model: 'small', fallbacks: [] } });
    expect(chooseModels(task, roster).chain).toEqual(['large']);
  });
  it('is the one that the task names', () => {
    expect(chooseModels({ ...task, llm_model: 'small' }, rosterWith({})).chain).toEqual(['small']);
  });
  it('is none where the roster has no brain: not even the role default is asked', () => {
    const roster = rosterWith({ default: role });
    const ask = (): unknown => chooseModels(task, roster);
    expect(ask).toThrowError(Fault);
    expect(ask).toThrowError('needs the thinking brain (`decide`), and the roster has no role');
    expect(chooseModels({ prompt: 'x' }, roster).chain).toEqual(['large']);
  });
});
