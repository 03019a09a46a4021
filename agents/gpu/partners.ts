// The other cards of a split model, as the owner of the group finds them. The brain lent them and has seen that they are
// free; the owner looks once more, because what it loads there nobody else will count.
import type { Partner } from '../models/runtime.ts';
import { Fault } from '../protocol/fault.ts';
import type { Heartbeat } from '../protocol/heartbeat.ts';
import { readHeartbeats } from '../store/heartbeats.ts';
import type { Agent } from './agent.ts';

/** What a heartbeat says may be as old as three of them, and memory comes back a while after it was given back. */
const BEATS = 3;
const WAIT_MS_MIN = 5000;
const LOOK_MS = 250;

/** @throws Fault MODEL_PARTNER when a card is not free after a while; the reason of `signal` */
export async function awaitPartners(
  agent: Agent,
  model: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Partner[]> {
  const { clock } = agent.ports;
  const waitMs = Math.max(WAIT_MS_MIN, BEATS * agent.config.agent.heartbeatIntervalMs);
  const endMs = clock.monotonicMs() + waitMs;
  for (;;) {
    try {
      return await findPartners(agent, model, names);
    } catch (error) {
      if (!(error instanceof Fault) || clock.monotonicMs() >= endMs) throw error;
    }
    await clock.sleep(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

/** @throws Fault MODEL_PARTNER */
async function findPartners(
  { ports, me }: Agent,
  model: string,
  names: readonly string[],
): Promise<Partner[]> {
  if (names.length === 0) return [];
  const needMib = ports.models.list().find((each) => each.model === model)?.vram_need_mib ?? 0;
  const files = await readHeartbeats(ports.store);
  return names.map((agent) => {
    const beat = files.find((file) => file.agent === agent)?.heartbeat ?? null;
    const problem =
      beat === null
        ? 'it has no heartbeat'
        : whyNot(beat, { owner: me.name, bootId: me.process.bootId, model, needMib });
    if (problem !== null) throw new Fault('MODEL_PARTNER', { model, partner: agent, problem });
    return { agent, device: beat!.card!.uuid };
  });
}

/** Why the cards that split models of this agent lie on are to be spared: what is hot there is hot here. */
export async function lookAtPartners({ ports, state }: Agent): Promise<void> {
  const names = new Set(ports.models.list().flatMap(({ partners }) => partners ?? []));
  const files = names.size === 0 ? [] : await readHeartbeats(ports.store);
  state.partnersConstrained = files.flatMap(({ agent, heartbeat }) =>
    names.has(agent) ? (heartbeat?.constrained ?? []).map((reason) => `${agent}: ${reason}`) : [],
  );
}

interface Wanted {
  readonly owner: string;
  readonly bootId: string;
  readonly model: string;
  readonly needMib: number;
}

/** Pure. */
export function whyNot(beat: Heartbeat, { owner, bootId, model, needMib }: Wanted): string | null {
  const { reservation, card, models, running, budget_mib: budgetMib } = beat;
  const lent = reservation?.lent_to ?? null;
  if (beat.boot_id !== bootId) return 'it is on another host';
  if (lent?.agent !== owner || lent.model !== model) return `it is not lent to ${owner} for it`;
  if (running.length > 0) return `${running.length} of its tasks still run`;
  const held = models.find(
    ({ on_card, state }) => on_card && state !== 'cold' && state !== 'failed',
  );
  if (held !== undefined) return `it still holds ${held.model}`;
  const { vram_used_mib: usedMib = null, vram_total_mib: totalMib = null } = card ?? {};
  if (usedMib === null || totalMib === null) return 'its memory is unknown';
  if (needMib > budgetMib) return `needs ${needMib} MiB, its budget is ${budgetMib} MiB`;
  const freeMib = totalMib - usedMib - beat.vram_headroom_mib;
  return needMib > freeMib ? `needs ${needMib} MiB, ${freeMib} MiB of it are free` : null;
}
