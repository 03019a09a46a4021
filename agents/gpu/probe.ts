// The card of this agent as nvidia-smi shows it: one long-lived process, restarted when it falls silent
// (it hangs when a card falls off the bus). What is older than its timeout is not known any more. A card that stays
// away is asked ever more rarely: every start of nvidia-smi goes through the driver that all cards of the host share.
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import { processGroupOf, querySmi, streamSmi } from '../process/smi.ts';
import type { SmiStream } from '../process/smi.ts';
import type { Card } from '../protocol/heartbeat.ts';
import {
  APPS_ARGS,
  cardArgs,
  parseApps,
  parseCard,
  REASON_FIELDS,
  unknownCard,
  vramByGroup,
} from './smi.ts';

export interface Reading {
  readonly card: Card;
  /** Why nothing is known of the card; null while it is. */
  readonly problem: string | null;
}

export interface Probe {
  /** What is known at this moment; never waits. A simulated card shows `ownMib` as used. */
  read(ownMib: number): Reading;
  /** MiB in use by process group, by its leader's pid; null when nothing can measure it. */
  measureGroups(): Promise<ReadonlyMap<number, number> | null>;
  close(): Promise<void>;
}

export interface ProbeSettings {
  readonly uuid: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Longest wait before nvidia-smi is started again. */
  readonly backoffMsMax: number;
}

interface Follower {
  card: Card;
  problem: string | null;
  readAtMs: number;
  /** How often it was lost since the last row. */
  losses: number;
  /** Which name of the throttle reasons this driver takes. */
  reasonField: number;
  readonly closing: AbortController;
}

export function openProbe(
  settings: ProbeSettings,
  clock: Clock,
  log: Pick<Log, 'warn' | 'info'>,
): Probe {
  const { uuid, timeoutMs } = settings;
  const state: Follower = {
    card: unknownCard(uuid),
    problem: 'waits for the first telemetry',
    readAtMs: clock.monotonicMs(),
    losses: 0,
    reasonField: 0,
    closing: new AbortController(),
  };
  const followed = follow(state, settings, clock, log);
  return {
    read: () => ({ card: state.card, problem: state.problem }),
    async measureGroups() {
      // Asked at every cycle, this would undo the back-off, and wait for each answer that does not come.
      if (state.problem !== null) return null;
      const text = await querySmi(APPS_ARGS, timeoutMs);
      return text === null ? null : vramByGroup(parseApps(text, uuid), processGroupOf);
    },
    async close() {
      state.closing.abort();
      await followed;
    },
  };
}

async function follow(
  state: Follower,
  settings: ProbeSettings,
  clock: Clock,
  log: Pick<Log, 'warn' | 'info'>,
): Promise<void> {
  const { uuid, intervalMs, timeoutMs } = settings;
  const { signal } = state.closing;
  while (!signal.aborted) {
    const field = REASON_FIELDS[state.reasonField]!;
    state.readAtMs = clock.monotonicMs();
    const stream = streamSmi(cardArgs(uuid, field, intervalMs), (line) => {
      const card = parseCard(line, uuid);
      if (card === null) return;
      if (state.problem !== null) log.info({ uuid }, 'telemetry arrives');
      Object.assign(state, { card, problem: null, readAtMs: clock.monotonicMs(), losses: 0 });
    });
    const why = await untilLost(state, stream, clock, timeoutMs);
    if (signal.aborted) break;
    state.losses += 1;
    const waitMs = restartAfterMs(settings, state.losses);
    state.card = unknownCard(uuid);
    state.problem = `nvidia-smi: ${why} (lost ${times(state.losses)}, started again after ${waitMs / 1000} s)`;
    log.warn({ uuid, why, losses: state.losses, waitMs }, 'telemetry is lost');
    if (/not a valid field/i.test(why)) {
      state.reasonField = (state.reasonField + 1) % REASON_FIELDS.length;
    }
    await clock.sleep(waitMs, signal);
  }
}

/** Doubled for each loss without a row in between. */
const restartAfterMs = ({ intervalMs, backoffMsMax }: ProbeSettings, losses: number): number =>
  Math.min(intervalMs * 2 ** Math.min(losses - 1, 30), Math.max(intervalMs, backoffMsMax));

const times = (count: number): string => (count === 1 ? 'once' : `${count} times in a row`);

/** Waits until the process has ended, by itself or because it said nothing for too long. */
async function untilLost(
  state: Follower,
  stream: SmiStream,
  clock: Clock,
  timeoutMs: number,
): Promise<string> {
  const over = new AbortController();
  const { signal } = state.closing;
  const stop = (): void => over.abort();
  signal.addEventListener('abort', stop);
  const ended = stream.ended.finally(stop);
  let why: string | null = null;
  while (!over.signal.aborted) {
    const leftMs = state.readAtMs + timeoutMs - clock.monotonicMs();
    if (leftMs <= 0) {
      why = `no answer for ${timeoutMs / 1000} s`;
      break;
    }
    await clock.sleep(leftMs, over.signal);
  }
  stream.stop();
  signal.removeEventListener('abort', stop);
  return why ?? ended;
}
