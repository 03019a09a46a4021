// An agent as the brain sees it, by its heartbeat. Pure.
import type { HeldModel } from '../protocol/heartbeat.ts';
import type { Reservation } from '../protocol/reservation.ts';

export interface AgentView {
  readonly agent: string;
  readonly kind: 'gpu' | 'cpu';
  readonly host: string;
  readonly state: 'alive' | 'lost' | 'stopped';
  /** Its lease is over: what it claimed and did not commit may be taken back. */
  readonly isLost: boolean;
  readonly heartbeatAgeMs: number;
  readonly slots: number;
  /** Tasks it says it runs: `<batch>/<task>/<attempt>` → how far past its timeout, in ms (negative before). */
  readonly overdueMs: ReadonlyMap<string, number>;
  /** New for every start of the agent. */
  readonly incarnation: string;
  /** Of its last heartbeat: another one is newer. */
  readonly mark: string;
  readonly card: CardRoom;
  /** Whom its card is kept for. */
  readonly reservation: Reservation | null;
  /** The models that it may hold. */
  readonly models: readonly HeldModel[];
}

/** The card of an agent as its heartbeat shows it, in MiB; zeros where there is none. */
export interface CardRoom {
  readonly budgetMib: number;
  readonly reservedMib: number;
  /** Whether something keeps it from taking work at the moment. */
  readonly isConstrained: boolean;
}
