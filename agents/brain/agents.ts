// How the brain sees the agents. A heartbeat is aged by this process's own clock from when its
// (incarnation, seq) was last seen to change; nobody's wall clock is compared (docs/ARCHITECTURE.md, rule 4).
import type { Heartbeat } from '../protocol/heartbeat.ts';
import type { HeartbeatFile } from '../store/heartbeats.ts';
import type { AgentView } from './agent-view.ts';

interface Seen {
  readonly mark: string;
  readonly atMs: number;
}

export interface AgentAging {
  /**
   * Answers everybody who ever had a heartbeat. A damaged heartbeat counts as one that did not change.
   * The brain may be stopped at any moment of its look: a change is as young as the end of the look, and
   * a silence as old as its beginning.
   */
  look(files: readonly HeartbeatFile[], beganMs: number, endedMs?: number): Map<string, AgentView>;
}

export function openAging(leaseMs: number): AgentAging {
  const seen = new Map<string, Seen>();
  const last = new Map<string, Heartbeat>();
  return {
    look(files, beganMs, endedMs = beganMs) {
      for (const { agent, heartbeat } of files) {
        if (heartbeat === null) continue;
        const mark = `${heartbeat.incarnation}/${heartbeat.seq}`;
        if (seen.get(agent)?.mark !== mark) seen.set(agent, { mark, atMs: endedMs });
        last.set(agent, heartbeat);
      }
      return new Map(
        [...last].map(([agent, heartbeat]) => {
          const heartbeatAgeMs = Math.max(0, beganMs - seen.get(agent)!.atMs);
          return [agent, viewOf(heartbeat, heartbeatAgeMs, leaseMs)];
        }),
      );
    },
  };
}

function viewOf(heartbeat: Heartbeat, heartbeatAgeMs: number, leaseMs: number): AgentView {
  const { agent, kind, running, slots, slots_used: used } = heartbeat;
  const isLost = heartbeatAgeMs > Math.max(leaseMs, heartbeat.lease_ms);
  const isAble = !isLost && heartbeat.state === 'running';
  return {
    agent,
    kind,
    host: heartbeat.host,
    state: heartbeat.state === 'stopped' ? 'stopped' : isLost ? 'lost' : 'alive',
    isLost,
    heartbeatAgeMs,
    slots: isAble ? Math.max(slots, used, 1) : 0,
    overdueMs: new Map(
      running.map((run) => [
        `${run.batch}/${run.task}/${run.attempt}`,
        run.elapsed_ms + heartbeatAgeMs - run.timeout_ms,
      ]),
    ),
    card: {
      budgetMib: heartbeat.budget_mib,
      reservedMib: heartbeat.reserved_mib,
      isConstrained: heartbeat.constrained.length > 0,
    },
    reservation: heartbeat.reservation,
    models: heartbeat.models,
    incarnation: heartbeat.incarnation,
    mark: `${heartbeat.incarnation}/${heartbeat.seq}`,
  };
}
