// What the runtime asks of a driver. A driver knows how to talk to one kind of server; whether and when something
// is loaded or unloaded is decided in residency.ts.
import type { HttpPorts } from './http.ts';
import type { Endpoint } from './chat-types.ts';
import type { CardPort, ModelSpec } from './runtime.ts';
import type { Log } from '../process/log.ts';
import type { Spawner } from '../process/spawner.ts';
import type { Random } from '../process/clock.ts';
import type { ProcessIdentity } from '../protocol/attempt.ts';
import type { Config } from '../protocol/config.ts';
import type { AgentPlace } from '../store/model-servers.ts';
import type { Store } from '../store/store.ts';

export type RuntimeLimits = Config['runtime'];

/** Among all agents of a host, whatever directory they share. */
export const LOAD_LOCK = 'models.load';

export interface RuntimePorts extends HttpPorts {
  readonly store: Store;
  readonly random: Random;
  readonly spawner: Spawner;
  readonly log: Log;
  readonly agent: AgentPlace;
  /** This process, the owner of the servers. */
  readonly owner: ProcessIdentity;
  /** Absolute path of the built program of the embedded server. */
  readonly embeddedEntry: string;
  /** One load at a time among all processes of the host that use this name. */
  readonly lockName: string;
  readonly limits: RuntimeLimits;
}

export interface DriverPorts extends RuntimePorts {
  readonly card: CardPort;
}

/** What a load would take, before it begins. */
export interface Need {
  readonly contextTokens: number | null;
  readonly mib: number;
  /** Whether `mib` is measured or declared; an estimate gets a margin. */
  readonly isKnown: boolean;
  /** The context may be made smaller, down to this. */
  readonly contextTokensMin: number | null;
}

export interface LoadOrder {
  readonly spec: ModelSpec;
  readonly need: Need;
  readonly reservedMib: number;
  readonly signal: AbortSignal;
  readonly onProgress: (note: string) => void;
}

export interface Loaded {
  readonly endpoint: Endpoint;
  readonly contextTokens: number | null;
  readonly vramMib: number | null;
  /** Null when it was there already, or is not ours to load. */
  readonly loadMs: number | null;
  readonly pid: number | null;
  /** Whether unloading it is up to us. */
  readonly isOurs: boolean;
  /** Calls back when the server ended by itself. */
  onGone(listener: (problem: string) => void): void;
}

export interface Driver {
  /** @throws Fault MODEL_FILE_*, MODEL_CONTEXT_TOO_LARGE, … */
  need(spec: ModelSpec, roomMib: number | null): Promise<Need>;
  load(order: LoadOrder): Promise<Loaded>;
  unload(loaded: Loaded): Promise<void>;
  /** Never an inference. */
  probe(loaded: Loaded): Promise<Probe>;
}

/** `silent`: it may be busy, so that nothing is concluded; `gone`: what was loaded is no more. */
export type Probe =
  { readonly is: 'alive' } | { readonly is: 'silent' | 'gone'; readonly problem: string };

/** An engine that the agent starts itself. */
export interface CommandOrder {
  readonly spec: ModelSpec;
  readonly port: number;
  readonly alias: string;
  readonly contextTokens: number;
  readonly devices: string;
}

export interface Engine {
  readonly name: 'llama-server' | 'embedded';
  /** The embedded engine computes on the CPU: it takes nothing of a card, unless the roster declares so. */
  readonly usesCard: boolean;
  command(order: CommandOrder): readonly string[];
}
