// Finds the documents below a folder:
//   node scan.mjs --folder <folder, or ''> --endings md,txt --max-characters 12000 --batch <folder of the batch>
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from '../lib/command-line.mjs';
import { findFiles, idOf, readText, resolveFolder, shorten, slashes } from '../lib/documents.mjs';

runScript('scan', ['folder', 'endings', 'max-characters', 'batch'], (options) => {
  const folder = resolveFolder(options.folder);
  const max = Number(options['max-characters']);
  if (!(max >= 100)) throw new Error('--max-characters: expected 100 or more');
  const endings = new Set(options.endings.split(',').map((one) => one.trim().replace(/^\./, '')));
  const texts = join(options.batch, 'texts');
  mkdirSync(texts, { recursive: true });
  const documents = [];
  const skipped = [];
  for (const path of findFiles(folder, endings)) {
    const { text, problem } = readText(join(folder, path));
    const name = slashes(path);
    if (text === undefined) {
      skipped.push({ name, problem });
      continue;
    }
    const id = idOf(name);
    writeFileSync(join(texts, `${id}.txt`), shorten(text, max));
    documents.push({ id, name, text: `texts/${id}.txt`, characters: text.length });
  }
  const manifest = join(options.batch, 'manifest.json');
  writeFileSync(`${manifest}.tmp`, `${JSON.stringify({ folder, documents, skipped }, null, 2)}\n`);
  renameSync(`${manifest}.tmp`, manifest);
  console.log(`${documents.length} documents in ${folder}`);
  return { documents: documents.length, skipped: skipped.length };
});
