// `npm run docs`: writes the pages that are generated, relative to the root of the project.
import { writeFile } from 'node:fs/promises';
import { ERRORS } from '../../agents/protocol/errors.ts';
import { renderCliDoc, wholeProgram } from './cli.ts';
import { renderConfig } from './config.ts';
import { renderErrors } from './errors.ts';
import { readEvidence } from './evidence.ts';
import { renderReliability } from './reliability.ts';

const pages = {
  'docs/ERRORS.md': renderErrors(ERRORS),
  'docs/CONFIG.md': renderConfig(),
  'docs/RELIABILITY.md': renderReliability(await readEvidence('docs/reliability')),
  'docs/CLI.md': renderCliDoc(await wholeProgram()),
};

for (const [path, text] of Object.entries(pages)) await writeFile(path, text);
