// One soak from its start to its figures.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { realClock } from '../../agents/process/clock.ts';
import { breachesIn } from '../helpers/invariants.ts';
import * as play from '../helpers/plays.ts';
import { Rig } from '../helpers/rig.ts';
import { endSurvivors } from '../helpers/processes.ts';
import { openDice } from '../sim/dice.ts';
import type { Dice } from '../sim/dice.ts';
import { audit } from './audit.ts';
import type { Audit } from './audit.ts';
import { openCrew } from './crew.ts';
import type { Crew } from './crew.ts';
import { freeShare } from './field.ts';
import type { Field } from './field.ts';
import { noTroubles, TROUBLES } from './figures.ts';
import type { Figures, Trouble } from './figures.ts';
import { ACTS, DISK_TROUBLES } from './troubles.ts';
import type { Stage } from './troubles.ts';
import { planOf } from './workload.ts';

export interface Request {
  readonly field: Field;
  readonly minutes: number;
  readonly seed: number;
  readonly tasks: number;
  readonly visibilityDelayMs: number;
  readonly isKept: boolean;
  readonly say: (text: string) => void;
}

const LEASE_MS = 4000;
const HEARTBEAT_MS = 300;
const SUBMIT_INTERVAL_MS = 500;
/** Audited batches stay, so that the end sees them all; below this much space no more are submitted. */
const FREE_SHARE_MIN = 0.25;
/** After the last trouble: everything that can end has ended by then. */
const CALM_MS = 240_000;

const AGENTS = [
  { name: 'gpu-1', kind: 'simulated', vramMib: 6144 },
  { name: 'gpu-2', kind: 'simulated', vramMib: 6144 },
  { name: 'cpu-1', kind: 'cpu', slots: 4 },
  { name: 'cpu-2', kind: 'cpu', slots: 4 },
] as const;

interface Submitted {
  readonly batch: string;
  readonly items: number;
  audit: Audit | null;
}

interface Soak {
  readonly request: Request;
  readonly rig: Rig;
  readonly crew: Crew;
  readonly stage: Stage;
  readonly submitted: Submitted[];
  readonly troubles: Record<Trouble, number>;
  readonly endMs: number;
}

export async function soak(request: Request): Promise<Figures> {
  const { field, seed, minutes, say } = request;
  const leaseMs = LEASE_MS + 3 * request.visibilityDelayMs;
  const rig = openRig(request, leaseMs);
  const crew = openCrew(rig);
  const dice = openDice(seed, 'troubles');
  const stage = { rig, crew, dice, field, leaseMs, signalled: new Set<string>() };
  const endMs = realClock.monotonicMs() + minutes * 60_000;
  const one: Soak = { request, rig, crew, stage, submitted: [], troubles: noTroubles(), endMs };
  const skipped: Record<string, string> = {};
  if (field.own === null) for (const each of DISK_TROUBLES) skipped[each] = field.reason;
  const acts = TROUBLES.filter((trouble) => skipped[trouble] === undefined);
  const disk = acts.filter((trouble) => DISK_TROUBLES.includes(trouble));
  const others = acts.filter((trouble) => !DISK_TROUBLES.includes(trouble));
  say(`seed ${seed}; shared/ is ${field.shared}, logs are in ${join(rig.home, 'logs')}`);
  try {
    await Promise.all([
      keepSubmitting(one, openDice(seed, 'workload')),
      makeTroubles(one, others, [300, 2500], openDice(seed, 'processes')),
      makeTroubles(one, disk, [8000, 20_000], openDice(seed, 'disk')),
    ]);
    await calmDown(one);
    await crew.dismiss();
    return figuresOf(one, skipped);
  } finally {
    // Also when something here fails: what was started must not outlive it.
    await crew.dismiss();
    if (!request.isKept) {
      field.close();
      rmSync(rig.home, { recursive: true, force: true });
    }
  }
}

function openRig({ field, visibilityDelayMs }: Request, leaseMs: number): Rig {
  return new Rig({
    shared: field.shared,
    views: field.views,
    agents: AGENTS,
    config: {
      agent: { leaseMs, heartbeatIntervalMs: HEARTBEAT_MS, visibilityDelayMs, avoidMs: 1000 },
      retry: { losses: 10_000, notNowMax: 10_000, backoffMsMax: 2000, notNowBackoffMs: 200 },
    },
  });
}

async function keepSubmitting(one: Soak, dice: Dice): Promise<void> {
  const { request, rig, submitted, endMs, crew } = one;
  while (realClock.monotonicMs() < endMs) {
    for (const each of submitted) if (each.audit === null) tryAudit(one, each);
    const open = submitted.filter((each) => each.audit === null);
    const waiting = open.reduce((sum, { items }) => sum + 2 * items, 0);
    if (waiting < request.tasks && !crew.isDiskBad && freeShare(rig.shared) > FREE_SHARE_MIN) {
      const items = dice.between(10, 60);
      // The disk may become full in the middle of it; then nothing was submitted.
      const batch = await play.submit(rig, planOf(items)).catch(() => null);
      if (batch !== null) submitted.push({ batch, items, audit: null });
    }
    await realClock.sleep(SUBMIT_INTERVAL_MS);
  }
}

function tryAudit({ rig, stage }: Soak, each: Submitted): void {
  if (play.closedSummary(rig, each.batch) === null) return;
  each.audit = audit(rig, each.batch, each.items, stage.signalled);
}

async function makeTroubles(
  one: Soak,
  troubles: readonly Trouble[],
  [pauseMsMin, pauseMsMax]: readonly [number, number],
  dice: Dice,
): Promise<void> {
  const urn = troubles.flatMap((trouble) =>
    Array.from({ length: ACTS[trouble].weight }, () => trouble),
  );
  while (urn.length > 0 && realClock.monotonicMs() < one.endMs) {
    await realClock.sleep(dice.between(pauseMsMin, pauseMsMax));
    const trouble = dice.pick(urn);
    // A signal file cannot be written on a full disk.
    const isDone = await ACTS[trouble].act({ ...one.stage, dice }).catch((error: unknown) => {
      if (!one.crew.isDiskBad) throw error;
      return false;
    });
    if (isDone) one.troubles[trouble] += 1;
  }
}

async function calmDown(one: Soak): Promise<void> {
  const deadlineMs = realClock.monotonicMs() + CALM_MS;
  const isOpen = (): boolean => one.submitted.some((each) => each.audit === null);
  while (isOpen() && realClock.monotonicMs() < deadlineMs) {
    for (const each of one.submitted) if (each.audit === null) tryAudit(one, each);
    await realClock.sleep(SUBMIT_INTERVAL_MS);
  }
}

function figuresOf(one: Soak, skipped: Record<string, string>): Figures {
  const { request, rig, crew, submitted, troubles } = one;
  const audits = submitted.flatMap(({ audit: found }) => (found === null ? [] : [found]));
  const unfinished = submitted.filter((each) => each.audit === null);
  const sum = (pick: (each: Audit) => number): number =>
    audits.reduce((total, each) => total + pick(each), 0);
  return {
    schema: 'tutti.soak/1',
    date: realClock.wall().toISOString().slice(0, 10),
    seed: request.seed,
    minutes: request.minutes,
    file_system: request.field.fileSystem,
    mounts: Math.max(1, request.field.views.length + 1),
    skipped,
    troubles,
    batches: submitted.length,
    tasks: sum(({ tasks }) => tasks),
    attempts: sum(({ attempts }) => attempts),
    results_checked: sum(({ results }) => results),
    requeues: sum(({ requeues }) => requeues),
    late_results: sum(({ lateResults }) => lateResults),
    breaches: [
      ...crew.breaches,
      ...unfinished.map(({ batch }) => `${batch}: did not end within ${CALM_MS / 1000} s`),
      ...audits.flatMap(({ breaches }) => breaches),
      ...breachesIn(rig.shared, { isStaging: true }),
      ...[rig.home, rig.shared, ...rig.views].flatMap(endSurvivors),
    ],
  };
}
