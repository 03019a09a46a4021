// Lists the packages installed below a folder:
//   node scan.mjs --root <folder, or '' for the nearest node_modules> --out <manifest.json>
import { writeJson } from '../lib/files.mjs';
import { runScript } from '../lib/command-line.mjs';
import { buildManifest } from '../lib/manifest.mjs';
import { resolveRoot } from '../lib/root.mjs';
import { findPackages } from '../lib/walk.mjs';

runScript('scan', ['root', 'out'], ({ root, out }) => {
  const folder = resolveRoot(root);
  const manifest = buildManifest(findPackages(folder));
  writeJson(out, manifest);
  console.log(`${manifest.packages.length} packages in ${folder}`);
  return { packages: manifest.packages.length, skipped: manifest.skipped.length };
});
