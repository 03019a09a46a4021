// Puts the digests together:
//   node index.mjs --batch <folder of the batch>
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from '../lib/command-line.mjs';
import { folderOf } from '../lib/documents.mjs';

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** A model's words on one line, so that nothing of them becomes Markdown that nobody meant. */
const plain = (text) =>
  text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\`*_[\]<>#|]/g, (character) => `\\${character}`);

function renderDocument({ name, title, kind, digest, keywords }) {
  const words = keywords.length === 0 ? '' : `\n\n_${keywords.map(plain).join(', ')}_`;
  return `### ${plain(title) || plain(name)}\n\n\`${name}\`, ${kind}\n\n${plain(digest)}${words}\n`;
}

function renderIndex({ folder, documents, skipped }) {
  const folders = [...new Set(documents.map(({ name }) => folderOf(name)))];
  const sections = folders.flatMap((one) => [
    `## ${one === '' ? 'The folder itself' : plain(one)}\n`,
    ...documents.filter(({ name }) => folderOf(name) === one).map(renderDocument),
  ]);
  const left = skipped.map(({ name, problem }) => `- \`${name}\`: ${problem}\n`).join('');
  return [
    `# Index of ${folder}\n`,
    `${documents.length} documents. The digests were written by a model; the documents are what counts.\n`,
    ...sections,
    ...(skipped.length === 0 ? [] : [`## Left out\n\n${left}`]),
  ].join('\n');
}

runScript('index', ['batch'], ({ batch }) => {
  const { folder, documents, skipped } = readJson(join(batch, 'manifest.json'));
  const described = documents.map(({ id, name, characters }) => ({
    name,
    characters,
    ...readJson(join(batch, 'results', `${id}.json`)),
  }));
  const index = { folder, documents: described, skipped };
  mkdirSync(join(batch, 'output'), { recursive: true });
  writeFileSync(join(batch, 'output/index.json'), `${JSON.stringify(index, null, 2)}\n`);
  writeFileSync(join(batch, 'output/INDEX.md'), renderIndex(index));
  return { documents: described.length, skipped: skipped.length };
});
