// The second half of `npm run build`: bundles every program over its entry file in dist/, so that a start
// reads a handful of files instead of hundreds. What the compiler wrote stays beside it, for those who load
// single modules.
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../context.ts';

const CHUNKS = 'dist/chunks';

/** Packages that are CommonJS load the modules of Node by `require`, which a module does not have. */
const REQUIRE = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);`;

async function programs(): Promise<string[]> {
  const folders = await readdir(join(projectRoot, 'agents'), { recursive: true });
  const mains = folders.filter((path) => /^[\w-]+\/main\.ts$/.test(path));
  return ['scripts/tutti.ts', ...mains.map((path) => `agents/${path}`)];
}

const { metafile } = await build({
  absWorkingDir: projectRoot,
  entryPoints: await programs(),
  outbase: '.',
  outdir: 'dist',
  bundle: true,
  // What a command loads when it needs it stays in files of its own.
  splitting: true,
  chunkNames: 'chunks/[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: { js: REQUIRE },
  // Names and layout are kept, and NODE_OPTIONS=--enable-source-maps shows the lines of the sources.
  sourcemap: 'linked',
  metafile: true,
  logLevel: 'warning',
});

// Only now: a program of the last build that still runs may load one of its own.
const written = new Set(Object.keys(metafile.outputs));
await mkdir(join(projectRoot, CHUNKS), { recursive: true });
for (const name of await readdir(join(projectRoot, CHUNKS))) {
  if (!written.has(`${CHUNKS}/${name}`)) await unlink(join(projectRoot, CHUNKS, name));
}
