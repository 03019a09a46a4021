// The bundled plan: its scripts as tutti runs them, and the whole of it with a brain, an agent and a model server.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import { jsonOf, textOf } from '../helpers/tree.ts';
import { startServer } from '../models/fakes.ts';
import { PROJECT } from './plan-run.ts';

const PLAN = join(PROJECT, 'shared/plans/summarize_folder');

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tutti-summarize-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function write(path: string, content: string | Buffer): void {
  const absolute = join(home, 'documents', path);
  mkdirSync(dirname(absolute), { recursive: true });
  writeFileSync(absolute, content);
}

const batch = (): string => join(home, 'batch');

function run(script: string, ...args: readonly string[]) {
  mkdirSync(join(batch(), 'results'), { recursive: true });
  const file = join(PLAN, 'scripts', `${script}.mjs`);
  const all = [file, ...args, '--batch', batch()];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8' });
  return { code: status, last: stdout.trim().split('\n').at(-1), stderr };
}
const scan = (max = '1000', folder = join(home, 'documents')) =>
  run('scan', '--folder', folder, '--endings', 'md,.txt', '--max-characters', max);

interface Manifest {
  readonly documents: readonly {
    readonly id: string;
    readonly name: string;
    readonly text: string;
  }[];
  readonly skipped: readonly { readonly name: string; readonly problem: string }[];
}
const manifest = (): Manifest =>
  JSON.parse(readFileSync(join(batch(), 'manifest.json'), 'utf8')) as Manifest;

describe('scan', () => {
  it('lists documents of any name, once and in order, and says what it leaves out', () => {
    write('b.md', '# B');
    write('a/Größe 1.txt', 'eins');
    write('a/grosse_1.TXT', 'one');
    write('node_modules/x.md', 'no');
    write('.hidden/x.md', 'no');
    write('picture.png', 'no');
    write('latin.txt', Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65]));
    write('binary.txt', 'a\0b');
    write('empty.md', ' \n');
    symlinkSync(join(home, 'documents/b.md'), join(home, 'documents/link.md'));
    expect(scan()).toEqual({ code: 0, last: '{"documents":3,"skipped":3}', stderr: '' });
    const { documents, skipped } = manifest();
    expect(documents.map(({ name }) => name)).toEqual(['a/Größe 1.txt', 'a/grosse_1.TXT', 'b.md']);
    expect(new Set(documents.map(({ id }) => id)).size).toBe(3);
    expect(documents.every(({ id }) => /^[a-z0-9_]+$/.test(id))).toBe(true);
    expect(skipped).toEqual([
      { name: 'binary.txt', problem: 'it is binary' },
      { name: 'empty.md', problem: 'it is empty' },
      { name: 'latin.txt', problem: 'it is no UTF-8 text' },
    ]);
  });

  it('shows a model the beginning and the end of a long document', () => {
    write('long.md', `begin ${'x'.repeat(5000)} end`);
    expect(scan('200').code).toBe(0);
    const text = readFileSync(join(batch(), manifest().documents[0]!.text), 'utf8');
    expect(text).toMatch(/^begin x+\n\n\[4810 characters left out\]\n\nx+ end$/);
  });

  it('without a folder it takes the documentation of this project', () => {
    expect(scan('1000', '').code).toBe(0);
    expect(manifest().documents.map(({ name }) => name)).toContain('MODELS.md');
  });

  it('a folder that is not there, or a limit that is none, is one clear line', () => {
    expect(scan('1000', join(home, 'nowhere'))).toMatchObject({ code: 1 });
    mkdirSync(join(home, 'documents'));
    expect(scan('x').stderr).toBe('scan: --max-characters: expected 100 or more\n');
  });
});

describe('index', () => {
  it('an empty folder gives an index of nothing', () => {
    mkdirSync(join(home, 'documents'));
    expect(scan().last).toBe('{"documents":0,"skipped":0}');
    expect(run('index').last).toBe('{"documents":0,"skipped":0}');
    expect(existsSync(join(batch(), 'output/INDEX.md'))).toBe(true);
  });

  it('a model cannot write Markdown into it', () => {
    write('a.md', 'x');
    scan();
    const { id } = manifest().documents[0]!;
    const said = { title: '# [x](y)', kind: 'note', digest: 'a\n\n# b <img>', keywords: ['*k*'] };
    writeFileSync(join(batch(), `results/${id}.json`), JSON.stringify(said));
    expect(run('index').code).toBe(0);
    const text = readFileSync(join(batch(), 'output/INDEX.md'), 'utf8');
    expect(text).toContain('### \\# \\[x\\](y)\n');
    expect(text).toContain('\na \\# b \\<img\\>\n');
    expect(text).toContain('_\\*k\\*_');
  });
});

it('runs from the folder to the index, and one line of the roster says on what', async () => {
  const server = await startServer('fake-openai');
  write('one.md', 'The first document.');
  write('two/three.txt', 'The second one.');
  const rig = await openRig({
    agents: [{ name: 'cpu-1', kind: 'cpu', slots: 2 }],
    config: {
      models: { writer: { backend: 'openai', source: 'tiny', baseUrl: `${server.url}/v1` } },
      roles: { default: { model: 'writer' } },
    },
  });
  try {
    const id = await play.submitBundled(rig, 'summarize_folder', {
      config: { folder: join(home, 'documents') },
    });
    expect((await play.verdictOf(rig, id)).verdict).toBe('complete');
    const folder = rig.at(play.folderOf(id));
    expect(jsonOf(join(folder, 'output/index.json'))).toMatchObject({
      documents: [
        { name: 'one.md', kind: 'manual', title: 'x', digest: 'x', keywords: [] },
        { name: 'two/three.txt', kind: 'manual' },
      ],
    });
    expect(textOf(join(folder, 'output/INDEX.md'))).toContain('## two\n');
  } finally {
    await rig.close();
    await server.end();
  }
});
