// Groups records by licence: the most used first, then by name, with what nobody could decide at the end.
import { byCodeUnit } from './files.mjs';

export function groupByLicense(records) {
  const groups = new Map();
  for (const record of records) {
    const group = groups.get(record.license);
    if (group === undefined) groups.set(record.license, [record]);
    else group.push(record);
  }
  return [...groups].sort(
    ([a, ofA], [b, ofB]) =>
      Number(a === 'unknown') - Number(b === 'unknown') ||
      ofB.length - ofA.length ||
      byCodeUnit(a, b),
  );
}

// `unknown` is no licence.
export const countLicenses = (records) =>
  new Set(records.map(({ license }) => license).filter((license) => license !== 'unknown')).size;

export const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

export const titleOf = ({ name, version }) => `${name} ${version || '(no version)'}`;
