// The registry of errors, its page, and the code that throws from it say the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ERRORS } from '../agents/protocol/errors.ts';
import { renderErrors } from '../scripts/docs/errors.ts';
import { readTree, ROOT } from './tidy/tree.ts';

const page = readFileSync(join(ROOT, 'docs/ERRORS.md'), 'utf8');
const codes = Object.keys(ERRORS).toSorted();

it('docs/ERRORS.md is what `npm run docs` writes', () => {
  expect(page).toBe(renderErrors(ERRORS));
});

it('docs/ERRORS.md lists exactly the codes of the registry', () => {
  const listed = [...page.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
  expect(listed).toEqual(codes);
});

it('renders message, advice and whether to retry, with Markdown escaped', () => {
  const entry = { message: '{path} < *', advice: 'Ask `ls`.', isRetryable: true };
  expect(renderErrors({ B_B: { ...entry, isRetryable: false }, A_A: entry })).toMatch(
    /\n\n## A_A\n\n> \{path\} \\< \\\*\n\nAsk `ls`\.\n\nRetryable\.\n\n## B_B\n\n.*\n\n.*\n\nNot retryable\.\n$/,
  );
});

it('a code is upper snake case, a message is a clause, an advice is a sentence', () => {
  for (const [code, { message, advice }] of Object.entries(ERRORS)) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(message, code).toMatch(/^[^A-Z].*[^.]$/s);
    expect(advice, code).toMatch(/^\S.*[.?}]$/s);
  }
});

it('every code is used somewhere: an error that nobody throws is a lie in the docs', () => {
  const code = readTree()
    .filter(({ path }) => /^(agents|scripts)\/.*\.ts$/.test(path) && !path.endsWith('errors.ts'))
    .map(({ text }) => text)
    .join('\n');
  expect(codes.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
});
