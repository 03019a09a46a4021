// One breach of each kind, put into what a real run left behind.
import { cpSync, readFileSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BreachKind } from '../../../agents/store/fsck/breach.ts';
import type { House } from './house.ts';

const QUEUED = /^tasks\/queue\/.*\.first\..*\.json$/;
const LATER = /^brain\/private_tasks\/.*\/later\.json$/;
const ended = (task: string): RegExp => new RegExp(`^tasks/complete/.*/${task}\\..*\\.json$`);
const record = (attempt: string): RegExp => new RegExp(`/attempts/${attempt}\\.json$`);

export interface Seed {
  readonly kind: BreachKind;
  readonly what: string;
  /** Answers the path that fsck must name. */
  readonly seed: (house: House) => string;
  /** Whether the repair leaves it as it is. */
  readonly isLeft?: true;
}

export const SEEDS: readonly Seed[] = [
  {
    kind: 'unknown_file',
    what: 'a file nobody knows, in a lane',
    seed: (house) => house.put('tasks/queue/notes.txt', 'hello'),
  },
  {
    kind: 'unknown_file',
    what: 'a folder nobody knows, as a whole',
    seed: (house) => (house.put('stuff/deep/file', ''), 'stuff'),
  },
  {
    kind: 'stale_temporary',
    what: 'a submission that was staged and never published',
    seed: (house) => (
      house.put('inbox/.staging/cli-0-x.0/plan.md', ''),
      'inbox/.staging/cli-0-x.0'
    ),
  },
  {
    kind: 'stale_temporary',
    what: 'what an agent that stopped was writing',
    seed: (house) => house.put('cpus/cpu-1/tmp/abc.1', '{'),
  },
  {
    kind: 'stale_temporary',
    what: 'a probe of a listing',
    seed: (house) => house.put('tasks/queue/.fresh-e1.7', ''),
  },
  {
    kind: 'escaped_path',
    what: 'a link out of shared/, in a lane',
    seed: (house) => {
      const path = `tasks/queue/${house.find(QUEUED).slice(12).replace('.first.', '.other.')}`;
      symlinkSync('/etc/hostname', house.at(path));
      return path;
    },
  },
  {
    kind: 'escaped_path',
    what: 'a link out of shared/ that a task made',
    isLeft: true,
    seed: (house) => {
      symlinkSync('/etc', house.at(`${house.closed}/results/etc`));
      return `${house.closed}/results/etc`;
    },
  },
  {
    kind: 'not_regular',
    what: 'a link inside of shared/ where a record belongs',
    seed: (house) => {
      symlinkSync('../../bells/brain', house.at('brain/epochs/00000009.json'));
      return 'brain/epochs/00000009.json';
    },
  },
  {
    kind: 'unreadable',
    what: 'half a task in the queue',
    seed: (house) => {
      const path = house.find(QUEUED);
      house.put(path, '{"v":1,');
      return path;
    },
  },
  {
    kind: 'unreadable',
    what: 'half a task at rest, whose name counts',
    isLeft: true,
    seed: (house) => {
      const path = house.find(ended('list'));
      house.put(path, '');
      return path;
    },
  },
  {
    kind: 'unreadable',
    what: 'a heartbeat of an older form',
    seed: (house) => house.put('cpus/cpu-1/heartbeat.json', '{"v":0}'),
  },
  {
    kind: 'unreadable',
    what: 'a snapshot of a batch',
    isLeft: true,
    seed: (house) => house.put(`${house.open}/batch.json`, '[]'),
  },
  {
    kind: 'mismatch',
    what: 'a task under the name of another',
    seed: (house) => {
      const path = house.find(QUEUED);
      house.put(path, readFileSync(house.at(house.find(LATER)), 'utf8'));
      return path;
    },
  },
  {
    kind: 'mismatch',
    what: 'an agent in the place of another',
    seed: (house) => {
      const text = readFileSync(house.at('gpus/gpu-1/heartbeat.json'), 'utf8');
      house.put('gpus/gpu-9/heartbeat.json', text);
      return 'gpus/gpu-9/heartbeat.json';
    },
  },
  {
    kind: 'two_lanes',
    what: 'a task that ended and waits in the queue',
    seed: (house) => {
      const path = house.find(ended('list'));
      const batch = house.closed.slice(house.closed.lastIndexOf('/') + 1);
      const queued = house.find(QUEUED);
      const copy = queued.replace(/\.cpu\..*$/, `.cpu.1024.${batch}.list.a1f0l0n0.json`);
      cpSync(house.at(path), house.at(copy));
      return copy;
    },
  },
  {
    kind: 'no_lane',
    what: 'a task that waited and is nowhere',
    isLeft: true,
    seed: (house) => (unlinkSync(house.at(house.find(LATER))), house.open),
  },
  {
    kind: 'stranger',
    what: 'a task that its batch does not have',
    seed: (house) => {
      const later = house.find(LATER);
      const path = later.replace('later', 'never');
      const text = readFileSync(house.at(later), 'utf8');
      house.put(
        path,
        JSON.stringify({ ...(JSON.parse(text) as object), id: 'never', template: 'never' }),
      );
      return path;
    },
  },
  {
    kind: 'no_batch',
    what: 'private tasks whose batch is gone',
    seed: (house) => {
      unlinkSync(house.at(house.find(QUEUED)));
      rmSync(house.at(house.open), { recursive: true });
      return dirname(house.find(LATER));
    },
  },
  {
    kind: 'no_plan',
    what: 'a batch without its plan, with tasks in the lanes',
    isLeft: true,
    seed: (house) => (unlinkSync(house.at(`${house.open}/plan.md`)), house.open),
  },
  {
    kind: 'no_plan',
    what: 'a folder that only looks like a batch',
    seed: (house) => {
      const path = `${dirname(house.open)}/plan-20260102-030405-abcde`;
      house.put(`${path}/attempts/one.a1.run`, '');
      return path;
    },
  },
  {
    kind: 'orphan_record',
    what: 'the log of a task that its batch does not have',
    seed: (house) => house.put(`${house.closed}/logs/never.a1.log`, ''),
  },
  {
    kind: 'orphan_record',
    what: 'a result that was written and never committed',
    seed: (house) => {
      const path = house.find(record('flaky.a1'));
      const text = readFileSync(house.at(path), 'utf8');
      house.put(path, JSON.stringify({ ...(JSON.parse(text) as object), outcome: 'complete' }));
      return path;
    },
  },
  {
    kind: 'no_record',
    what: 'a task that completed and has no record',
    isLeft: true,
    seed: (house) => (
      unlinkSync(house.at(house.find(record('list.a1')))),
      house.find(ended('list'))
    ),
  },
  {
    kind: 'unknown_agent',
    what: 'a claim of an agent that never lived',
    isLeft: true,
    seed: (house) => {
      const from = house.find(QUEUED);
      const to = from.replace('/queue/', '/processing/').replace(/\.json$/, '.by-ghost.json');
      house.move(from, to);
      return to;
    },
  },
  {
    kind: 'no_reason',
    what: 'a file in quarantine that nobody explains',
    seed: (house) => house.put('tasks/quarantine/x.json', '{'),
  },
];
