// The lock file installs everywhere: from any registry, on any platform.
import type { Rule } from './source.ts';

const isLockFile = ({ path }: { readonly path: string }): boolean => path === 'package-lock.json';

/** No entry names the host that it came from. */
export const lockHosts: Rule = (files) =>
  files.filter(isLockFile).flatMap((file) =>
    file.text.split('\n').flatMap((text, index) => {
      const found = /"resolved": "\w+:\/\/[^"]*"/.exec(text);
      if (found === null) return [];
      const instead = 'npm install with the .npmrc of the project';
      return [{ file: file.path, line: index + 1, rule: 'lock host', problem: found[0], instead }];
    }),
  );

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}

/** npm forgets the packages of other platforms when it cannot see them, and `npm ci` then refuses the lock file. */
export const lockComplete: Rule = (files) =>
  files.filter(isLockFile).flatMap((file) => {
    const { packages } = JSON.parse(file.text) as Lock;
    const isLocked = (where: string, name: string): boolean =>
      `node_modules/${name}` in packages || `${where}/node_modules/${name}` in packages;
    return Object.entries(packages).flatMap(([where, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(where, name))
        .map((name) => ({
          file: file.path,
          line: file.text.split('\n').findIndex((line) => line.includes(`"${name}":`)) + 1,
          rule: 'lock complete',
          problem: `${name} of ${where} is missing`,
          instead: 'write the lock file where the registry offers every platform',
        })),
    );
  });
