// Reads one installed package and makes its record. Nothing that a package holds, or lacks, is an error here.
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { classify, excerptAt, flatten, ownPart, textKey } from './classify.mjs';
import { copyrightLines, withoutCopyright } from './copyright.mjs';
import { decideLicense } from './decide.mjs';
import { readDeclared } from './declared.mjs';
import { TEXT_BYTES_MAX, readText, sha256 } from './files.mjs';
import { findLicenseFiles, findReadme } from './license-files.mjs';
import { webAddress } from './links.mjs';
import { readPackageJson } from './package-json.mjs';
import { readReadme } from './readme.mjs';

const CUT_MARK = `\n\n[The file goes on: only ${TEXT_BYTES_MAX} bytes were read.]`;

// Answers `{ record, bodies: Map(hash → text) }`; the bodies are the texts that the notices must print.
export function inspectPackage(root, item) {
  const folder = join(root, item.path);
  if (!existsSync(folder)) return { record: recordOf(item, null, gone()), bodies: new Map() };
  const home = realpathSync(folder);
  const manifest = readPackageJson(home);
  const fields = manifest?.fields ?? null;
  const declared = readDeclared(fields);
  const texts = readTexts(home, declared);
  const readmeFile = findReadme(home);
  const readme = readmeFile === null ? null : readReadmeFile(home, readmeFile);
  const decision = decideLicense({ declared, texts, readme });
  const evidence = [
    { file: 'package.json', says: declared.says ?? manifest?.problem ?? 'not there' },
    ...(texts.length > 0 ? texts.map(evidenceOf) : [{ file: '.', says: 'no licence file' }]),
    ...readmeEvidence(readme, texts),
    ...(decision.reason === undefined ? [] : [{ file: '.', says: decision.reason }]),
  ];
  const prose = texts.filter(({ text }) => text !== undefined);
  return {
    record: recordOf(item, fields, { ...decision, evidence, ...printed(prose, readme) }),
    bodies: new Map(prose.map(({ body }) => [sha256(body), body])),
  };
}

const gone = () => ({
  license: 'unknown',
  source: null,
  isConflict: false,
  evidence: [{ file: '.', says: 'the folder is not there any more' }],
  copyright: [],
  texts: [],
});

function readTexts(home, declared) {
  const files = findLicenseFiles(home);
  // The file that package.json points to counts whatever its name is, as long as it is one of the package.
  const named = declared.kind === 'file' ? declared.file.replace(/^\.\//, '') : null;
  if (named !== null && !files.some(({ file }) => file === named)) {
    files.push({ file: named, role: 'license' });
  }
  return files.flatMap(({ file, role }) => {
    const read = readText(join(home, file), home);
    if (read === null) return [];
    if (read.text === undefined) {
      return [{ file, role, problem: read.problem, ids: [], rider: null, isDual: false }];
    }
    const own = ownPart(read.text, role);
    const copyright = copyrightLines(own);
    const body = withoutCopyright(read.text, copyright) + (read.isCut ? CUT_MARK : '');
    return [{ file, role, ...read, own: own.trim(), ...classify(own), copyright, body }];
  });
}

function readReadmeFile(home, file) {
  const text = readText(join(home, file), home)?.text;
  const section = text === undefined ? null : readReadme(text);
  return section === null ? null : { file, ...section };
}

function evidenceOf({ file, role, problem, text, own, ids, excerpts, rider, isCut }) {
  if (problem !== undefined) return { file, says: problem };
  const isForeign = role === 'third-party' || own === '';
  const says = [
    isForeign ? 'about bundled software' : '',
    ids.length > 0 ? `text of ${ids.join(', ')}` : '',
    ids.length === 0 && !isForeign ? 'no licence text we know' : '',
    rider === null ? '' : `with a "${rider}"`,
    isCut ? 'only its start was read' : '',
  ].filter((part) => part !== '');
  const excerpt = excerpts.get(ids[0]) ?? excerptAt(flatten(text.slice(0, 2000)), 0);
  return { file, says: says.join(', '), excerpt };
}

// The README is evidence where it says something, and where it is all there is.
function readmeEvidence(readme, texts) {
  if (readme === null) return [];
  if (readme.ids.length === 0 && texts.length > 0) return [];
  const says =
    readme.ids.length > 0 ? `names ${readme.ids.join(', ')}` : 'names no licence we know';
  return [{ file: readme.file, says, excerpt: readme.excerpt }];
}

function printed(prose, readme) {
  const own = prose
    .filter(({ role }) => role !== 'third-party')
    .flatMap(({ copyright }) => copyright);
  const copyright = own.length > 0 || readme === null ? own : copyrightLines(readme.section);
  return {
    copyright: [...new Set(copyright)],
    texts: prose.map(({ file, role, body }) => ({
      file,
      role,
      body: sha256(body),
      key: textKey(body),
    })),
  };
}

function recordOf(item, fields, { license, source, isConflict, evidence, copyright, texts }) {
  const homepage = webAddress(fields?.homepage);
  const repository = webAddress(fields?.repository);
  const licenseFile = texts.find(({ role }) => role === 'license')?.file;
  return {
    ...item,
    license,
    source,
    ...(isConflict ? { conflict: true } : {}),
    evidence,
    ...(licenseFile === undefined ? {} : { license_file: licenseFile }),
    copyright,
    ...(homepage === null ? {} : { homepage }),
    ...(repository === null ? {} : { repository }),
    texts,
  };
}
