// Which folder to scan. Without one it is the nearest `node_modules` above this plan, the way Node itself
// resolves packages: for the plan as shipped, the one of the project that it ships with.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal } from './command-line.mjs';

const ADVICE = `choose the folder with --config '{"root": "<folder>"}'`;

export function resolveRoot(given) {
  const root = given === '' ? nearestModules() : resolve(given);
  const name = JSON.stringify(root);
  if (!existsSync(root)) throw new Refusal(`the folder ${name} does not exist; ${ADVICE}`);
  if (!statSync(root).isDirectory()) throw new Refusal(`${name} is not a folder; ${ADVICE}`);
  return realpathSync(root);
}

function nearestModules() {
  const plan = dirname(dirname(fileURLToPath(import.meta.url)));
  for (let folder = plan; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (existsSync(modules)) return modules;
    if (folder === dirname(folder)) {
      throw new Refusal(`there is no node_modules above ${JSON.stringify(plan)}; ${ADVICE}`);
    }
  }
}
