// One bad plan per error, each a file: what exactly is found, and where. Nothing else may be reported.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../agents/protocol/fault.ts';
import { PLAN_ERRORS } from '../../../agents/protocol/plan/errors.ts';
import { BAD_PLANS, faultsOf, readBad } from './bad-plans.ts';

const EXPECTED: [file: string, code: ErrorCode, line: number, column: number][] = [
  ['batch-size-alone', 'PLAN_BATCH_SIZE_ALONE', 9, 3],
  ['batch-size', 'PLAN_FIELD_VALUE', 8, 19],
  ['blank', 'PLAN_EMPTY', 1, 1],
  ['command-empty', 'PLAN_FIELD_VALUE', 8, 3],
  ['command-missing', 'PLAN_COMMAND_MISSING', 5, 1],
  ['command-mixed', 'PLAN_FIELD_VALUE', 7, 16],
  ['command-open-heredoc', 'PLAN_COMMAND_OPEN', 10, 7],
  ['command-open-quote', 'PLAN_COMMAND_OPEN', 7, 22],
  ['command-open-substitution', 'PLAN_COMMAND_OPEN', 7, 22],
  ['command-two-lines', 'PLAN_FIELD_VALUE', 7, 16],
  ['command-two-values', 'PLAN_FIELD_VALUE', 7, 17],
  ['cycle-self', 'PLAN_CYCLE', 9, 3],
  ['cycle', 'PLAN_CYCLE', 8, 3],
  ['dependency-item-batched', 'PLAN_DEPENDENCY_ITEM', 15, 19],
  ['dependency-item-other-manifest', 'PLAN_DEPENDENCY_ITEM', 14, 19],
  ['dependency-item-outside', 'PLAN_DEPENDENCY_ITEM', 13, 19],
  ['dependency-item-plain', 'PLAN_DEPENDENCY_ITEM', 14, 19],
  ['dependency-summary', 'PLAN_DEPENDENCY_UNKNOWN', 9, 19],
  ['dependency-unknown', 'PLAN_DEPENDENCY_UNKNOWN', 12, 26],
  ['depends-on', 'PLAN_FIELD_VALUE', 9, 19],
  ['empty', 'PLAN_EMPTY', 1, 1],
  ['env-reserved', 'PLAN_FIELD_VALUE', 11, 5],
  ['env-twice', 'PLAN_FIELD_VALUE', 9, 17],
  ['env', 'PLAN_FIELD_VALUE', 10, 5],
  ['executor-worker-brain', 'PLAN_FIELD_VALUE', 8, 19],
  ['executor', 'PLAN_FIELD_VALUE', 9, 17],
  ['field-capital', 'PLAN_FIELD_UNKNOWN', 8, 3],
  ['field-colon-inside', 'PLAN_FIELD_UNBOLDED', 7, 3],
  ['field-emphasised', 'PLAN_FIELD_UNBOLDED', 8, 3],
  ['field-no-list', 'PLAN_FIELD_UNBOLDED', 7, 1],
  ['field-outside', 'PLAN_FIELD_OUTSIDE', 5, 3],
  ['field-prose-item', 'PLAN_FIELD_SHAPE', 9, 3],
  ['field-twice', 'PLAN_FIELD_TWICE', 9, 3],
  ['field-unbolded', 'PLAN_FIELD_UNBOLDED', 8, 3],
  ['field-unknown', 'PLAN_FIELD_UNKNOWN', 7, 3],
  ['foreach-jsonl-path', 'PLAN_FIELD_VALUE', 7, 16],
  ['foreach-relative', 'PLAN_FIELD_VALUE', 7, 16],
  ['front-matter-circle', 'PLAN_FRONT_MATTER', 1, 1],
  ['front-matter-js', 'PLAN_FRONT_MATTER_LANGUAGE', 1, 4],
  ['front-matter-json', 'PLAN_FRONT_MATTER_LANGUAGE', 1, 4],
  ['front-matter-key', 'PLAN_FRONT_MATTER_KEY', 3, 1],
  ['front-matter-list', 'PLAN_FRONT_MATTER', 1, 1],
  ['front-matter-open', 'PLAN_FRONT_MATTER', 1, 1],
  ['front-matter-yaml', 'PLAN_FRONT_MATTER', 5, 1],
  ['goal-field', 'PLAN_FIELD_UNKNOWN', 7, 3],
  ['goal-multiplier', 'PLAN_GOAL_INVALID', 8, 32],
  ['goal-target', 'PLAN_GOAL_INVALID', 6, 15],
  ['goal-tolerance', 'PLAN_GOAL_INVALID', 7, 18],
  ['goal-tracked-missing', 'PLAN_GOAL_INVALID', 3, 1],
  ['goal-tracked-plain', 'PLAN_GOAL_INVALID', 7, 21],
  ['goal-tracked-unknown', 'PLAN_GOAL_INVALID', 7, 21],
  ['goal-type', 'PLAN_GOAL_INVALID', 5, 13],
  ['goal-unbolded', 'PLAN_FIELD_UNBOLDED', 6, 3],
  ['input-default', 'PLAN_INPUT_INVALID', 3, 3],
  ['input-enum-empty', 'PLAN_INPUT_INVALID', 3, 3],
  ['input-enum', 'PLAN_INPUT_INVALID', 3, 3],
  ['input-key', 'PLAN_INPUT_INVALID', 3, 3],
  ['input-listed-twice', 'PLAN_INPUT_INVALID', 6, 3],
  ['input-name', 'PLAN_INPUT_INVALID', 3, 3],
  ['input-required-default', 'PLAN_INPUT_INVALID', 3, 3],
  ['input-required', 'PLAN_INPUT_INVALID', 3, 3],
  ['input-reserved', 'PLAN_INPUT_INVALID', 4, 3],
  ['input-type', 'PLAN_INPUT_INVALID', 3, 3],
  ['inputs-list', 'PLAN_FRONT_MATTER', 2, 1],
  ['llm-min-tier', 'PLAN_FIELD_VALUE', 9, 21],
  ['llm-model', 'PLAN_FIELD_VALUE', 9, 3],
  ['llm-placement', 'PLAN_FIELD_VALUE', 9, 22],
  ['misspelt-tasks-section', 'PLAN_TASKS_MISSING', 3, 1],
  ['name-brain', 'PLAN_NAME_RESERVED', 5, 1],
  ['name-invalid', 'PLAN_NAME_INVALID', 5, 1],
  ['name-overlap', 'PLAN_NAME_OVERLAP', 10, 1],
  ['name-reserved', 'PLAN_NAME_RESERVED', 5, 1],
  ['name-too-long', 'PLAN_NAME_INVALID', 5, 1],
  ['name-twice', 'PLAN_NAME_TWICE', 10, 1],
  ['no-tasks-section', 'PLAN_TASKS_MISSING', 1, 1],
  ['no-tasks', 'PLAN_TASKS_EMPTY', 3, 1],
  ['no-tasks', 'PLAN_FIELD_OUTSIDE', 9, 3],
  ['priority', 'PLAN_FIELD_VALUE', 9, 17],
  ['produces', 'PLAN_FIELD_VALUE', 9, 3],
  ['requires', 'PLAN_FIELD_VALUE', 9, 17],
  ['retries', 'PLAN_FIELD_VALUE', 9, 16],
  ['section-twice', 'PLAN_SECTION_TWICE', 10, 1],
  ['task-class', 'PLAN_FIELD_VALUE', 7, 19],
  ['timeout-zero', 'PLAN_FIELD_VALUE', 9, 16],
  ['timeout', 'PLAN_FIELD_VALUE', 9, 16],
  ['variable-arithmetic', 'PLAN_VARIABLE_POSITION', 11, 25],
  ['variable-backticks', 'PLAN_VARIABLE_POSITION', 7, 33],
  ['variable-env-of-batch', 'PLAN_VARIABLE_ITEM', 10, 17],
  ['variable-field-of-text', 'PLAN_VARIABLE_FIELD', 11, 22],
  ['variable-in-block', 'PLAN_VARIABLE_UNKNOWN', 15, 10],
  ['variable-in-env', 'PLAN_VARIABLE_UNKNOWN', 10, 21],
  ['variable-in-foreach', 'PLAN_VARIABLE_UNKNOWN', 7, 29],
  ['variable-in-requires', 'PLAN_VARIABLE_UNKNOWN', 9, 33],
  ['variable-item-alone', 'PLAN_VARIABLE_ITEM', 7, 22],
  ['variable-item-in-foreach', 'PLAN_VARIABLE_ITEM', 7, 29],
  ['variable-item-of-batch', 'PLAN_VARIABLE_ITEM', 9, 40],
  ['variable-items-path-in-env', 'PLAN_VARIABLE_ITEM', 9, 16],
  ['variable-lowercase', 'PLAN_VARIABLE_UNKNOWN', 7, 22],
  ['variable-other-interpreter', 'PLAN_VARIABLE_POSITION', 8, 29],
  ['variable-unknown', 'PLAN_VARIABLE_UNKNOWN', 7, 22],
  ['vram-estimate', 'PLAN_FIELD_VALUE', 9, 25],
  ['vram-policy', 'PLAN_FIELD_VALUE', 9, 20],
];

describe('bad plans', () => {
  const names = readdirSync(BAD_PLANS).map((file) => file.replace(/\.md$/, ''));

  it.each(names)('%s', (name) => {
    const found = faultsOf(readBad(name), name).map(
      ({ code, place }) => [place?.file, code, place?.line, place?.column] as const,
    );
    expect(found).toEqual(EXPECTED.filter(([file]) => file === name));
  });

  it('cover every code of the parser', () => {
    const seen = new Set<string>(EXPECTED.map(([, code]) => code));
    const elsewhere = ['PLAN_TOO_LARGE', 'PLAN_ITEM_FIELD_MISSING', 'PLAN_VALUE_UNSAFE'];
    const codes = Object.keys(PLAN_ERRORS).filter((code) => code.startsWith('PLAN_'));
    expect(codes.filter((code) => !seen.has(code))).toEqual(elsewhere);
  });
});
