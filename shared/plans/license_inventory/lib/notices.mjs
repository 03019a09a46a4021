// Renders THIRD_PARTY_NOTICES.md: packages by licence with their copyright lines, then each distinct text once. The
// copyright lines stand with the package and not in the text, so packages that differ in nothing else share one.
import { fenced, inline, link } from './markdown.mjs';
import { countLicenses, counted, groupByLicense, titleOf } from './tally.mjs';

// `bodyOf` gives the text of a hash. Records come sorted, and so do texts: in the order of their first use.
export function renderNotices(records, bodyOf) {
  if (records.length === 0) return '# Third-party notices\n\nNo packages were found.\n';
  const entries = mergeCopies(records);
  const groups = groupByLicense(entries);
  const texts = numberTexts(groups.flatMap(([, group]) => group));
  const parts = [
    '# Third-party notices',
    `${counted(records.length, 'package')} under ${counted(countLicenses(records), 'licence')}. The numbers in brackets name the texts at the end.`,
    ...groups.map(([license, group]) => renderGroup(license, group, texts)),
    '## Texts',
    ...[...texts.values()].map((text) => renderText(text, bodyOf)),
  ];
  return `${parts.join('\n\n')}\n`;
}

// The same release installed at several places is one entry, as long as the copies say the same.
function mergeCopies(records) {
  const entries = new Map();
  for (const record of records) {
    const { name, version, license, copyright, texts } = record;
    const keys = texts.map(({ key }) => key);
    const identity = JSON.stringify([name, version, license, copyright, keys]);
    if (!entries.has(identity)) entries.set(identity, record);
  }
  return [...entries.values()];
}

function numberTexts(entries) {
  const texts = new Map();
  for (const entry of entries) {
    for (const { key, body } of entry.texts) {
      const text = texts.get(key) ?? { number: texts.size + 1, body, users: [] };
      text.users.push(entry);
      texts.set(key, text);
    }
  }
  return texts;
}

function renderGroup(license, group, texts) {
  const lines = group.map((entry) => {
    const numbers = new Set(entry.texts.map(({ key }) => texts.get(key).number));
    const title = link(titleOf(entry), entry.repository ?? entry.homepage);
    const brackets = [...numbers].map((number) => ` \\[${number}\\]`).join('');
    const claims = entry.copyright.map((line) => `\n  - ${inline(line)}`).join('');
    return `- ${title}${brackets}${claims}`;
  });
  return `## ${inline(license)}\n\n${lines.join('\n')}`;
}

function renderText({ number, body, users }, bodyOf) {
  const names = [...new Set(users.map(titleOf))].map(inline).join(', ');
  return `### Text ${number}\n\nOf ${names}.\n\n${fenced(bodyOf(body))}`;
}
