// Style is a test. Each rule is shown a bad file first and must report it, word for word; then the tree
// is judged. What is exempt, and why, stands in test/tidy/house.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BANS } from './tidy/calls.ts';
import { EXEMPTIONS, LIMITS, PURE } from './tidy/house.ts';
import type { Exemption } from './tidy/house.ts';
import { oxlintOverrides } from './tidy/imports.ts';
import { RED } from './tidy/red.ts';
import { judge, RULES } from './tidy/rules.ts';
import type { RuleName } from './tidy/rules.ts';
import { renderBreach } from './tidy/source.ts';
import { readTree, ROOT } from './tidy/tree.ts';

const names = Object.keys(RULES) as RuleName[];
const report = (name: RuleName, files: Parameters<(typeof RULES)[RuleName]>[0]): string[] =>
  RULES[name](files).map(renderBreach);

describe('each rule reports its red examples and nothing else', () => {
  it.each(names)('%s', (name) => {
    const examples = RED[name];
    expect(examples.length).toBeGreaterThan(0);
    for (const { files, breaches } of examples) expect(report(name, files)).toEqual(breaches);
  });

  it.each(BANS.map((ban) => [ban.example, ban] as const))('banned call: %s', (example, ban) => {
    const folder = ban.folders[0]!;
    const path = folder === 'test' ? 'test/brain/x.test.ts' : `${folder}/brain/x.ts`;
    const found = RULES.bannedCalls([{ path, text: `// One.\n${example}\n` }]);
    expect(found.map(({ file, line, instead }) => ({ file, line, instead }))).toEqual([
      { file: path, line: 2, instead: ban.instead },
    ]);
  });
});

describe('the tree keeps the rules', () => {
  const tree = readTree();

  it('is read at all', () => {
    const paths = tree.map(({ path }) => path);
    expect(paths).toContain('agents/protocol/words.ts');
    expect(paths).toContain('test/tidy.test.ts');
    expect(paths).toContain('package.json');
  });

  it.each(names)('%s', (name) => {
    expect(judge(RULES[name], tree).breaches.map(renderBreach)).toEqual([]);
  });

  it('needs every exemption', () => {
    const verdicts = names.map((name) => judge(RULES[name], tree));
    const isUnused = (one: Exemption): boolean =>
      verdicts.every(({ unused }) => unused.includes(one));
    expect(EXEMPTIONS.filter(isUnused)).toEqual([]);
  });

  it('has a file for every entry of the list of pure files', () => {
    const paths = tree.map(({ path }) => path);
    expect(PURE.filter((pattern) => !paths.some((path) => pattern.test(path)))).toEqual([]);
  });

  it('has the import table in .oxlintrc.json too', () => {
    const file = readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8');
    const { overrides } = JSON.parse(file) as { overrides: { rules: object }[] };
    const imports = overrides.filter(({ rules }) => 'no-restricted-imports' in rules);
    expect(imports).toEqual(oxlintOverrides());
  });

  it('keeps the limits that the style names', () => {
    expect(LIMITS).toMatchObject({ fileLines: 220, medianLines: 90, functionLines: 70 });
  });
});
