// A card that is kept for somebody else: what its heartbeat says of it, and the agent's own note of when it ends.
// The signal says for how long; its agent, the only one whose clock counts, says until when.
import { z } from 'zod';
import { AGENT_NAME, MODEL_NAME } from './ids.ts';
import { agentPath } from './layout.ts';
import type { AgentKind } from './layout.ts';

/** Whom the brain has lent a card to: the owner of a group, for a model that is split over its cards. */
export const lentSchema = z.strictObject({
  agent: z.string().regex(AGENT_NAME),
  model: z.string().regex(MODEL_NAME),
});

export const reservationSchema = z.strictObject({
  /** When it was asked for, by the clock of whoever asked: tells one reservation from another. */
  at: z.string(),
  /** `user@host`, or `brain`. */
  by: z.string(),
  reason: z.string(),
  /** By the clock of the agent's host; null: until it is released. */
  until: z.string().nullable(),
  /** Null when a person reserved it. */
  lent_to: lentSchema.nullable(),
});
export type Reservation = z.infer<typeof reservationSchema>;

/** Written when an agent first sees a reservation with an end, so that a restart does not begin it anew. */
export const reservationNoteSchema = z.strictObject({
  v: z.literal(1),
  /** `at` of the signal it is about. */
  at: z.string(),
  until: z.string(),
});
export type ReservationNote = z.infer<typeof reservationNoteSchema>;

export const reservationNotePath = (kind: AgentKind, agent: string): string =>
  `${agentPath(kind, agent)}/reservation.json`;

/** One sentence for people. */
export const describeReservation = ({ by, until, reason }: Reservation): string =>
  `reserved by ${by}${until === null ? '' : ` until ${until}`}: ${reason}`;
