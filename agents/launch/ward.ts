// One process under supervision: started or adopted, watched, started again when that makes sense.
import type { ProcessIdentity } from '../protocol/attempt.ts';
import type { Config } from '../protocol/config.ts';
import { processLogPath } from '../protocol/launch.ts';
import type { ProcessState, SupervisedRecord } from '../protocol/launch.ts';
import type { Clock } from '../process/clock.ts';
import type { Spawner, SpawnRequest } from '../process/spawner.ts';
import type { Store } from '../store/store.ts';
import type { Charge } from './charges.ts';
import { adoptLife, neverLived, startLife } from './life.ts';
import type { Life } from './life.ts';
import { rotateLog } from './process-log.ts';
import { decideRestart, describeEnd } from './restart.ts';
import type { Ended } from './restart.ts';
import { readSaidStopped } from './survivors.ts';

export interface WardTools {
  readonly store: Store;
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly host: string;
  readonly config: Pick<Config, 'launch' | 'log'>;
  readonly commandOf: (charge: Charge) => Omit<SpawnRequest, 'output'>;
  /** One line for the person in front of it. */
  readonly say: (name: string, text: string) => void;
  /** Something changed that the record should show. */
  readonly onChange: () => void;
  /** Aborted as soon as a stop is asked for: from then on nothing is started. */
  readonly stopping: AbortSignal;
}

export interface Ward {
  readonly charge: Charge;
  readonly record: SupervisedRecord;
  /** The present life; null between two lives and after the last. */
  readonly life: Life | null;
  /** Its last exit code, when it was its own child. */
  readonly lastCode: number | null;
  /** Resolves when it will not be started any more. */
  readonly finished: Promise<void>;
}

interface State {
  readonly charge: Charge;
  readonly tools: WardTools;
  readonly restartsMs: number[];
  record: SupervisedRecord;
  life: Life | null;
  lastCode: number | null;
}

/** `survivor`: the process that does this job already, if there is one. */
export function openWard(
  charge: Charge,
  survivor: ProcessIdentity | undefined,
  tools: WardTools,
): Ward {
  const { name, kind } = charge;
  const record: SupervisedRecord = {
    name,
    kind,
    state: 'waiting',
    pid: null,
    start_time: null,
    adopted: false,
    restarts: 0,
    note: '',
    log: processLogPath(tools.host, name),
  };
  const state: State = { charge, tools, restartsMs: [], record, life: null, lastCode: null };
  const finished = live(state, survivor);
  return {
    charge,
    finished,
    get record() {
      return state.record;
    },
    get life() {
      return state.life;
    },
    get lastCode() {
      return state.lastCode;
    },
  };
}

async function live(state: State, survivor: ProcessIdentity | undefined): Promise<void> {
  let next = survivor === undefined ? start : (): Promise<Ended> => adopt(state, survivor);
  for (;;) {
    const ended = await next(state).catch(neverLived);
    state.life = null;
    state.lastCode = ended.code;
    if (!(await mayLiveAgain(state, ended))) return;
    next = start;
  }
}

async function start(state: State): Promise<Ended> {
  const { charge, record, tools } = state;
  const { disk } = tools.store;
  await rotateLog(disk, record.log, tools.config.log.processLogBytesMax);
  // The stop may have come while the log was rotated, and has looked for lives already.
  if (tools.stopping.aborted) return { code: null, signal: null, saidStopped: true };
  const request = { ...tools.commandOf(charge), output: disk.absolute(record.log) };
  const life = (state.life = startLife(tools.spawner, request));
  if (life.pid > 0) change(state, 'running', `started, pid ${life.pid}`);
  return life.ended;
}

function adopt(state: State, who: ProcessIdentity): Promise<Ended> {
  const { charge, tools } = state;
  const readFarewell = (): Promise<boolean> => readSaidStopped(tools.store, charge, who);
  const life = (state.life = adoptLife(tools.spawner, who, tools.clock, readFarewell));
  change(state, 'running', `found alive, pid ${who.pid}: watching over it`);
  return life.ended;
}

async function mayLiveAgain(state: State, ended: Ended): Promise<boolean> {
  const { restartsMs, record } = state;
  const { config, clock, stopping } = state.tools;
  const end = describeEnd(ended);
  if (stopping.aborted) {
    change(state, 'stopped', end);
    return false;
  }
  const decision = decideRestart(restartsMs, ended, config.launch, clock.monotonicMs());
  switch (decision.is) {
    case 'stopped':
      change(state, 'stopped', `${end} as it was asked to; \`tutti up\` starts it again`);
      return false;
    case 'refused':
      change(state, 'refused', `${decision.reason}; not started again, see ${record.log}`);
      return false;
    case 'gave_up':
      change(state, 'gave_up', `${decision.reason}; gave up on it, see ${record.log}`);
      return false;
    case 'restart': {
      const count = `restart ${decision.restart} of ${config.launch.restartsMax}`;
      const note = `${end}; ${count} in ${decision.delayMs / 1000} s, see ${record.log}`;
      change(state, 'waiting', note);
      await clock.sleep(decision.delayMs, stopping);
      restartsMs.push(clock.monotonicMs());
      return isStillWanted(state);
    }
    case 'later': {
      const seconds = decision.delayMs / 1000;
      const note = `${end}: not now (a full disk); again in ${seconds} s, see ${record.log}`;
      change(state, 'waiting', note);
      await clock.sleep(decision.delayMs, stopping);
      return isStillWanted(state);
    }
  }
}

function isStillWanted(state: State): boolean {
  const { stopping } = state.tools;
  if (stopping.aborted) change(state, 'stopped', 'not started again: everything stops');
  return !stopping.aborted;
}

function change(state: State, to: ProcessState, note: string): void {
  const { life, restartsMs, charge, tools } = state;
  state.record = {
    ...state.record,
    state: to,
    note,
    pid: life?.pid ?? null,
    start_time: life?.identity?.startTime ?? null,
    adopted: life?.isAdopted ?? false,
    restarts: restartsMs.length,
  };
  tools.say(charge.name, note);
  tools.onChange();
}
