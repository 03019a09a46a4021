// Which files of a package speak about its licence, and in which role: `license` decides, `notice` must be
// passed on (Apache-2.0 §4d) and decides only when nothing else does, `third-party` is about what it bundles.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { byCodeUnit } from './files.mjs';

const FILES_MAX = 20;
const LICENSE =
  /^(licen[cs]e|copying|unlicen[cs]e|copyright)|[-_.](licen[cs]e|copying)(\.(txt|md))?$/i;
const NOTICE = /^notices?([-_.]|$)/i;
const THIRD_PARTY =
  /third[-_. ]?part(y|ies)|3rd[-_. ]?part(y|ies)|dependenc|bundled|^(licen[cs]e|notice)[-_.](docs?|documentation|vendor)/i;
const FOLDER = /^licen[cs]es$/i;
// Code and tables that happen to be called "license".
const NOT_PROSE =
  /\.([cm]?[jt]sx?|json5?|map|css|scss|html?|xml|ya?ml|toml|csv|svg|png|gif|jpe?g|py|go|rs|rb|sh|c|h)$/i;

function roleOf(name) {
  if (NOT_PROSE.test(name)) return null;
  if (THIRD_PARTY.test(name) && /licen[cs]e|notice|copyright|copying/i.test(name))
    return 'third-party';
  if (NOTICE.test(name)) return 'notice';
  return LICENSE.test(name) ? 'license' : null;
}

function namesIn(folder) {
  try {
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .sort((a, b) => byCodeUnit(a.name, b.name));
  } catch {
    return [];
  }
}

// Answers `[{ file, role }]`, `file` relative to the package.
export function findLicenseFiles(folder) {
  const found = namesIn(folder).flatMap((entry) => {
    if (entry.isDirectory()) {
      if (!FOLDER.test(entry.name)) return [];
      return namesIn(join(folder, entry.name))
        .filter(({ name }) => !NOT_PROSE.test(name) && !name.startsWith('.'))
        .map(({ name }) => ({ file: `${entry.name}/${name}`, role: roleOf(name) ?? 'license' }));
    }
    const role = roleOf(entry.name);
    return role === null ? [] : [{ file: entry.name, role }];
  });
  return found.slice(0, FILES_MAX);
}

export function findReadme(folder) {
  const names = namesIn(folder).map(({ name }) => name);
  return names.find((name) => /^readme(\.(md|markdown|mkd|txt|rst))?$/i.test(name)) ?? null;
}
