// Copies a plan from outside into `plans/`: staged as a whole, then published by one rename. A plan that
// is there already is never touched, because running batches use its scripts: the same content is
// used as it is, other content gets a name of its own.
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../protocol/fault.ts';
import { hashText } from '../protocol/ids.ts';
import { planPath } from '../protocol/layout.ts';
import { errnoOf } from '../protocol/errno.ts';
import type { PlanOrigin } from './outside.ts';
import type { Store } from './store.ts';

export interface Imported {
  readonly plan: string;
  /** `renamed`: another plan has the wanted name. */
  readonly is: 'new' | 'reused' | 'renamed';
}

const FILES_MAX = 10_000;
const BYTES_MAX = 268_435_456;
/** What a plan folder holds that is not the plan. */
const LEFT_OUT: ReadonlySet<string> = new Set(['batches', 'archive', '.git']);
/** A single .md file that is not called plan.md takes only these folders beside it along. */
const COMPANIONS: readonly string[] = ['scripts', 'lib'];

interface PlanFile {
  /** Relative to the plan folder. */
  readonly path: string;
  readonly source: string;
  readonly size: number;
}

/** @throws Fault PLAN_IMPORT_REFUSED */
export async function importPlan(
  store: Store,
  origin: PlanOrigin,
  name: string,
): Promise<Imported> {
  const files = collectPlan(origin);
  const own = `${name.slice(0, 33)}-${hashOf(files)}`;
  for (const plan of [name, own]) {
    const target = store.disk.absolute(planPath(plan));
    if (!fs.existsSync(target) && (await publishPlan(store, files, plan))) {
      return { plan, is: plan === name ? 'new' : 'renamed' };
    }
    if (isSame(files, target)) return { plan, is: plan === name ? 'reused' : 'renamed' };
  }
  const problem = `plans/${name} and plans/${own} hold other files; choose another --name`;
  throw new Fault('PLAN_IMPORT_REFUSED', { plan: name, problem });
}

/** The files of a plan in the order of their paths. */
export function collectPlan({ folder, file }: PlanOrigin): PlanFile[] {
  const files: PlanFile[] = [];
  const isWhole = file === 'plan.md';
  if (isWhole) collect(folder, '', files);
  else {
    files.push(inspect(folder, file, 'plan.md'));
    for (const name of COMPANIONS) {
      if (fs.existsSync(join(folder, name))) collect(folder, name, files);
    }
  }
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > BYTES_MAX) {
    throw refused(folder, `it has ${bytes} bytes, more than the limit of ${BYTES_MAX}`);
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function collect(folder: string, inside: string, files: PlanFile[]): void {
  for (const entry of fs.readdirSync(join(folder, inside), { withFileTypes: true })) {
    if (inside === '' && LEFT_OUT.has(entry.name)) continue;
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) collect(folder, path, files);
    else files.push(inspect(folder, path, path));
    if (files.length > FILES_MAX) throw refused(folder, `it has more than ${FILES_MAX} files`);
  }
}

function inspect(folder: string, path: string, as: string): PlanFile {
  const source = fs.realpathSync(join(folder, path));
  if (!source.startsWith(`${folder}/`)) {
    throw refused(folder, `${path} is a symbolic link that leaves the folder`);
  }
  const stat = fs.statSync(source);
  if (!stat.isFile()) throw refused(folder, `${path} is not a regular file`);
  return { path: as, source, size: stat.size };
}

const refused = (plan: string, problem: string): Fault =>
  new Fault('PLAN_IMPORT_REFUSED', { plan, problem });

/** Tells two contents of one name apart; whether two are the same is decided by comparing bytes. */
function hashOf(files: readonly PlanFile[]): string {
  const marks = files.map(
    ({ path, source }) => `${path}:${hashText(fs.readFileSync(source, 'latin1'))}`,
  );
  return hashText(marks.join('\n')).slice(-6);
}

function isSame(files: readonly PlanFile[], target: string): boolean {
  if (!fs.existsSync(join(target, 'plan.md'))) return false;
  const there = collectPlan({ folder: fs.realpathSync(target), file: 'plan.md' });
  return (
    there.length === files.length &&
    files.every(({ path, source, size }, index) => {
      const other = there[index]!;
      const isAlike = other.path === path && other.size === size;
      return isAlike && fs.readFileSync(source).equals(fs.readFileSync(other.source));
    })
  );
}

/** False when somebody else published a plan of this name first. */
async function publishPlan(
  store: Store,
  files: readonly PlanFile[],
  plan: string,
): Promise<boolean> {
  const staged = store.nextTemporary();
  const root = store.disk.absolute(staged);
  try {
    for (const { path, source } of files) copy(source, join(root, path), store.isDurable);
    await store.disk.rename(staged, planPath(plan));
  } catch (error) {
    fs.rmSync(root, { recursive: true, force: true });
    const code = errnoOf(error);
    // A rename on a network mount can succeed and still report a failure.
    if (isSame(files, store.disk.absolute(planPath(plan)))) return true;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
  if (store.isDurable) await store.disk.syncDirectory(dirname(planPath(plan)));
  return true;
}

function copy(source: string, target: string, sync: boolean): void {
  fs.mkdirSync(dirname(target), { recursive: true });
  fs.copyFileSync(source, target);
  if (!sync) return;
  const fd = fs.openSync(target, 'r');
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}
