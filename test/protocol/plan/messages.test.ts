// What a person reads of a bad plan, word for word, and that all of it comes at once.
import { describe, expect, it } from 'vitest';
import { renderFault } from '../../../agents/protocol/fault.ts';
import { faultsOf, readBad } from './bad-plans.ts';

describe('what a person reads', () => {
  const rendered = (name: string): string =>
    faultsOf(readBad(name), `${name}.md`).map(renderFault).join('\n');

  it('a misspelt field', () => {
    expect(rendered('field-unknown')).toBe(
      'field-unknown.md:7:3: there is no field `comand` [PLAN_FIELD_UNKNOWN]\n' +
        '    Did you mean `command`? Known fields: executor, task_class, command, depends_on, foreach, ' +
        'batch_size, vram_policy, vram_estimate_mb, llm_model, llm_min_tier, llm_placement, prompt, ' +
        'prompt_file, decide, options, inputs, system, output_file, schema, max_tokens, temperature, seed, evaluate, timeout, ' +
        'retries, priority, requires, produces, env.',
    );
  });

  it('a field without bold marks', () => {
    expect(rendered('field-unbolded')).toBe(
      'field-unbolded.md:8:3: the field `command` is not written as a field and would be ignored [PLAN_FIELD_UNBOLDED]\n' +
        '    Write it as a list item with the name in bold: `- **command**: value`.',
    );
  });

  it('a misspelt dependency', () => {
    expect(rendered('dependency-unknown')).toBe(
      'dependency-unknown.md:12:26: the task `b` depends on `scna`, which is no task of this plan [PLAN_DEPENDENCY_UNKNOWN]\n' +
        '    Did you mean `scan`? Tasks of this plan: scan.',
    );
  });

  it('a cycle', () => {
    expect(rendered('cycle')).toBe(
      'cycle.md:8:3: the tasks wait for each other: a → c → b → a [PLAN_CYCLE]\n' +
        '    Remove one of these dependencies; none of the tasks could ever start.',
    );
  });

  it('braces that are no variable', () => {
    expect(rendered('variable-lowercase')).toBe(
      'variable-lowercase.md:7:22: {print} has no value: there is no variable `print` [PLAN_VARIABLE_UNKNOWN]\n' +
        '    Known here: BATCH_ID, BATCH_PATH, PLAN_PATH. Declare an input in the front matter, ' +
        'or write {{print}} for literal braces.',
    );
  });

  it('a place where no quoting is safe', () => {
    expect(rendered('variable-backticks')).toBe(
      'variable-backticks.md:7:33: {BATCH_PATH} stands inside backticks, where no quoting keeps a value from becoming code [PLAN_VARIABLE_POSITION]\n' +
        '    Assign it first, at the start of the command: value={BATCH_PATH}; then use "$value" here.',
    );
  });
});

it('tells everything at once, in the order of the file', () => {
  const text = `---
inputs:
  n: {type: nmber}
---
# Plan: many

## Tasks

### a

- **comand**: \`true\`
- **timeout**: soon

### a

- **command**: \`echo {NOPE}\`
- **depends_on**: z
`;
  expect(faultsOf(text).map(({ code, place }) => `${place?.line} ${code}`)).toEqual([
    '3 PLAN_INPUT_INVALID',
    '11 PLAN_FIELD_UNKNOWN',
    '12 PLAN_FIELD_VALUE',
    '14 PLAN_NAME_TWICE',
    '16 PLAN_VARIABLE_UNKNOWN',
    '17 PLAN_DEPENDENCY_UNKNOWN',
  ]);
});

it('places do not change with Windows line ends or a byte order mark', () => {
  const text = readBad('variable-in-block');
  const places = (plan: string): unknown[] => faultsOf(plan).map(({ place }) => place);
  expect(places(`\uFEFF${text.replaceAll('\n', '\r\n')}`)).toEqual(places(text));
});

it('a plan beyond the limit is refused before it is parsed', () => {
  expect(faultsOf('x'.repeat(1_048_577)).map(({ code }) => code)).toEqual(['PLAN_TOO_LARGE']);
});

it('front matter that would evaluate code is never evaluated', () => {
  const marked = globalThis as { evaluated?: boolean };
  const text = `---js\n{ title: (globalThis.evaluated = true) }\n---\n# Plan: x\n`;
  expect(faultsOf(text).map(({ code }) => code)).toContain('PLAN_FRONT_MATTER_LANGUAGE');
  expect(faultsOf(text.replace('---js', '--- javascript')).map(({ code }) => code)).toContain(
    'PLAN_FRONT_MATTER_LANGUAGE',
  );
  expect(marked.evaluated).toBeUndefined();
});
