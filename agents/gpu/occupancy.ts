// What occupies an agent at the moment: the memory of its card, its slots, and who uses a loaded model.
import type { Agent, Job } from './agent.ts';
import { reservationOf } from './card-memory.ts';
import type { Reservation } from './card-memory.ts';
import type { ModelView } from './models.ts';

/** Beyond this many a disk that is slow to take results holds up the claims. */
const SETTLING_MAX = 32;

/**
 * Of the tasks, then of the models. A model that is loaded is reserved before its server starts. A result on
 * its way to the disk needs no slot; its memory is reserved as long as its claim is there, so that the names
 * in `processing` always fit the card.
 */
export function reservations(agent: Agent): Reservation[] {
  const jobs = [...agent.jobs.values()];
  const settling = jobs.filter(({ isSettling }) => isSettling).length;
  const tasks = jobs
    .filter((job) => !job.isSettling || reservedBy(agent, job) > 0 || settling > SETTLING_MAX)
    .map((job) => ({
      taskClass: job.claim.taskClass,
      reservedMib: reservedBy(agent, job),
      usedMib: job.usedMib,
      ...(job.claim.model === undefined ? {} : { isServed: true as const }),
    }));
  return [...tasks, ...agent.ports.models.list().flatMap(reservationOfModel)];
}

const reservationOfModel = (view: ModelView): Reservation[] =>
  view.vram_reserved_mib === 0
    ? []
    : [
        {
          taskClass: 'llm',
          reservedMib: view.vram_reserved_mib,
          usedMib: view.vram_measured_mib,
          isServed: true,
          ...(isEmpty(view) ? { isEmpty: true as const } : {}),
        },
      ];

/** Of an Ollama, which has no pid here, nobody knows better. */
const isEmpty = ({ state, pid }: ModelView): boolean =>
  state === 'loading' || (state === 'unloading' && pid === null);

/** Tasks that run on a model. */
export const usersOf = (agent: Agent, model: string): number =>
  [...agent.jobs.values()].filter(({ claim }) => claim.taskClass === 'llm' && claim.model === model)
    .length;

/** Whether a model holds memory of the card, or is about to. */
export const isHot = ({ ports, state }: Agent): boolean =>
  state.awaited.size > 0 || ports.models.list().some(isHeldOnCard);

export const isHeldOnCard = ({ on_card, state }: ModelView): boolean =>
  on_card && state !== 'cold' && state !== 'failed';

/** Not kept in the job: a claim of the whole budget may be adopted before the card is known. */
export const reservedBy = ({ state }: Agent, { claim }: Pick<Job, 'claim'>): number =>
  reservationOf(claim, state.card?.memory ?? null);

/** Slots of a card: as many of the smallest default as its budget holds. */
export function slotsOf({ me, state, config }: Agent): number {
  if (me.slots !== null) return me.slots;
  const { scriptVramMibDefault, cpuVramMib } = config.agent;
  const budgetMib = state.card?.memory.budgetMib ?? 0;
  return Math.max(
    1,
    Math.floor(budgetMib / Math.max(1, Math.min(scriptVramMibDefault, cpuVramMib))),
  );
}
