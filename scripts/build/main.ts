// The second half of `npm run build`: bundles every program over its entry file in dist/, so that a start
// reads a handful of files instead of hundreds. What the compiler wrote stays beside it, for those who load
// single modules.
import { execFile } from 'node:child_process';
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { BuildOptions, Metafile } from 'esbuild';
import { projectRoot } from '../context.ts';
import { WRAPPER } from './open-program.ts';

const CHUNKS = 'dist/chunks';

/**
 * Packages that are CommonJS load the modules of Node by `require`, which a module does not have. Nothing else
 * comes by it: js-yaml would read a parser of JavaScript at every start, for a tag that no plan may use.
 */
const REQUIRE = `import { createRequire, isBuiltin } from 'node:module';
const require = ((load) => (name) => {
  if (!isBuiltin(name)) throw new Error(name + ' is not part of the bundle');
  return load(name);
})(createRequire(import.meta.url));`;

const COMMON: BuildOptions = {
  absWorkingDir: projectRoot,
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
};

/** The programs that stay: brain, agents, workers, launch. */
async function bundlePrograms(): Promise<readonly string[]> {
  const folders = await readdir(join(projectRoot, 'agents'), { recursive: true });
  const mains = folders.filter((path) => /^[\w-]+\/main\.ts$/.test(path));
  const { metafile } = await build({
    ...COMMON,
    entryPoints: mains.map((path) => `agents/${path}`),
    outbase: '.',
    outdir: 'dist',
    splitting: true,
    chunkNames: 'chunks/[hash]',
    format: 'esm',
    banner: { js: REQUIRE },
    // Names and layout are kept, and NODE_OPTIONS=--enable-source-maps shows the lines of the sources.
    sourcemap: 'linked',
    metafile: true,
  });
  return filesOf(metafile);
}

const filesOf = ({ outputs }: Metafile): string[] => Object.keys(outputs);

/** A script that nobody loads as a module cannot import one: the command would end at that line. */
function refuseImports({ outputs }: Metafile): void {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const left = imports.find(({ kind }) => kind === 'dynamic-import');
  if (left !== undefined) throw new Error(`import('${left.path}') cannot be part of the CLI`);
}

/** The CLI: one script, whose modules run when a command asks for them, and the code of it. */
async function bundleCli(): Promise<readonly string[]> {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: ['scripts/program.ts'],
    outdir: CHUNKS,
    entryNames: '[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    banner: { js: WRAPPER.before },
    footer: { js: WRAPPER.after },
    define: { 'import.meta.dirname': '__dirname' },
    logOverride: { 'empty-import-meta': 'error' },
    metafile: true,
  });
  refuseImports(metafile);
  const [bundle] = filesOf(metafile) as [string];
  const code = bundle.replace(/\.cjs$/, '.code');
  const compile = join(projectRoot, 'dist/scripts/build/compile.js');
  const paths = [bundle, code].map((path) => join(projectRoot, path));
  await promisify(execFile)(process.execPath, [compile, ...paths]);
  await build({
    ...COMMON,
    entryPoints: ['scripts/build/tutti.ts'],
    outfile: 'dist/scripts/tutti.js',
    format: 'esm',
    banner: { js: '#!/usr/bin/env node' },
    define: { BUNDLE: JSON.stringify(`../chunks/${basename(code, '.code')}`) },
  });
  return [bundle, code];
}

const written = new Set([...(await bundlePrograms()), ...(await bundleCli())]);
// Only now: a program of the last build that still runs may load one of its own.
await mkdir(join(projectRoot, CHUNKS), { recursive: true });
for (const name of await readdir(join(projectRoot, CHUNKS))) {
  if (!written.has(`${CHUNKS}/${name}`)) await unlink(join(projectRoot, CHUNKS, name));
}
