import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../agents/process/shutdown.ts';
import { COMMANDS } from '../../scripts/commands.ts';
import { EXIT_MEANINGS } from '../../scripts/failure.ts';
import { renderCliDoc, wholeProgram } from '../../scripts/docs/cli.ts';
import { ROOT } from '../tidy/tree.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';

const TUTTI = join(ROOT, 'dist/scripts/tutti.js');

let house: House;
beforeEach(() => {
  house = openHouse();
});
afterEach(() => house.close());

describe('tutti', () => {
  it('without arguments shows its commands in groups', async () => {
    const { code, out } = await house.tutti('--help');
    expect(code).toBe(0);
    for (const { name, summary } of COMMANDS)
      expect(out).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
    const bare = spawnSync(process.execPath, [TUTTI], { encoding: 'utf8' });
    expect([bare.status, bare.stdout]).toEqual([0, out]);
  });

  it('has the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect((await house.tutti('--version')).out).toBe(`${version}\n`);
  });

  it.each([
    [['statsu'], "error: unknown command 'statsu'\n(Did you mean status?)\n"],
    [['status', '--tsks'], "error: unknown option '--tsks'\n(Did you mean --tasks?)\n"],
    [['submit', '--shard', 'x'], "error: unknown option '--shard'\n(Did you mean --shared?)\n"],
    [['wait'], "error: missing required argument 'batch'\n"],
    [
      ['status', 'extra'],
      "error: too many arguments for 'status'. Expected 0 arguments but got 1.\n",
    ],
    [
      ['submit', 'x', '--priority', 'hihg'],
      "error: option '--priority <priority>' argument 'hihg' is invalid. Expected low, normal, high, urgent or 0 to 99.\n",
    ],
    [
      ['completion', 'bsh'],
      "error: command-argument value 'bsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.\n",
    ],
  ])('%j is refused with what was meant', async (args, err) => {
    expect(await house.tutti(...args)).toEqual({ code: 2, out: '', err });
  });

  it.each(COMMANDS.map(({ name }) => name))('%s --help has an example of its own', async (name) => {
    const { code, out } = await house.tutti(name, '--help');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`\\nExamples?:\\n  \\$ .*tutti ${name}`));
  });

  it('takes the global options before and after the command', async () => {
    const other = join(house.root, 'other');
    mkdirSync(other);
    for (const args of [
      ['--shared', other, 'status'],
      ['status', '--shared', other],
    ]) {
      expect((await house.tutti(...args)).out).toMatch(new RegExp(`^tutti {2}${other}\n`));
    }
  });

  it.each([
    ['the shared directory is not there', ['--shared', '/nowhere/at/all'], 'SHARED_MISSING'],
    ['the settings are not there', ['--settings', '/nowhere.json'], 'CONFIG_JSON'],
  ])('ends with 78 when %s', (_, args, code) => {
    const ran = spawnSync(process.execPath, [TUTTI, 'status', ...args], { encoding: 'utf8' });
    expect(ran.status).toBe(EXIT.config);
    expect(ran.stderr).toMatch(new RegExp(`\\[${code}\\]\n {4}\\S`));
  });

  it('names the unknown key of a configuration', async () => {
    writeFileSync(house.config, '{"brian": {}}');
    const { code, err } = await house.tutti('status');
    expect(code).toBe(EXIT.config);
    expect(err).toContain('"brian"');
  });

  it('ends quietly when its reader has seen enough', async () => {
    const line = JSON.stringify({
      timestamp: '2026-01-02T03:04:05.000Z',
      type: 'x',
      message: 'x'.repeat(100),
      details: {},
    });
    house.write('logs/brain_decisions.log', `${line}\n`.repeat(20_000));
    const command = `"$0" "$1" decisions -n 20000 --settings "$2" | head -n 1; exit "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', command, process.execPath, TUTTI, house.config]);
    let err = '';
    child.stderr.on('data', (text) => (err += String(text)));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('uses colour on a terminal only, and not with NO_COLOR or --no-color', async () => {
    const inTerminal = (env: Record<string, string>, ...args: string[]): string => {
      const command = [process.execPath, TUTTI, 'status', '--settings', house.config, ...args].join(
        ' ',
      );
      const all: NodeJS.ProcessEnv = { ...process.env, TERM: 'xterm-256color', ...env };
      // Node paints nothing in a CI that it does not know, and each of these overrides the terminal.
      delete all['CI'];
      if (env['NO_COLOR'] === undefined) delete all['NO_COLOR'];
      return spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', env: all })
        .stdout;
    };
    expect((await house.tutti('status')).out).not.toContain('\u001B[');
    if (spawnSync('script', ['--version']).error !== undefined) return;
    expect(inTerminal({})).toContain('\u001B[1mtutti\u001B[22m');
    expect(inTerminal({ NO_COLOR: '1' })).not.toContain('\u001B[');
    expect(inTerminal({}, '--no-color')).not.toContain('\u001B[');
  });
});

describe('the house of the CLI', () => {
  it('loads a command only when it is called: its file imports nothing heavy', () => {
    const light =
      /^(commander|\.\.\/(arguments|completion\/completion-scripts|steer\/patience)\.ts|\.\.\/\.\.\/agents\/(process\/shutdown|protocol\/words)\.ts)$/;
    const folder = join(ROOT, 'scripts/commands');
    const heavy = readdirSync(folder).flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return [...text.matchAll(/^import (?!type )[^;]* from '([^']+)';$/gm)]
        .map((match) => `${name}: ${match[1]}`)
        .filter((found) => !light.test(found.slice(name.length + 2)));
    });
    expect(heavy).toEqual([]);
  });

  it('has a file per command, and a command per file', () => {
    const files = readdirSync(join(ROOT, 'scripts/commands')).map((name) =>
      name.replace('.ts', ''),
    );
    expect(COMMANDS.map(({ name }) => name).toSorted()).toEqual(files.toSorted());
  });

  it('explains every exit code', () => {
    const explained = EXIT_MEANINGS.map(([code]) => code);
    expect(explained).toEqual(expect.arrayContaining(Object.values(EXIT)));
    expect(explained).toEqual(explained.toSorted((a, b) => a - b));
  });

  it('has docs/CLI.md as `npm run docs` writes it', async () => {
    const page = readFileSync(join(ROOT, 'docs/CLI.md'), 'utf8');
    expect(page).toBe(renderCliDoc(await wholeProgram()));
  });
});
