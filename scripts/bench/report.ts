// Writes what was measured into docs/PERFORMANCE.md, between its markers: what stands around them is
// written by hand and stays.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../agents/process/clock.ts';
import { projectRoot } from '../context.ts';

const PAGE = 'docs/PERFORMANCE.md';

const GIB = 1_073_741_824;

/** When, on what, and on which file system. */
export function describeMachine(kind: string): string {
  const all = cpus();
  const cores = `${all.length} × ${all[0]?.model.trim() ?? 'unknown processor'}`;
  const memory = `${Math.round(totalmem() / GIB)} GiB`;
  const day = realClock.wall().toISOString().slice(0, 10);
  return `${day} · ${cores}, ${memory} · Linux ${release()} · Node ${process.versions.node} · ${kind}`;
}

/** @throws when the page has lost its markers */
export function replaceBetween(page: string, name: string, text: string): string {
  const [open, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(open), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${PAGE} has no markers for ${name}`);
  return `${page.slice(0, from + open.length)}\n${text}\n${page.slice(to)}`;
}

/** `section`: the name of the markers. */
export async function writeReport(section: string, machine: string, table: string): Promise<void> {
  const path = join(projectRoot, PAGE);
  const page = await readFile(path, 'utf8');
  await writeFile(path, replaceBetween(page, section, `${machine}\n\n${table}`));
}
