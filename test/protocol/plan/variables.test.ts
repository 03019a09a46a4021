import { describe, expect, it } from 'vitest';
import { Fault } from '../../../agents/protocol/fault.ts';
import {
  renderCommand,
  renderItems,
  renderText,
  variablesOf,
} from '../../../agents/protocol/plan/variables.ts';

const VALUES = { BATCH_PATH: '/b', n: 5, yes: true, list: [1, 'a'], none: null, a: { b: 'deep' } };
const ITEM = { id: 'x', path: 'a b', size: 0, tags: ['p', 'q'], hole: null, nested: { k: 'v' } };
const SCOPE = { values: VALUES, item: ITEM, itemsPath: '/items.json' };

function problem(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('what is a variable', () => {
  it.each([
    ['{NAME}', ['NAME@0']],
    ['a{b}c{d.e.f}', ['b@1', 'd.e.f@5']],
    ['{ITEM.some-key.0}', ['ITEM.some-key.0@0']],
    ['${NAME} ${NAME.x}', []],
    ['{{NAME}}', []],
    ['{{{NAME}}}', []],
    ['{a,b} {} { x } {1} {"k":1} {print $1} {a b} {.Names} {{.ID}}', []],
    ['{{a}', ['a@1']],
  ])('%s', (template, expected) => {
    const found = variablesOf(template).map(
      ({ name, fields, offset }) => `${[name, ...fields].join('.')}@${offset}`,
    );
    expect(found).toEqual(expected);
  });
});

describe('texts', () => {
  it.each([
    ['{BATCH_PATH}/{ITEM.path}', '/b/a b'],
    ['{n}{yes}{none}.', '5true.'],
    ['{list} {a} {a.b}', '[1,"a"] {"b":"deep"} deep'],
    ['{ITEM.tags} {ITEM.tags.1} {ITEM.nested.k} {ITEM.size}', '["p","q"] q v 0'],
    ['{{n}} {{{n}}} ${n}', '{n} {{n}} ${n}'],
    ['{ITEMS_PATH}', '/items.json'],
  ])('%s', (template, expected) => {
    expect(renderText(template, SCOPE)).toBe(expected);
  });

  it('a value is inserted as it is, and never looked at again', () => {
    const values = { a: '{b} $& $1 {{c}}', b: 'no' };
    expect(renderText('{a}', { values })).toBe('{b} $& $1 {{c}}');
  });

  it.each([
    [
      '{ITEM.pth}',
      'PLAN_ITEM_FIELD_MISSING: {ITEM.pth} has no value: ITEM has no field `pth`, its fields are: id, path, size, tags, hole, nested',
    ],
    [
      '{ITEM.path.x}',
      'PLAN_ITEM_FIELD_MISSING: {ITEM.path.x} has no value: ITEM.path has no field `x`, it is a string',
    ],
    [
      '{ITEM.hole.x}',
      'PLAN_ITEM_FIELD_MISSING: {ITEM.hole.x} has no value: ITEM.hole has no field `x`, it is null',
    ],
    ['{ITEM.hole}', 'PLAN_ITEM_FIELD_MISSING: {ITEM.hole} has no value: it is null'],
    [
      '{ITEM.toString}',
      'PLAN_ITEM_FIELD_MISSING: {ITEM.toString} has no value: ITEM has no field `toString`, its fields are: id, path, size, tags, hole, nested',
    ],
    [
      '{constructor}',
      'PLAN_VARIABLE_ITEM: {constructor} has no value: there is none of this name here',
    ],
  ])('%s has no value', (template, message) => {
    expect(problem(() => renderText(template, SCOPE))).toBe(message);
  });

  it('without an item there is none', () => {
    expect(problem(() => renderText('{ITEM}', { values: {} }))).toMatch(/^PLAN_VARIABLE_ITEM/);
    expect(problem(() => renderText('{ITEMS_PATH}', { values: {} }))).toMatch(
      /^PLAN_VARIABLE_ITEM/,
    );
    expect(problem(() => renderText('{ITEM}', { values: {}, item: null }))).toMatch(/it is null$/);
  });

  it('a NUL character cannot be passed to a program', () => {
    expect(problem(() => renderText('{ITEM}', { values: {}, item: 'a\0' }))).toBe(
      'PLAN_VALUE_UNSAFE: the value of {ITEM} cannot stand in a command: it contains a NUL character',
    );
  });
});

describe('commands', () => {
  const item = `it's "$x"`;
  const render = (template: string, value: unknown = item): string =>
    renderCommand(template, { values: { BATCH_PATH: '/b' }, item: value });

  it.each([
    ['echo {ITEM}', `echo 'it'\\''s "$x"'`],
    [`echo '{ITEM}'`, `echo 'it'\\''s "$x"'`],
    ['echo "{ITEM}"', String.raw`echo ""'it'\''s "$x"'""`],
    ['cat <<E\n{ITEM}\nE\n', 'cat <<E\nit\'s "\\$x"\nE\n'],
    [`cat <<'E'\n{ITEM}\nE\n`, `cat <<'E'\nit's "$x"\nE\n`],
    ['true # {ITEM}\n', 'true # {ITEM}\n'],
    [`awk '{{print}}' {BATCH_PATH}`, `awk '{print}' '/b'`],
  ])('%j', (template, expected) => {
    expect(render(template)).toBe(expected);
  });

  it.each(['EOF', 'x\nEOF', 'EOF\ntouch x', 'E'])('the value %j ends no here-document', (value) => {
    for (const [start, end] of [['<<EOF', ''] as const, [`<<'EOF'`, ''] as const]) {
      const template = `cat ${start}\n{ITEM}${value === 'E' ? 'OF' : end}\nEOF\n`;
      expect(problem(() => render(template, value))).toBe(
        'PLAN_VALUE_UNSAFE: the value of {ITEM} cannot stand in a command: it brings the line `EOF`, which ends the here-document around it',
      );
    }
  });

  it('a position that was refused at submit is refused here too', () => {
    expect(problem(() => render('echo `{ITEM}`'))).toMatch(/^PLAN_VARIABLE_POSITION/);
  });
});

describe('the items of a child', () => {
  const scope = { values: {}, itemsPath: '/items.json' };
  const repeated = (command: string): string =>
    `(\n${command}\n)\ntutti_status=$?; [ "$tutti_status" -eq 0 ] || exit "$tutti_status"\n`;

  it('one is rendered as it is', () => {
    expect(renderItems('echo {ITEM}', scope, ['a'])).toBe("echo 'a'");
  });

  it('several repeat the command', () => {
    expect(renderItems('echo {ITEM}', scope, ['a', 'b'])).toBe(
      repeated("echo 'a'") + repeated("echo 'b'"),
    );
  });

  it('a command that reads the file of items runs once', () => {
    expect(renderItems('wc {ITEMS_PATH}', scope, ['a', 'b'])).toBe("wc '/items.json'");
    expect(renderItems('wc "$TUTTI_ITEMS_PATH"', scope, ['a', 'b'])).toBe('wc "$TUTTI_ITEMS_PATH"');
  });

  it('a task without items runs once', () => {
    expect(renderItems('true', { values: {} }, [])).toBe('true');
  });
});
