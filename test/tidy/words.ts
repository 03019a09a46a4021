// Names and words: files, declarations, comments, and what must never get into the tree.
import { posix } from 'node:path';
import { codeIn, sourceOf } from './source.ts';
import type { Breach, File, Rule } from './source.ts';

const ours = codeIn('agents', 'scripts', 'test', 'shared/plans');

const VAGUE = /(Manager|Handler|Helper|Utils?|Service)s?$|^(data|info)$/i;

/** A name that fits everything says nothing. */
export const vagueNames: Rule = (files) =>
  files.filter(ours).flatMap((file) => {
    const stem = posix.basename(file.path).replace(/\..*$/, '');
    const breach = (name: string, line: number): Breach => ({
      file: file.path,
      line,
      rule: 'vague name',
      problem: `"${name}" could be anything`,
      instead: 'name what it does with the words of docs/GLOSSARY.md',
    });
    const declared = sourceOf(file).declarations.filter(({ name }) => VAGUE.test(name));
    return [
      ...(VAGUE.test(stem) ? [breach(stem, 1)] : []),
      ...declared.map(({ name, line }) => breach(name, line)),
    ];
  });

const KEBAB = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
/** Names that other tools prescribe. */
const PRESCRIBED = /^(README|LICENSE|Dockerfile)(\.md)?$/;

/** Code is kebab-case; fixtures may carry the strange names that they are about. */
export const fileNames: Rule = (files) =>
  files
    .filter(({ path }) => /^(agents|scripts|test)\//.test(path) && !/\/fixtures\//.test(path))
    .filter(({ path }) => {
      const name = posix.basename(path);
      return !KEBAB.test(name) && !PRESCRIBED.test(name);
    })
    .map(({ path }) => ({
      file: path,
      line: 1,
      rule: 'file name',
      problem: 'not kebab-case',
      instead: 'lower-case words with hyphens',
    }));

interface Unwanted {
  readonly rule: string;
  readonly text: RegExp;
  readonly instead: string;
}

const IN_COMMENTS: readonly Unwanted[] = [
  { rule: 'open end', text: /\b(TODO|FIXME|XXX|HACK)\b/, instead: 'do it, or open an issue' },
  { rule: 'banner', text: /[=*#_-]{6,}/, instead: 'let the file be short enough without' },
  { rule: 'typed tag', text: /@(param|returns?|type)\s*\{/, instead: 'the signature has the type' },
];

/** Comments that promise, shout or repeat the signature. */
export const comments: Rule = (files) =>
  files.filter(ours).flatMap((file) =>
    sourceOf(file).comments.flatMap(({ value, line }) =>
      IN_COMMENTS.filter(({ text }) => text.test(value)).map(({ rule, instead }) => ({
        file: file.path,
        line,
        rule,
        problem: value.trim().split('\n')[0]!.slice(0, 60),
        instead,
      })),
    ),
  );

/** Pages and rules that a reader could not open: this project has docs/ and nothing else. */
const REFERENCE =
  /\bdocs\/(?:[A-Z][A-Z_]+\.md|adr\/\d{4})|\b(?:DESIGN|FIELD|STYLE)(?:,)? (?:§|row|rule)/g;

/** Every page that a comment or a message names is there. */
export const references: Rule = (files) => {
  const paths = files.map(({ path }) => path);
  const isThere = (name: string): boolean => paths.some((path) => path.startsWith(name));
  return files
    .filter(({ path }) => /^(agents|scripts|shared|test|docs)\/.*\.(ts|mjs|md)$/.test(path))
    .flatMap((file) =>
      file.text.split('\n').flatMap((text, index) =>
        [...text.matchAll(REFERENCE)]
          .filter(([name]) => !isThere(name))
          .map(([name]) => ({
            file: file.path,
            line: index + 1,
            rule: 'reference',
            problem: `${name} is not in the tree`,
            instead: 'name a page of docs/ (the numbered rules are in docs/ARCHITECTURE.md)',
          })),
      ),
    );
};

/** Placeholders such as `/home/me` are nobody's machine. */
const MACHINE =
  /(^|[\s"'`(=:])(\/(home|Users|work)\/(?!(me|you|user)\b)[\w.-]+|\/root\/[\w.-]+|[A-Z]:\\Users\\)/;

function grep(
  files: readonly File[],
  text: RegExp,
  breach: Omit<Breach, 'file' | 'line' | 'problem'>,
) {
  return files.flatMap((file) =>
    file.text.split('\n').flatMap((line, index) => {
      const found = text.exec(line);
      return found === null
        ? []
        : [{ file: file.path, line: index + 1, problem: found[0].trim(), ...breach }];
    }),
  );
}

/** A path that exists on one developer's machine only. */
export const machinePaths: Rule = (files) =>
  grep(files, MACHINE, {
    rule: 'machine path',
    instead: 'a path relative to the project or to shared/',
  });
