// docs/GLOSSARY.md lists every closed vocabulary of the protocol, each word under its own heading.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COMMAND_VERBS } from '../agents/protocol/command.ts';
import { AGENT_STATES } from '../agents/protocol/heartbeat.ts';
import { AGENT_SIGNALS, TASK_SIGNALS } from '../agents/protocol/signal.ts';
import { LANES, TRANSITIONS } from '../agents/protocol/transitions.ts';
import {
  DECIDED_REASONS,
  OUTCOMES,
  PRIORITIES,
  TASK_CLASSES,
  VERDICTS,
} from '../agents/protocol/words.ts';
import { ROOT } from './tidy/tree.ts';

const page = readFileSync(join(ROOT, 'docs/GLOSSARY.md'), 'utf8');

function wordsUnder(heading: string): string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  return [...own.matchAll(/^- \*\*([\w ]+)\*\*/gm)].map((match) => match[1]!);
}

it.each([
  ['Lanes', LANES],
  ['Moves', Object.keys(TRANSITIONS)],
  ['Task classes', TASK_CLASSES],
  ['Priorities', Object.keys(PRIORITIES)],
  ['Outcomes of an attempt', OUTCOMES],
  ['Reasons without an attempt', DECIDED_REASONS],
  ['Verdicts of a batch', VERDICTS],
  ['States of an agent', AGENT_STATES],
])('"%s" lists exactly the words of the code', (heading, words) => {
  expect(wordsUnder(heading).toSorted()).toEqual([...words].toSorted());
});

it('every verb of a command or signal is listed', () => {
  const listed = new Set([...wordsUnder('Moves'), ...wordsUnder('What else is done')]);
  const verbs = [...COMMAND_VERBS, ...AGENT_SIGNALS, ...TASK_SIGNALS];
  expect(verbs.filter((verb) => !listed.has(verb))).toEqual([]);
});

it('every entry is one sentence, and none is listed twice under one heading', () => {
  const entries = page.split('\n').filter((line) => line.startsWith('- '));
  expect(entries.filter((line) => !/^- \*\*[\w ]+\*\*: \S.*\.$/.test(line))).toEqual([]);
  for (const section of page.split('\n## ').slice(1)) {
    const words = [...section.matchAll(/^- \*\*([\w ]+)\*\*/gm)].map((match) => match[1]!);
    expect(words.length).toBe(new Set(words).size);
  }
});
