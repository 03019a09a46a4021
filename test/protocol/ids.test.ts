import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AGENT_NAME,
  BATCH_ID,
  childId,
  formatBatchId,
  hashText,
  PLAN_NAME,
  slugOf,
  TASK_ID,
  TASK_NAME,
} from '../../agents/protocol/ids.ts';

describe('a batch id', () => {
  it.each([
    ['diamond', '2026-11-21T02:14:55.999Z', 'diamond-20261121-021455-k3f9x'],
    ['examples/diamond', '2026-01-02T03:04:05.000Z', 'diamond-20260102-030405-k3f9x'],
    ['7-zip_all', '1999-12-31T23:59:59.999Z', '7-zip_all-19991231-235959-k3f9x'],
  ])('of %s', (plan, utc, id) => {
    expect(formatBatchId(plan, new Date(utc), 'k3f9x')).toBe(id);
    expect(id).toMatch(BATCH_ID);
  });

  it('of any plan follows its own grammar', () => {
    const tails = fc.stringMatching(/^[a-z0-9]{5}$/);
    const years = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(fc.stringMatching(PLAN_NAME), years, tails, (plan, utc, tail) => {
        expect(formatBatchId(plan, utc, tail)).toMatch(BATCH_ID);
      }),
    );
  });
});

describe('the id of a child', () => {
  it.each([
    ['7', '7'],
    ['intro_01-b', 'intro_01-b'],
    ['x'.repeat(24), 'x'.repeat(24)],
    ['x'.repeat(25), `${'x'.repeat(16)}-${hashText('x'.repeat(25))}`],
    ['a b', `a-b-${hashText('a b')}`],
    ['a b;$(touch x)', `a-b-touch-x-${hashText('a b;$(touch x)')}`],
    ['../../etc/passwd', `etc-passwd-${hashText('../../etc/passwd')}`],
    ['@scope/name', `scope-name-${hashText('@scope/name')}`],
    ['日本語', `-${hashText('日本語')}`],
    ['', `-${hashText('')}`],
  ])('takes %j over as %s', (item, slug) => {
    expect(slugOf(item)).toBe(slug);
    expect(childId('scan', item)).toBe(`scan_${slug}`);
  });

  it('is a task id for every template and item, and always the same one', () => {
    const items = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(fc.stringMatching(TASK_NAME), items, (template, item) => {
        const id = childId(template, item);
        expect(id).toMatch(TASK_ID);
        expect(childId(template, item)).toBe(id);
      }),
    );
  });

  it('tells items apart that look alike', () => {
    const alike = ['a b', 'a-b', 'a_b', 'a  b', ' a b', 'a/b', 'a.b', 'A b', 'a b\n', "a'b", 'a–b'];
    expect(new Set(alike.map(slugOf)).size).toBe(alike.length);
    const long = ['1', '2'].map((end) => `${'same-beginning-'.repeat(10)}${end}`);
    expect(slugOf(long[0]!)).not.toBe(slugOf(long[1]!));
  });
});

describe('hashes', () => {
  it.each([
    ['', '0ztntfp'],
    ['a', '1r9wi7g'],
    ['foobar', '1h5yxyg'],
  ])('of %j are FNV-1a', (text, hash) => {
    expect(hashText(text)).toBe(hash);
  });
});

describe('grammars', () => {
  it.each<[string, RegExp, readonly string[], readonly string[]]>([
    [
      'of agents',
      AGENT_NAME,
      ['a', 'gpu-1', 'cpu_0', `a${'x'.repeat(23)}`],
      ['', '1gpu', 'GPU', 'gpu.1', 'gpu 1', '-a', `a${'x'.repeat(24)}`, 'gpu\n'],
    ],
    [
      'of plans',
      PLAN_NAME,
      ['demo', '7zip', 'examples/demo', 'A_b-c'],
      ['', '/demo', 'demo/', '../demo', 'a/b/c', '.demo', 'de mo', '_a', 'x'.repeat(41)],
    ],
    [
      'of headings',
      TASK_NAME,
      ['a', 'Scan_2-b', `a${'x'.repeat(47)}`],
      ['', '2a', '_a', 'a.b', 'a/b', 'ä', `a${'x'.repeat(48)}`],
    ],
  ])('%s', (_, grammar, good, bad) => {
    expect(good.filter((name) => !grammar.test(name))).toEqual([]);
    expect(bad.filter((name) => grammar.test(name))).toEqual([]);
  });
});
