import { describe, expect, it } from 'vitest';
import { Fault } from '../../agents/protocol/fault.ts';
import { compileSchema, readJson } from '../../agents/models/reply-json.ts';

const PAGE = {
  type: 'object',
  properties: { title: { type: 'string', maxLength: 9 }, kind: { enum: ['a', 'b'] } },
  required: ['title'],
  additionalProperties: false,
};

function refusal(schema: unknown): string {
  try {
    compileSchema(schema);
  } catch (error) {
    if (error instanceof Fault) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('a schema that is none is refused', () => {
  it.each([
    ['an object is all it takes'],
    [null],
    [undefined],
    [[1]],
    [7],
    [{ type: 'objekt' }],
    [{ type: 'object', proprties: {} }],
    [{ $ref: '#/definitions/nowhere' }],
    [{ type: 'string', pattern: '(' }],
  ])('%j', (schema) => {
    expect(refusal(schema)).toMatch(/^MODEL_SCHEMA_INVALID: the JSON schema cannot be used: \S/);
  });

  it('says which keyword is unknown', () => {
    expect(refusal({ proprties: {} })).toContain('unknown keyword: "proprties"');
  });

  it.each([[PAGE], [{}], [{ $schema: 'http://json-schema.org/draft-07/schema#', ...PAGE }]])(
    'a good one is accepted, whatever dialect it names: %j',
    (schema) => expect(refusal(schema)).toBe('accepted'),
  );
});

describe('a reply', () => {
  const check = compileSchema(PAGE);
  it.each([
    ['{"title":"x"}', { title: 'x' }],
    ['  {"title":"x"}\n', { title: 'x' }],
    ['Here it is:\n```json\n{"title":"x"}\n```\nAnything else?', { title: 'x' }],
    ["{title: 'x',}", { title: 'x' }],
    ['{"title":"x"', { title: 'x' }],
    ['Sure! {"title":"x"}', { title: 'x' }],
  ])('%j is read', (text, value) => {
    expect(readJson(text, check)).toEqual({ is: 'ok', value });
  });

  it.each([
    ['', 'the reply is empty'],
    ['no JSON at all', 'the reply is not JSON'],
    [
      '{"titel":"x"}',
      "the value must have required property 'title'; the value must NOT have additional properties (titel)",
    ],
    ['{"title":1}', '/title must be string'],
    ['{"title":"x","kind":"c"}', '/kind must be equal to one of the allowed values (["a","b"])'],
    ['[1]', 'the value must be object'],
    ['"x"', 'the value must be object'],
    // A cut reply is repaired and then refused: a repair never makes a wrong reply right.
    ['{"kind":"a"', "the value must have required property 'title'"],
  ])('%j is refused: %s', (text, problem) => {
    expect(readJson(text, check)).toEqual({ is: 'invalid', problem });
  });

  it('null and false are values, not "nothing"', () => {
    expect(readJson('null', compileSchema({ type: 'null' }))).toEqual({ is: 'ok', value: null });
    expect(readJson('false', compileSchema({}))).toEqual({ is: 'ok', value: false });
  });
});
