// Heartbeats: one writer per file, any number of readers.
import { heartbeatSchema } from '../protocol/heartbeat.ts';
import type { Heartbeat } from '../protocol/heartbeat.ts';
import { heartbeatPath } from '../protocol/layout.ts';
import type { AgentKind } from '../protocol/layout.ts';
import { encodePretty, readRecord } from './records.ts';
import { publishVolatile } from './store.ts';
import type { Store } from './store.ts';

const KINDS: readonly AgentKind[] = ['gpu', 'cpu'];

export const writeHeartbeat = (store: Store, heartbeat: Heartbeat): Promise<void> =>
  publishVolatile(store, heartbeatPath(heartbeat.kind, heartbeat.agent), encodePretty(heartbeat));

export interface HeartbeatFile {
  readonly agent: string;
  readonly kind: AgentKind;
  /** Null when the file is damaged: the agent may well be alive. */
  readonly heartbeat: Heartbeat | null;
}

export async function readHeartbeats(store: Store): Promise<HeartbeatFile[]> {
  const files: HeartbeatFile[] = [];
  for (const kind of KINDS) {
    for (const agent of ((await store.disk.list(`${kind}s`)) ?? []).toSorted()) {
      const read = await readRecord(store.disk, heartbeatPath(kind, agent), heartbeatSchema);
      if (read.is === 'missing') continue;
      files.push({ agent, kind, heartbeat: read.is === 'ok' ? read.value : null });
    }
  }
  return files;
}
