// The soak: a brain and four agents under load while random troubles befall them, and at the end a look at
// everything that was promised.
//
//   npm run soak -- --minutes 10 [--seed 7] [--dir DIR | --mounts A,B,C] [--json FILE]
//
// Without --dir or --mounts, and with the right to mount, it makes a small file system of its own, fills it
// and remounts it read-only. --mounts names several mounts of one directory: the brain uses the first, the
// agents take the others in turn.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openNamed, openOwn } from './field.ts';
import { renderFigures } from './figures.ts';
import { soak } from './soak.ts';

const FLAGS = {
  minutes: { type: 'string', default: '10' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  dir: { type: 'string' },
  mounts: { type: 'string' },
  json: { type: 'string' },
  /** Tasks that wait or run at a time. */
  tasks: { type: 'string', default: '300' },
  'size-mib': { type: 'string', default: '512' },
  /** What an agent's heartbeat may be delayed by on the mounts. */
  'visibility-ms': { type: 'string', default: '0' },
  /** Leaves shared/ and the logs where they are. */
  keep: { type: 'boolean', default: false },
} as const;

const { values } = parseArgs({ options: FLAGS });
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const named = values.mounts?.split(',') ?? (values.dir === undefined ? null : [values.dir]);
const field = named === null ? openOwn(Number(values['size-mib'])) : openNamed(named);
const figures = await soak({
  field,
  minutes: Number(values.minutes),
  seed: Number(values.seed),
  tasks: Number(values.tasks),
  visibilityDelayMs: Number(values['visibility-ms']),
  isKept: values.keep,
  say,
});
say(renderFigures(figures));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
process.exit(figures.breaches.length > 0 ? 1 : 0);
