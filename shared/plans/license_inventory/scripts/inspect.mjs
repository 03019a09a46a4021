// Decides the licence of each package of one batch of items:
//   node inspect.mjs --root <as for scan> --items <JSON array> --results <folder>
// One record per package goes to <results>/<id>.json, each distinct text once to <results>/texts/<hash>.txt.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from '../lib/command-line.mjs';
import { writeAtomic, writeJson } from '../lib/files.mjs';
import { inspectPackage } from '../lib/inspect.mjs';
import { resolveRoot } from '../lib/root.mjs';

runScript('inspect', ['root', 'items', 'results'], ({ root, items, results }) => {
  const folder = resolveRoot(root);
  const packages = JSON.parse(readFileSync(items, 'utf8'));
  let unknown = 0;
  for (const item of packages) {
    const { record, bodies } = inspectPackage(folder, item);
    for (const [hash, body] of bodies) {
      const path = join(results, 'texts', `${hash}.txt`);
      if (!existsSync(path)) writeAtomic(path, `${body}\n`);
    }
    // The record comes last: whoever reads it finds the texts that it names.
    writeJson(join(results, `${item.id}.json`), record);
    if (record.license === 'unknown') unknown += 1;
    console.log(`${item.id}: ${record.license}${record.conflict ? ' (conflict)' : ''}`);
  }
  return { packages: packages.length, unknown };
});
