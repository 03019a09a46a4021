// Puts the records of all packages together:
//   node aggregate.mjs --manifest <manifest.json> --results <folder> --out <folder>
// The same records give the same bytes: everything is sorted, and nothing holds a time or a path of this host.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal, runScript } from '../lib/command-line.mjs';
import { writeAtomic, writeJson } from '../lib/files.mjs';
import { renderNotices } from '../lib/notices.mjs';
import { renderSummary } from '../lib/summary.mjs';
import { countLicenses, groupByLicense } from '../lib/tally.mjs';

function readResult(results, id) {
  const path = join(results, `${id}.json`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Refusal(`the result of ${id} cannot be used: ${error.message}; run inspect again`);
  }
}

runScript('aggregate', ['manifest', 'results', 'out'], ({ manifest, results, out }) => {
  const { packages, skipped } = JSON.parse(readFileSync(manifest, 'utf8'));
  // The manifest says which results count; others may be left from an earlier look at another folder.
  const records = packages.map(({ id }) => readResult(results, id));
  const bodyOf = (hash) => readFileSync(join(results, 'texts', `${hash}.txt`), 'utf8').trimEnd();
  const groups = groupByLicense(records);
  const totals = {
    packages: records.length,
    licenses: countLicenses(records),
    unknown: records.filter(({ license }) => license === 'unknown').length,
    conflicts: records.filter(({ conflict }) => conflict === true).length,
  };
  const counts = Object.fromEntries(groups.map(([license, group]) => [license, group.length]));
  writeAtomic(join(out, 'THIRD_PARTY_NOTICES.md'), renderNotices(records, bodyOf));
  writeAtomic(join(out, 'SUMMARY.md'), renderSummary(records, skipped));
  writeJson(join(out, 'licenses.json'), {
    v: 1,
    totals,
    by_license: counts,
    packages: records.map(({ texts, ...record }) => ({
      ...record,
      texts: texts.map(({ file, role, body }) => ({ file, role, sha256: body })),
    })),
    skipped,
  });
  return totals;
});
