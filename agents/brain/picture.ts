// brain/state.json: the model as people and tools want to see it. It is written every second, and a batch may have
// ten thousand headings: each keeps its line until it is touched. Pure but for that and the clock it is given.
import type { BrainState, BrainStateGroup } from '../protocol/state.ts';
import type { QueueName } from '../protocol/lane-name.ts';
import { encodePretty } from '../store/records.ts';
import type { Group, OpenBatch, World } from './model.ts';
import { needOf } from './need.ts';
import { isSystem } from './system-name.ts';
import { isUnrated } from './thoughts.ts';

export interface PictureHead {
  readonly epoch: number;
  readonly seq: number;
  readonly at: string;
  readonly host: string;
  readonly pid: number;
  readonly start_time: string;
  readonly boot_id: string;
  readonly brain: 'running' | 'stopped';
  readonly interval_ms: number;
}

const RETRIES_MAX = 100;

/** Stands for the groups of a batch until their lines are put in; no text in JSON can say it. */
const GROUPS = '"groups": []';

export function pictureText(head: PictureHead, world: World, nowMs: number): string {
  const [first = '', ...rest] = encodePretty(pictureOf(head, world, nowMs)).split(GROUPS);
  const lines = [...world.batches.values()].filter(isPeoples).map(linesOf);
  return [first, ...rest.map((text, index) => `"groups": [\n${lines[index]}\n]${text}`)].join('');
}

const linesOf = ({ order }: OpenBatch): string =>
  order.map((group) => (group.picture ??= JSON.stringify(groupPicture(group)))).join(',\n');

function pictureOf(head: PictureHead, world: World, nowMs: number): BrainState {
  return {
    v: 1,
    ...head,
    agents: [...world.agents.values()].map(({ agent, kind, state, heartbeatAgeMs }) => ({
      agent,
      kind,
      state,
      heartbeat_age_ms: Math.round(heartbeatAgeMs),
    })),
    batches: [...world.batches.values()].filter(isPeoples).map((open) => ({
      batch: open.batch.id,
      plan: open.batch.plan,
      state: open.control.isCancelled ? 'cancelling' : open.control.isPaused ? 'paused' : 'running',
      elapsed_ms: Math.round(nowMs - open.openedMs),
      groups: [],
      goal:
        open.goal === null
          ? null
          : {
              tracked_task: open.goal.tracked,
              target: open.goal.target,
              accepted: open.goal.accepted,
            },
    })),
    retries: retriesOf(world, nowMs),
    stalled: stalledOf(world),
  };
}

/** The brain's own wishes are no batch that anybody submitted. */
const isPeoples = (open: OpenBatch): boolean => !isSystem(open);

function groupPicture(group: Group): BrainStateGroup {
  const { claimed, ...tally } = group.tally;
  return {
    task: group.name,
    foreach: group.isForeach,
    depends_on: [...group.task.depends_on],
    total: group.entries?.length ?? null,
    ...tally,
    running: claimed,
    duration_ms_mean:
      group.durationCount === 0 ? null : Math.round(group.durationMsSum / group.durationCount),
  };
}

function retriesOf(world: World, nowMs: number): BrainState['retries'] {
  const retries = [...world.batches.values()].flatMap((open) =>
    [...open.retrying.values()].flatMap(({ entry }) => {
      // What waits for its rating has no time at which it is tried again.
      if (entry.state.is !== 'retrying' || isUnrated(entry.state.name)) return [];
      const { name, dueMs } = entry.state;
      const due_in_ms = Math.max(0, Math.round(dueMs - nowMs));
      const attempt = name.counts.attempt + 1;
      return [{ batch: open.batch.id, task: entry.id, attempt, reason: name.reason, due_in_ms }];
    }),
  );
  return retries.toSorted((a, b) => a.due_in_ms - b.due_in_ms).slice(0, RETRIES_MAX);
}

const queuedOf = (open: OpenBatch): QueueName[] =>
  [...open.outstanding.values()].flatMap(({ entry }) =>
    entry.state.is === 'queued' ? [entry.state.name] : [],
  );

/** What is released while no agent is there to take it. */
function stalledOf(world: World): string[] {
  const isAnyone = [...world.agents.values()].some((agent) => agent.slots > 0);
  if (isAnyone) return [];
  const counts = new Map<string, number>();
  for (const name of [...world.batches.values()].flatMap(queuedOf)) {
    const need = needOf(name.taskClass, name.vram, name.model);
    counts.set(need, (counts.get(need) ?? 0) + 1);
  }
  return [...counts].map(([need, n]) => `${n} released tasks (${need}) wait: no agent is running`);
}
