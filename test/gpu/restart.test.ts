// What becomes of the work when an agent dies, is stopped for long, or exists twice.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatClaim } from '../../agents/protocol/lane-name.ts';
import type { ClaimName } from '../../agents/protocol/lane-name.ts';
import { eventually } from '../helpers/eventually.ts';
import { NAME, PLAN, Stage } from './stage.ts';
import type { Agent } from './stage.ts';

const WAITING = 'echo before; while [ ! -e go ]; do sleep 0.05; done; echo after';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

const batchFile = (name: string): string => `plans/${PLAN}/batches/${stage.batch}/${name}`;
const letGo = (): void => stage.write(batchFile('go'), '');

async function killed(agent: Agent): Promise<void> {
  agent.process.kill('SIGKILL');
  expect(await agent.ended).toBe('SIGKILL');
}

describe('a killed agent', () => {
  it('leaves its worker running, and its next life adopts it and commits the result', async () => {
    const first = await stage.startUp();
    stage.release('one', WAITING);
    await stage.running('one');
    await killed(first);
    expect(stage.survivors().length).toBeGreaterThan(0);
    await stage.startUp();
    const beat = await eventually('adopted', () => {
      const now = stage.heartbeat();
      return now.running.length === 1 && now.running[0]!.pid !== null ? now : null;
    });
    expect(beat.running[0]).toMatchObject({ task: 'one', attempt: 1, adopted: true });
    letGo();
    expect(await stage.finished('one')).toBe('complete/one.a1f0l0n0.json');
    expect(stage.log('one')).toBe('before\nafter\n');
  });

  it('can abort what it adopted', async () => {
    const first = await stage.startUp();
    stage.release('one', WAITING);
    await stage.running('one');
    await killed(first);
    await stage.startUp();
    stage.signalTask('abort', 'one');
    expect(await stage.finished('one')).toBe('failed/one.a1f0l0n0.aborted.json');
  });

  it('finds the exit status of a worker that ended meanwhile', async () => {
    const first = await stage.startUp();
    stage.release('one', `${WAITING}; exit 4`);
    await stage.running('one');
    await killed(first);
    letGo();
    await eventually('its exit', () =>
      stage.read(batchFile('attempts/one.a1.run')).includes('exit 4'),
    );
    await stage.startUp();
    expect(await stage.finished('one')).toBe('failed/one.a1f0l0n0.failed.json');
    expect(stage.record('one').exit_code).toBe(4);
  });
});

describe('a claim of an earlier life', () => {
  const claimed = (task: string): string => {
    const file = stage.release(task, 'true', {}, { avoid: NAME });
    const claim: ClaimName = { ...stage.name(task), agent: NAME };
    const to = `tasks/processing/${formatClaim(claim)}`;
    renameSync(stage.at(`tasks/queue/${file}`), stage.at(to));
    return to;
  };

  it('behind which nothing ever started ends as lost, and can never start any more', async () => {
    claimed('one');
    await stage.startUp();
    expect(await stage.finished('one')).toBe('failed/one.a1f0l0n0.lost.json');
    expect(stage.read(batchFile('attempts/one.a1.run'))).toBe('void\n');
  });

  it('whose record was written is committed as it says', async () => {
    const agent = await stage.startUp();
    stage.release('model', 'true');
    await stage.finished('model');
    await killed(agent);
    claimed('one');
    const record = {
      ...stage.record('model'),
      task: 'one',
      outcome: 'timeout',
      message: 'as recorded',
    };
    stage.write(batchFile('attempts/one.a1.json'), JSON.stringify(record));
    await stage.startUp();
    expect(await stage.finished('one')).toBe('failed/one.a1f0l0n0.timeout.json');
    expect(stage.record('one').message).toBe('as recorded');
    expect(readdirSync(stage.at(batchFile('attempts')))).not.toContain('one.a1.run');
  });

  it('that is a copy changes nothing of what was committed, and judged since', async () => {
    await stage.startUp();
    stage.release('one', 'true');
    const end = await stage.finished('one');
    const text = stage.read(`tasks/${end.replace('/', `/${stage.batch}/`)}`);
    const judged = JSON.stringify({ ...stage.record('one'), message: 'judged' });
    stage.write(batchFile('attempts/one.a1.json'), judged);
    const copy = formatClaim({ ...stage.name('one'), agent: NAME });
    stage.write(`tasks/processing/${copy}`, text);
    await eventually('it is set aside', () => stage.list('tasks/quarantine').includes(copy));
    expect(stage.read(batchFile('attempts/one.a1.json'))).toBe(judged);
    expect(stage.final('one')).toBe(end);
  });

  it('that appears while it runs is taken over as well', async () => {
    await stage.startUp();
    claimed('one');
    expect(await stage.finished('one')).toBe('failed/one.a1f0l0n0.lost.json');
  });

  it('of another agent is none of its business', async () => {
    await stage.startUp();
    const claim: ClaimName = { ...stage.name('foreign'), agent: 'other' };
    stage.write(`tasks/processing/${formatClaim(claim)}`, '{}');
    const { seq } = stage.heartbeat();
    await eventually('three more heartbeats', () => stage.heartbeat().seq > seq + 3);
    expect(stage.list('tasks/processing')).toEqual([formatClaim(claim)]);
  });
});

describe('an agent that is stopped beyond its lease', () => {
  it('ends its work, sets the late result aside, and goes on', async () => {
    const agent = await stage.startUp();
    stage.release('one', WAITING);
    const claim = await stage.running('one');
    const [leader] = stage.survivors();
    agent.process.kill('SIGSTOP');
    const stopped = Date.now();
    renameSync(stage.at(`tasks/processing/${claim}`), stage.at('brain/staging/taken-back'));
    await eventually('the lease is over', () => Date.now() - stopped > 3200);
    expect(stage.survivors()).toContain(leader);
    agent.process.kill('SIGCONT');
    const late = await eventually('a late record', () =>
      stage.list(batchFile('attempts')).includes('one.a1.late.json'),
    );
    expect(late).toBe(true);
    expect(stage.record('one', 1, '.late').outcome).toBe('returned');
    expect(stage.survivors()).toEqual([]);
    expect(stage.final('one')).toBeNull();
    stage.release('two', 'true');
    await stage.finished('two');
    expect(agent.log()).toMatch(/fenced: ending all work[^]*the fence is lifted/);
  });

  it('gives back what nobody took from it', async () => {
    const agent = await stage.startUp();
    stage.release('one', WAITING);
    await stage.running('one');
    agent.process.kill('SIGSTOP');
    const stopped = Date.now();
    await eventually('the lease is over', () => Date.now() - stopped > 3200);
    agent.process.kill('SIGCONT');
    expect(await stage.finished('one')).toBe('failed/one.a1f0l0n0.returned.json');
  });
});

describe('two agents of one name', () => {
  it('on one host: the second is refused while the first lives', async () => {
    const first = await stage.startUp();
    const second = stage.start();
    expect(await second.ended).toBe(73);
    expect(second.log()).toContain(
      `agent ${NAME} is already running: pid ${first.pid} on ${stage.heartbeat().host} [AGENT_RUNNING]`,
    );
    expect(stage.heartbeat().pid).toBe(first.pid);
  });

  it('on another host: refused while its heartbeat changes, not when it stands still', async () => {
    const first = await stage.startUp();
    const other = { TUTTI_HOST: 'elsewhere' };
    expect(await stage.start(undefined, other).ended).toBe(73);
    await killed(first);
    await stage.startUp(undefined, other);
    expect(stage.heartbeat().host).toBe('elsewhere');
  });

  it('that missed each other: the lesser leaves, and leaves its workers alone', async () => {
    const agent = await stage.startUp();
    stage.release('one', WAITING);
    await stage.running('one');
    const [leader] = stage.survivors();
    const newer = { ...stage.heartbeat(), incarnation: '~' };
    const ended = eventually('superseded', async () => {
      stage.write(`cpus/${NAME}/heartbeat.json`, JSON.stringify(newer));
      return Promise.race([agent.ended, new Promise((resolve) => setImmediate(resolve, null))]);
    });
    expect(await ended).toBe(76);
    expect(stage.survivors()).toContain(leader);
    rmSync(stage.at(`cpus/${NAME}/heartbeat.json`));
    letGo();
    await stage.startUp();
    await stage.finished('one');
  });
});

describe('a start', () => {
  it('removes temporary files of its own earlier lives and nothing else', async () => {
    mkdirSync(stage.at(`cpus/${NAME}/tmp`), { recursive: true });
    mkdirSync(stage.at(`cpus/other/tmp`), { recursive: true });
    writeFileSync(stage.at(`cpus/${NAME}/tmp/old.1`), 'x');
    writeFileSync(stage.at(`cpus/other/tmp/old.1`), 'x');
    await stage.startUp();
    await eventually('clean', () => stage.list(`cpus/${NAME}/tmp`).length === 0);
    expect(stage.list(`cpus/other/tmp`)).toEqual(['old.1']);
    rmSync(stage.at('cpus/other/tmp/old.1'));
  });

  it.each([
    [['--name', 'nobody'], 2, 'there is no agent nobody'],
    [['--name', 'x', '--kind', 'gpu'], 2, '--uuid: agent x is of kind gpu and names no card'],
    [['--nonsense'], 2, "Unknown option '--nonsense'"],
    [
      ['--name', NAME, '--shared', '/nonexistent'],
      78,
      'the shared directory /nonexistent does not exist',
    ],
  ])('%j ends with exit status %i', async (args, code, text) => {
    const agent = stage.start(args);
    expect(await agent.ended).toBe(code);
    expect(agent.log()).toContain(text);
  });
});
