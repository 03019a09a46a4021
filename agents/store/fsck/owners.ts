// Who may still be at work: a repair never takes away what a living process holds, and only somebody who is
// known to be gone is not living (docs/ARCHITECTURE.md, rule 3).
import type { ProcessIdentity } from '../../protocol/attempt.ts';
import { BRAIN_AGENT } from '../../protocol/ids.ts';
import { newestEpoch, readNewestHolder } from '../epoch.ts';
import { readHeartbeats } from '../heartbeats.ts';
import type { HeartbeatFile } from '../heartbeats.ts';
import type { Store } from '../store.ts';

/** How this host tells whether a process lives; null: another host, or another boot, would have to tell. */
export interface HostView {
  readonly host: string;
  readonly bootId: string;
  isAlive(process: ProcessIdentity): boolean;
  /** Whether any process has this number now. */
  isPidTaken(pid: number): boolean;
}

export interface Owners {
  /** Whether it ever had a heartbeat. */
  isAgentKnown(agent: string): boolean;
  /** Ended cleanly, or was a process of this host that is not there any more, or never existed. */
  isAgentGone(agent: string): boolean;
  /** Whether the brain of this epoch is known to be gone. */
  isEpochOver(epoch: number): boolean;
  isPidTaken(pid: number): boolean;
}

type Holder = { readonly host: string; readonly pid: number } & Readonly<
  Record<'start_time' | 'boot_id', string>
>;

export async function readOwners(store: Store, view: HostView): Promise<Owners> {
  const agents = new Map<string, HeartbeatFile>();
  for (const file of await readHeartbeats(store)) agents.set(file.agent, file);
  const epoch = await newestEpoch(store);
  const brain = await readNewestHolder(store);

  const isGone = ({ host, pid, start_time: startTime, boot_id: bootId }: Holder): boolean => {
    if (host !== view.host) return false;
    return bootId !== view.bootId || !view.isAlive({ pid, startTime, bootId });
  };
  return {
    isAgentKnown: (agent) => agent === BRAIN_AGENT || agents.has(agent),
    isAgentGone(agent) {
      if (agent === BRAIN_AGENT) return brain === null ? epoch === 0 : isGone(brain);
      const file = agents.get(agent);
      if (file === undefined) return true;
      const { heartbeat } = file;
      return heartbeat !== null && (heartbeat.state === 'stopped' || isGone(heartbeat));
    },
    isEpochOver: (number) => number < epoch || (brain !== null && isGone(brain)),
    isPidTaken: (pid) => view.isPidTaken(pid),
  };
}
