// Finds every package installed below a folder. A package is a direct child of a `node_modules` folder or
// of a scope in one; a package.json deeper inside a package only sets its module type and is no package.
//
// Links are followed by where they lead: every real folder is visited once, which ends the circles that
// pnpm and workspaces make. A link out of the scanned folder is a package, but its inside is not walked.
import * as fs from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { byCodeUnit, isInside } from './files.mjs';
import { readPackageJson, textField } from './package-json.mjs';

// Hidden folders in which pnpm and yarn keep the real packages, each in a node_modules of its own.
const STORES = new Set(['.pnpm', '.store']);

// `root` is a real path. The answer is `{ packages: [{ name, version, path, paths, folder }], skipped:
// [{ path, why }] }`, all paths relative to `root` and with `/`.
export function findPackages(root) {
  const walk = {
    root,
    packages: new Map(),
    skipped: [],
    queue: [],
    queued: new Set(),
    homes: [root],
  };
  if (basename(root) === 'node_modules') enqueue(walk, root, '');
  else enqueueModulesBelow(walk, root, '');
  // A folder without any node_modules may itself hold packages side by side, like a vendor folder.
  const isVendor = walk.queue.length === 0;
  if (isVendor) enqueue(walk, root, '');
  for (const modules of walk.queue) readModules(walk, modules, isVendor);
  return { packages: [...walk.packages.values()], skipped: walk.skipped };
}

function enqueue(walk, folder, path) {
  if (walk.queued.has(folder)) return;
  walk.queued.add(folder);
  walk.queue.push({ folder, path });
}

const joinPath = (path, name) => (path === '' ? name : `${path}/${name}`);

function listEntries(walk, folder, path) {
  try {
    const entries = fs.readdirSync(folder, { withFileTypes: true });
    return entries.sort((a, b) => byCodeUnit(a.name, b.name));
  } catch (error) {
    walk.skipped.push({ path: path === '' ? '.' : path, why: `cannot be listed (${error.code})` });
    return [];
  }
}

function enqueueModulesBelow(walk, folder, path) {
  for (const entry of listEntries(walk, folder, path)) {
    const below = join(folder, entry.name);
    if (entry.name === 'node_modules') enqueueStart(walk, below, joinPath(path, entry.name));
    else if (!entry.isDirectory()) continue;
    else if (!entry.name.startsWith('.') || STORES.has(entry.name)) {
      enqueueModulesBelow(walk, below, joinPath(path, entry.name));
    }
  }
}

// A node_modules that is a link makes the place it leads to part of what is scanned.
function enqueueStart(walk, folder, path) {
  const real = realFolder(folder).real;
  if (real === undefined) return;
  if (!walk.homes.some((home) => isInside(real, home))) walk.homes.push(real);
  enqueue(walk, real, path);
}

function readModules(walk, { folder, path }, isVendor) {
  for (const entry of listEntries(walk, folder, path)) {
    const at = { folder: join(folder, entry.name), path: joinPath(path, entry.name) };
    if (STORES.has(entry.name)) enqueueModulesBelow(walk, at.folder, at.path);
    else if (entry.name.startsWith('.')) continue;
    else if (entry.name.startsWith('@') && !fs.existsSync(join(at.folder, 'package.json'))) {
      readScope(walk, at, entry.name, isVendor);
    } else readPackage(walk, at, entry.name, isVendor);
  }
}

function readScope(walk, { folder, path }, scope, isVendor) {
  if (realFolder(folder).real === undefined) return;
  for (const entry of listEntries(walk, folder, path)) {
    if (entry.name.startsWith('.')) continue;
    const at = { folder: join(folder, entry.name), path: joinPath(path, entry.name) };
    readPackage(walk, at, `${scope}/${entry.name}`, isVendor);
  }
}

function realFolder(folder) {
  try {
    const real = fs.realpathSync(folder);
    return fs.statSync(real).isDirectory() ? { real } : {};
  } catch (error) {
    return {
      why: error.code === 'ENOENT' ? 'a link to nothing' : `cannot be read (${error.code})`,
    };
  }
}

function readPackage(walk, { folder, path }, folderName, isVendor) {
  const { real, why } = realFolder(folder);
  if (why !== undefined) walk.skipped.push({ path, why });
  if (real === undefined) return;
  const known = walk.packages.get(real);
  if (known !== undefined) {
    known.paths.push(path);
    return;
  }
  const read = readPackageJson(real);
  const name = textField(read?.fields, 'name');
  if (read === null) {
    if (!isVendor) walk.skipped.push({ path, why: 'it holds no package.json' });
  } else if (!isVendor || name !== '') {
    const version = textField(read.fields, 'version');
    walk.packages.set(real, {
      name: name || folderName,
      version,
      path,
      paths: [path],
      folder: real,
    });
  }
  enqueueAround(walk, real, path);
}

// Further packages stand inside a package, and beside the real place of a linked one.
function enqueueAround(walk, real, path) {
  if (!walk.homes.some((home) => isInside(real, home))) return;
  const nested = realFolder(join(real, 'node_modules')).real;
  if (nested !== undefined) enqueue(walk, nested, `${path}/node_modules`);
  const parent = dirname(real);
  const modules = basename(parent).startsWith('@') ? dirname(parent) : parent;
  if (basename(modules) !== 'node_modules' || !isInside(modules, walk.root)) return;
  enqueue(walk, modules, relative(walk.root, modules).split(sep).join('/'));
}
