// Renders SUMMARY.md: how many packages stand under which licence, and every one that a person should look at.
import { inline, table } from './markdown.mjs';
import { counted, groupByLicense, titleOf } from './tally.mjs';

export function renderSummary(records, skipped) {
  const unknown = records.filter(({ license }) => license === 'unknown');
  const conflicts = records.filter(({ conflict }) => conflict === true);
  const parts = [
    '# Licences',
    records.length === 0 ? 'No packages were found.' : renderCounts(records, unknown, conflicts),
    ...renderList('Unknown', 'What these packages hold did not decide their licence.', unknown),
    ...renderList(
      'Conflicts',
      'package.json says one thing and the text another. The declared licence is kept until a person decides.',
      conflicts,
    ),
    ...renderSkipped(skipped),
  ];
  return `${parts.join('\n\n')}\n`;
}

function renderCounts(records, unknown, conflicts) {
  const rows = groupByLicense(records).map(([license, group]) => [inline(license), group.length]);
  return [
    `${counted(records.length, 'package')}, ${unknown.length} unknown, ${counted(conflicts.length, 'conflict')}.`,
    table(['Licence', 'Packages'], rows),
  ].join('\n\n');
}

function renderList(title, intro, records) {
  if (records.length === 0) return [];
  const entries = records.map((record) => {
    const evidence = record.evidence.map(({ file, says, excerpt }) => {
      const quote = excerpt === undefined || excerpt === '' ? '' : `: “${inline(excerpt)}”`;
      return `\n  - ${inline(file)}: ${inline(says)}${quote}`;
    });
    return `- ${inline(titleOf(record))} in ${inline(record.path)}: ${inline(record.license)}${evidence.join('')}`;
  });
  return [`## ${title}`, intro, entries.join('\n')];
}

function renderSkipped(skipped) {
  if (skipped.length === 0) return [];
  const lines = skipped.map(({ path, why }) => `- ${inline(path)}: ${inline(why)}`);
  return ['## Not packages', 'Stood where a package belongs and was left out.', lines.join('\n')];
}
