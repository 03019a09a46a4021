// `tutti reserve` and `tutti release`: a card is kept for a person as long as a file lies in signals/. How long that is,
// the command says; until when, its agent, whose clock alone counts.
import { realClock, utc } from '../../agents/process/clock.ts';
import { BELL_AGENTS } from '../../agents/protocol/layout.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';
import { refuseGateway } from '../../agents/store/gateway.ts';
import { readHeartbeats } from '../../agents/store/heartbeats.ts';
import { liftSignal, readSignal, sendSignal } from '../../agents/store/signals.ts';
import type { Store } from '../../agents/store/store.ts';
import type { Context } from '../context.ts';
import { whoAmI } from '../submit/who.ts';
import { ANSWER_TIMEOUT_S } from './patience.ts';
import { waitFor } from './signalling.ts';
import { pickAgents } from './stopping.ts';

export interface ReserveOptions {
  /** In ms; without it until it is released. */
  readonly for?: number;
  readonly reason: string;
  readonly json?: true;
}

interface Outcome {
  readonly isDone: boolean;
  readonly text: string;
}

/** @throws Fault AGENT_UNKNOWN, SHARED_GATEWAY */
export async function reserve(
  context: Context,
  agent: string,
  options: ReserveOptions,
): Promise<void> {
  const { store, settings } = await context.open('write');
  await refuse(store, 'reserve', agent);
  const name = { agent, verb: 'reserve' } as const;
  const who = whoAmI(settings.host);
  const there = await readSignal(store, name);
  if (there !== null && there.who !== who) {
    const by = there.who ?? there.by;
    const text = `is reserved by ${by} already: ${there.reason}; \`tutti release ${agent}\` ends that`;
    return tell(context, 'reserve', agent, { isDone: false, text }, options);
  }
  const { for: forMs, reason } = options;
  const at = utc(realClock);
  const time = forMs === undefined ? {} : { for_ms: forMs };
  await sendSignal(store, name, { v: 1, by: 'operator', reason, at, who, ...time });
  const beat = await wait(context, store, agent, ({ reservation }) => reservation?.at === at);
  tell(context, 'reserve', agent, heard(beat), options);
}

function heard(beat: Heartbeat | null): Outcome {
  if (beat === null) {
    return { isDone: false, text: 'has not answered yet; it will be reserved when it looks' };
  }
  const { reservation, running } = beat;
  const until = reservation?.until ?? null;
  const end = until === null ? 'until `tutti release`' : `until ${until}`;
  const rest = running.length === 0 ? '' : `; it finishes ${running.length} running first`;
  return { isDone: true, text: `is reserved ${end}${rest}` };
}

/** @throws Fault AGENT_UNKNOWN, SHARED_GATEWAY */
export async function release(
  context: Context,
  agent: string,
  options: { readonly json?: true },
): Promise<void> {
  const { store } = await context.open('write');
  await refuse(store, 'release', agent);
  const name = { agent, verb: 'reserve' } as const;
  if ((await readSignal(store, name)) === null) {
    return tell(context, 'release', agent, { isDone: true, text: 'is not reserved' }, options);
  }
  await liftSignal(store, name);
  await store.disk.touch(BELL_AGENTS);
  const beat = await wait(context, store, agent, ({ reservation }) => reservation === null);
  const text = beat === null ? 'has not answered yet; it goes on when it looks' : 'goes on';
  tell(context, 'release', agent, { isDone: beat !== null, text }, options);
}

/** A file that is taken away to end something cannot be carried across an air gap. */
async function refuse(store: Store, verb: string, agent: string): Promise<void> {
  await refuseGateway(store.disk, `tutti ${verb}`);
  pickAgents(await readHeartbeats(store), [agent]);
}

const beatOf = async (store: Store, agent: string): Promise<Heartbeat | null> =>
  (await readHeartbeats(store)).find((file) => file.agent === agent)?.heartbeat ?? null;

const wait = (
  context: Context,
  store: Store,
  agent: string,
  isSeen: (beat: Heartbeat) => boolean,
): Promise<Heartbeat | null> =>
  waitFor(
    async () => {
      const beat = await beatOf(store, agent);
      return beat !== null && isSeen(beat) ? beat : null;
    },
    ANSWER_TIMEOUT_S * 1000,
    context.interruption(),
  );

function tell(
  context: Context,
  verb: 'reserve' | 'release',
  agent: string,
  { isDone, text }: Outcome,
  options: { readonly json?: true },
): void {
  context.interruption().throwIfAborted();
  if (!isDone) context.exit(1);
  if (options.json !== true) return context.output.line(`${agent} ${text}`);
  context.output.json({ schema: `tutti.${verb}/1`, agent, done: isDone, text });
}
