// What the brain's model may answer, and what is taken of it.
import { describe, expect, it } from 'vitest';
import { compileSchema } from '../../agents/protocol/json-schema.ts';
import {
  adviceText,
  parseDiagnosis,
  parseRating,
  THOUGHT_OF,
  THOUGHTS,
} from '../../agents/protocol/thought.ts';

const rating = { feedback: 'Too short.', rating: 2 };
const diagnosis = { cause: 'No file.', is_definition_error: false, advice: 'Make it.' };

describe('the schemas that an engine is held to', () => {
  it.each(THOUGHTS)('%s is one that all can use', (verb) => {
    expect(compileSchema(THOUGHT_OF[verb].schema)({})).toContain('required property');
  });
  it('take what is kept, and nothing beside it', () => {
    expect(compileSchema(THOUGHT_OF.evaluate.schema)(rating)).toBeNull();
    expect(compileSchema(THOUGHT_OF.diagnose.schema)(diagnosis)).toBeNull();
    expect(compileSchema(THOUGHT_OF.evaluate.schema)({ ...rating, rating: 6 })).not.toBeNull();
    expect(compileSchema(THOUGHT_OF.diagnose.schema)({ ...diagnosis, run: 'x' })).not.toBeNull();
  });
});

describe('a rating', () => {
  it('is read from the result of the thought', () => {
    expect(parseRating({ model: 'wise', reply: rating, tries: 1 }, 'evaluate_x')).toEqual({
      ...rating,
      model: 'wise',
      by: 'evaluate_x',
    });
  });
  it.each([
    [undefined],
    [{ model: 'wise' }],
    [{ model: 'wise', reply: { ...rating, rating: 0 } }],
    [{ model: 'wise', reply: { ...rating, rating: 2.5 } }],
    [{ model: 'wise', reply: { ...rating, feedback: 'x'.repeat(501) } }],
    [{ reply: rating }],
  ])('is none in %j', (result) => {
    expect(parseRating(result, 'x')).toBeNull();
  });
});

describe('a diagnosis', () => {
  const result = { model: 'wise', reply: diagnosis };
  it('has the verdict of the model where no rule has one', () => {
    expect(parseDiagnosis(result, false)).toMatchObject({
      is_definition_error: false,
      decided_by: 'model',
    });
  });
  it('never overrules a rule', () => {
    expect(parseDiagnosis(result, true)).toMatchObject({
      is_definition_error: true,
      decided_by: 'rule',
      cause: 'No file.',
    });
  });

  it('is one line for people, whatever the model wrote', () => {
    const odd = { ...result, reply: { ...diagnosis, cause: 'No\n\u001b[2J file.' } };
    expect(adviceText(parseDiagnosis(odd, false)!)).toBe(
      'wise thinks: No [2J file. Its advice: Make it.',
    );
  });
});
