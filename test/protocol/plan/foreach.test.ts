import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderFault } from '../../../agents/protocol/fault.ts';
import { TASK_ID } from '../../../agents/protocol/ids.ts';
import { dependencyName, parseDependency } from '../../../agents/protocol/plan/dependencies.ts';
import { expandItems, parseForeach } from '../../../agents/protocol/plan/foreach.ts';
import type { Expansion, ExpansionLimits } from '../../../agents/protocol/plan/foreach.ts';

const LIMITS: ExpansionLimits = { childrenMax: 100 };

function expand(text: string, where = 'm.json', size = 1, limits = LIMITS): Expansion {
  return expandItems('scan', text, parseForeach(where)!, size, limits);
}

function problem(expansion: Expansion): string {
  expect(expansion.kind).toBe('error');
  return expansion.kind === 'error' ? renderFault(expansion.fault).split('\n')[0]! : '';
}

it.each([
  ['{BATCH_PATH}/m.json', '{BATCH_PATH}/m.json', [], false],
  ['{BATCH_PATH}/m.json:videos', '{BATCH_PATH}/m.json', ['videos'], false],
  ['{BATCH_PATH}/m.json:a.b-c.$d', '{BATCH_PATH}/m.json', ['a', 'b-c', '$d'], false],
  ['{PLAN_PATH}/a b:c/m.jsonl', '{PLAN_PATH}/a b:c/m.jsonl', [], true],
])('%s', (text, path, jsonPath, isLines) => {
  expect(parseForeach(text)).toEqual({ path, jsonPath, isLines });
});

it.each(['', ' ', ':videos', '{BATCH_PATH}/m.jsonl:videos'])('%j is no manifest', (text) => {
  expect(parseForeach(text)).toBeNull();
});

describe('children', () => {
  it('are named by the id of their item, else by its position', () => {
    const items = [{ id: 'one' }, { id: 7 }, 'text', null, { id: '' }, { id: ['x'] }, [1]];
    expect(expand(JSON.stringify(items))).toEqual({
      kind: 'items',
      children: [
        { id: 'scan_one', items: [{ id: 'one' }] },
        { id: 'scan_7', items: [{ id: 7 }] },
        { id: 'scan_2', items: ['text'] },
        { id: 'scan_3', items: [null] },
        { id: 'scan_4', items: [{ id: '' }] },
        { id: 'scan_5', items: [{ id: ['x'] }] },
        { id: 'scan_6', items: [[1]] },
      ],
    });
  });

  it('of a batch are named by its position', () => {
    expect(expand('{"a": {"b": [1, 2, 3, 4, 5]}}', 'm.json:a.b', 2)).toEqual({
      kind: 'items',
      children: [
        { id: 'scan_0', items: [1, 2] },
        { id: 'scan_1', items: [3, 4] },
        { id: 'scan_2', items: [5] },
      ],
    });
  });

  it('come one from each line of a .jsonl file', () => {
    expect(expand('{"id":"a"}\r\n\n"b"\n', 'm.jsonl')).toEqual({
      kind: 'items',
      children: [
        { id: 'scan_a', items: [{ id: 'a' }] },
        { id: 'scan_1', items: ['b'] },
      ],
    });
  });

  it.each([
    ['[]', 'm.json'],
    ['\uFEFF{"a": []}', 'm.json:a'],
    ['', 'm.jsonl'],
    ['\n', 'm.jsonl'],
  ])('%j in %s are none, and that is fine', (text, where) => {
    expect(expand(text, where)).toEqual({ kind: 'empty' });
  });

  it('have valid ids that differ, whatever the items are', () => {
    const ids = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(ids, (list) => {
        const text = JSON.stringify(list.map((id) => ({ id })));
        const expansion = expand(text);
        const names = expansion.kind === 'items' ? expansion.children.map(({ id }) => id) : [];
        expect(names.every((name) => TASK_ID.test(name))).toBe(true);
        expect(new Set(names).size).toBe(list.length);
        expect(expand(text)).toEqual(expansion);
      }),
    );
  });
});

describe('errors', () => {
  it.each([
    [
      '[{"id": 1}, {"id": 2}, {"id": "1"}]',
      'm.json',
      'm.json: the manifest of `scan` has two items of the id "1": number 1 and number 3 [MANIFEST_DUPLICATE]',
    ],
    [
      '[{"id": "1"}, "second"]',
      'm.json',
      'm.json: the manifest of `scan` has two items of the id "1": number 1 and number 2 [MANIFEST_DUPLICATE]',
    ],
    [
      '{"videos": 3}',
      'm.json:videos',
      'm.json: the manifest of `scan` holds no list of items: expected an array at `videos`, found `3` [MANIFEST_SHAPE]',
    ],
    [
      '{"videos": []}',
      'm.json',
      'm.json: the manifest of `scan` holds no list of items: expected an array as the whole document, found an object with the keys videos [MANIFEST_SHAPE]',
    ],
    [
      '{"vidoes": [], "n": 1}',
      'm.json:videos',
      'm.json: the manifest of `scan` holds no list of items: expected an array at `videos`, found no `videos` in the document, which has vidoes, n (did you mean `vidoes`?) [MANIFEST_SHAPE]',
    ],
    [
      '{"a": null}',
      'm.json:a.b',
      'm.json: the manifest of `scan` holds no list of items: expected an array at `a.b`, found `a` to be null [MANIFEST_SHAPE]',
    ],
    ['', 'm.json', 'm.json: the manifest of `scan` is not valid JSON: it is empty [MANIFEST_JSON]'],
  ])('%j', (text, where, message) => {
    expect(problem(expand(text, where))).toBe(message);
  });

  it.each([
    [
      '[1,\n 2,\n 3',
      'm.json',
      /^m\.json:3:3: the manifest of `scan` is not valid JSON: .* at position 10 \[MANIFEST_JSON\]$/,
    ],
    ['{"a":1}\n{"a" 1}\n', 'm.jsonl', /^m\.jsonl:2(:\d+)?: .*not valid JSON: .*\[MANIFEST_JSON\]$/],
  ])(
    '%j is not JSON, and the place is told as far as the engine knows it',
    (text, where, message) => {
      expect(problem(expand(text, where))).toMatch(message);
    },
  );

  it('too many children, counted in batches', () => {
    const text = JSON.stringify(Array.from({ length: 250 }, () => 0));
    expect(problem(expand(text))).toBe(
      'm.json: the manifest of `scan` would make 250 tasks, more than the limit of 100 [MANIFEST_TOO_MANY]',
    );
    expect(expand(text, 'm.json', 3).kind).toBe('items');
  });

  it('a child with the name of another task', () => {
    const taken = { childrenMax: 9, taken: new Set(['scan_all']) };
    expect(problem(expand('[{"id": "one"}, {"id": "all"}]', 'm.json', 1, taken))).toBe(
      'm.json: the item "all" of `scan` would be named `scan_all`, and so is another task of the plan [MANIFEST_TAKEN]',
    );
    const summary = expandItems('batch', '[{"id": "summary"}]', parseForeach('m.json')!, 1, LIMITS);
    expect(summary.kind).toBe('error');
  });

  it('names the file that was read, not the template', () => {
    const source = parseForeach('{BATCH_PATH}/m.json')!;
    const expansion = expandItems('scan', '', source, 1, LIMITS, 'plans/p/batches/b/m.json');
    expect(problem(expansion)).toMatch(/^plans\/p\/batches\/b\/m\.json: /);
  });
});

it('a dependency is a task or the child with the same item', () => {
  const task = parseDependency('transcribe');
  const item = parseDependency('transcribe_{ITEM.id}');
  expect([task, dependencyName(task)]).toEqual([
    { kind: 'task', name: 'transcribe' },
    'transcribe',
  ]);
  expect([item, dependencyName(item)]).toEqual([
    { kind: 'item', template: 'transcribe' },
    'transcribe',
  ]);
});
