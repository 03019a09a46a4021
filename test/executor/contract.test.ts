// The pure parts: from a task to its command and environment, from an end to its outcome.
import { describe, expect, it } from 'vitest';
import { plainWords, resolveCommand, wantsItemsFile } from '../../agents/executor/command.ts';
import { taskEnvironment } from '../../agents/executor/environment.ts';
import type { Contract } from '../../agents/executor/environment.ts';
import { outcomeOf } from '../../agents/executor/outcome.ts';
import type { EndCause, Facts } from '../../agents/executor/outcome.ts';

const scope = { values: { BATCH_PATH: '/b', LANGUAGE: 'de' }, itemsPath: '/b/items.json' };

describe('resolveCommand', () => {
  it('fills in everything that a task names', () => {
    const task = {
      command: 'run {BATCH_PATH} {ITEM.id}',
      items: [{ id: 'a b' }],
      requires: ['in/{ITEM.id}', 'in/all'],
      produces: ['{BATCH_PATH}/out/{ITEM.id}'],
      env: { ID: '{ITEM.id}', LANG: '{LANGUAGE}' },
    };
    expect(resolveCommand(task, scope)).toEqual({
      script: `run '/b' 'a b'`,
      requires: ['in/a b', 'in/all'],
      produces: ['/b/out/a b'],
      env: { ID: 'a b', LANG: 'de' },
    });
  });

  it('names one path per item of a batch', () => {
    const task = { command: 'run {ITEM}', items: ['a', 'b', 'a'], produces: ['out/{ITEM}'] };
    expect(resolveCommand(task, scope).produces).toEqual(['out/a', 'out/b']);
  });

  it.each([
    ['run {ITEM}', ['a'], false],
    ['run {ITEM} "$TUTTI_ITEMS_PATH"', ['a'], true],
    ['run {ITEMS_PATH}', ['a'], true],
    ['run', ['a'], true],
    ['run {ITEMS_PATH}', undefined, false],
  ])('%s with %j wants a file of items: %s', (command, items, expected) => {
    expect(wantsItemsFile({ command, ...(items === undefined ? {} : { items }) })).toBe(expected);
  });
});

describe('plainWords', () => {
  it.each([
    ['true', ['true']],
    ["run '/b c' 5 --out=x 'a;b'\n", ['run', '/b c', '5', '--out=x', 'a;b']],
    ['  ./bin/x.sh  a', ['./bin/x.sh', 'a']],
    ['A=1 run', null],
    ['run "a"', null],
    ['run $X', null],
    ["run 'a'b", null],
    ['run a; b', null],
    ['run > x', null],
    ['run *', null],
    ['run ~/x', null],
    ['run a\nrun b', null],
    ["'run' x", null],
    ['cd /tmp', null],
    ['exit 3', null],
    ['if x', null],
    ['', null],
  ])('%j is %j', (script, words) => {
    expect(plainWords(script)).toEqual(words);
  });
});

describe('taskEnvironment', () => {
  const contract: Contract = {
    batch: 'b',
    batchPath: '/s/b',
    planPath: '/s',
    task: 't',
    attempt: 2,
    agent: 'gpu-1',
    inputs: {},
    itemsPath: undefined,
    cudaDevices: 'GPU-7',
    model: undefined,
    feedback: null,
  };

  it('passes on what a program needs, and no secret', () => {
    const host = {
      PATH: '/bin',
      HOME: '/home/me',
      LC_ALL: 'C',
      CUDA_HOME: '/cuda',
      http_proxy: 'http://proxy:1',
      HTTPS_PROXY: 'http://me:secret@proxy:1',
      NODE_OPTIONS: '--inspect',
      NODE_EXTRA_CA_CERTS: '/x',
      HF_TOKEN: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      TUTTI_BATCH_ID: 'outer',
      SHELL: undefined,
    };
    const passed = Object.keys(taskEnvironment(host, contract, {})).filter((name) => name in host);
    expect(passed.toSorted()).toEqual([
      'CUDA_HOME',
      'HOME',
      'LC_ALL',
      'PATH',
      'TUTTI_BATCH_ID',
      'http_proxy',
    ]);
    expect(taskEnvironment(host, contract, {})['TUTTI_BATCH_ID']).toBe('b');
  });

  it('tells of the model of a hot card, and lets the task set what is not reserved', () => {
    const model = {
      name: 'small',
      dialect: 'openai',
      apiBase: 'http://127.0.0.1:1/v1',
      served: 'm',
      keyVariable: 'MY_KEY',
      contextTokens: null,
      role: null,
      systemFile: null,
    } as const;
    const host = { MY_KEY: 'k', OTHER_KEY: 'o' };
    const env = taskEnvironment(host, { ...contract, model }, { WORKER_MODEL: 'own', A: '1' });
    expect(env).toMatchObject({ WORKER_API_BASE: model.apiBase, WORKER_MODEL: 'own', A: '1' });
    expect(taskEnvironment(host, { ...contract, model }, {})['WORKER_MODEL']).toBe('m');
    expect(env).toMatchObject({ MY_KEY: 'k' });
    expect('OTHER_KEY' in env).toBe(false);
    expect(env).toMatchObject({ CUDA_VISIBLE_DEVICES: 'GPU-7', TUTTI_ATTEMPT: '2' });
    expect('TUTTI_ITEMS_PATH' in env).toBe(false);
  });

  it('leaves to batch.json what is too long for an environment', () => {
    const inputs = {
      text: 'a',
      list: [1],
      long: 'x'.repeat(100_000),
      nul: 'a\0b',
      none: undefined,
    };
    const env = taskEnvironment({}, { ...contract, inputs }, {});
    expect(Object.keys(env).filter((name) => name.startsWith('TUTTI_INPUT_'))).toEqual([
      'TUTTI_INPUT_TEXT',
      'TUTTI_INPUT_LIST',
    ]);
    const many = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`k${i}`, 'x'.repeat(9000)]),
    );
    const all = taskEnvironment({}, { ...contract, inputs: many }, {});
    expect(Object.values(all).join('').length).toBeLessThan(131_072);
  });

  it.each([
    ['TUTTI_CLAIM', 'names with TUTTI_ are tutti’s own'],
    ['A B', 'a name is letters, digits and `_`, and begins with no digit'],
    ['1A', 'a name is letters, digits and `_`, and begins with no digit'],
  ])('refuses %s', (name, problem) => {
    expect(() => taskEnvironment({}, contract, { [name]: 'x' })).toThrow(
      `the environment variable ${name} cannot be set by a task: ${problem}`,
    );
  });
});

describe('outcomeOf', () => {
  const facts = (code: number | null, signal: string | null, more: Partial<Facts> = {}): Facts => ({
    end: { code, signal },
    cause: null,
    reason: undefined,
    lastLine: undefined,
    missingOutputs: [],
    ...more,
  });

  it.each<[number | null, string | null, string, number | null, string | null]>([
    [0, null, 'complete', 0, null],
    [1, null, 'failed', 1, null],
    [75, null, 'not_now', 75, null],
    [126, null, 'failed', 126, null],
    [127, null, 'failed', 127, null],
    [128, null, 'failed', 128, null],
    [139, null, 'crashed', null, 'SIGSEGV'],
    [143, null, 'crashed', null, 'SIGTERM'],
    [152, null, 'crashed', null, 'SIGXCPU'],
    [255, null, 'failed', 255, null],
    [null, 'SIGKILL', 'crashed', null, 'SIGKILL'],
    [null, null, 'crashed', null, null],
  ])('status %s, signal %s: %s', (code, signal, outcome, exitCode, name) => {
    expect(outcomeOf(facts(code, signal))).toMatchObject({ outcome, exitCode, signal: name });
  });

  it.each<[EndCause, string]>([
    ['timeout', 'timeout'],
    ['abort', 'aborted'],
    ['kill', 'killed'],
    ['returned', 'returned'],
    ['fence', 'returned'],
  ])('%s gives %s, even when the command then ended well', (cause, outcome) => {
    expect(outcomeOf(facts(0, null, { cause }))).toMatchObject({ outcome, exitCode: 0 });
    expect(outcomeOf(facts(null, 'SIGKILL', { cause }))).toMatchObject({ outcome });
  });

  it('says what to look at', () => {
    const lastLine = 'ValueError: no';
    expect(outcomeOf(facts(1, null, { lastLine })).message).toBe(
      'The command ended with exit status 1; its last line of output: ValueError: no',
    );
    expect(outcomeOf(facts(2, null)).message).toBe(
      'The command ended with exit status 2; it printed nothing',
    );
    expect(outcomeOf(facts(0, null, { missingOutputs: ['a', 'b'] }))).toEqual({
      outcome: 'missing_output',
      message: 'Exit status 0, but `produces` names what is not there: a, b',
      exitCode: 0,
      signal: null,
    });
    expect(outcomeOf(facts(1, null, { lastLine: 'x'.repeat(5000) })).message.length).toBeLessThan(
      400,
    );
  });
});
