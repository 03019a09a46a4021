// The examination: what one process finds out alone, what two find out together, and what that means.
import { realClock } from '../../agents/process/clock.ts';
import type { Config } from '../../agents/protocol/config.ts';
import type { Mount } from '../../agents/store/mount.ts';
import { readMountFacts, readRoom } from '../../agents/store/mount-facts.ts';
import type { MountFacts } from '../../agents/store/mount-facts.ts';
import { examineAlone, measureGrainMs, measureSkewMs } from './alone.ts';
import { refused, warning } from './check.ts';
import type { Check } from './check.ts';
import * as judge from './judge.ts';
import { ask } from './meeting.ts';
import type { Hello, Meeting } from './meeting.ts';
import { examineRace } from './race.ts';
import { examineReplacing } from './replace.ts';
import { measureVisibility } from './visibility.ts';
import type { Visibility } from './visibility.ts';

export interface Report {
  readonly path: string;
  readonly mount: MountFacts | null;
  readonly isNetwork: boolean;
  /** Whoever the mount was examined with; null before anybody came. */
  readonly other: Hello | null;
  readonly checks: readonly Check[];
  readonly visibility: Visibility['delayMs'] | null;
  readonly lease: judge.LeaseView | null;
  readonly mountLine: string | null;
}

export const isSafe = ({ checks }: Report): boolean =>
  checks.every(({ result }) => result !== 'refused');

const reportOf = (mount: Mount, checks: readonly Check[]): Report => {
  const facts = readMountFacts(mount.root);
  return {
    path: mount.root,
    mount: facts,
    isNetwork: mount.isNetwork,
    other: null,
    checks,
    visibility: null,
    lease: null,
    mountLine: judge.mountLineOf(facts),
  };
};

/** A mount that cannot be written is refused before anything else is tried. */
export const refuseUnwritable = (mount: Mount, code: string): Report =>
  reportOf(mount, [
    refused('writing', code, 'Mount it for writing, for the user that runs tutti.'),
  ]);

/** `isPeer`: the other process came by itself, from another client of the mount. */
export async function examine(
  meeting: Meeting,
  mount: Mount,
  config: Config,
  isPeer: boolean,
): Promise<Report> {
  const { folder, store } = meeting;
  const at = `${folder}/alone`;
  await store.disk.mkdir(at);
  const grainMs = await measureGrainMs(store.disk, at, realClock);
  const skewMs = await measureSkewMs(store.disk, `${folder}/skew-first`, realClock);
  const other = (await ask(meeting, { do: 'hello' }).answer) as Hello;
  const mine = [
    ...judge.judgeMount(readMountFacts(mount.root), config),
    ...(await examineAlone(store.disk, at)),
    judge.judgeGrain(grainMs),
    judge.judgeSkew(skewMs, isPeer ? other.skewMs : null, config),
    judge.judgeRoom(await readRoom(store.disk)),
  ];
  const report = { ...reportOf(mount, mine), other };
  // What two processes do is made of what one does.
  const together = isSafe(report)
    ? await examineTogether(meeting, mount, config, isPeer)
    : { checks: [] };
  await ask(meeting, { do: 'end' }).answer;
  return { ...report, ...together, checks: [...mine, ...together.checks] };
}

async function examineTogether(
  meeting: Meeting,
  mount: Mount,
  config: Config,
  isPeer: boolean,
): Promise<Pick<Report, 'checks' | 'visibility' | 'lease'>> {
  const checks: Check[] = [];
  for (const kind of ['create', 'link', 'move'] as const) {
    checks.push(await examineRace(meeting, kind));
  }
  checks.push(await examineReplacing(meeting));
  const visibility = await measureVisibility(meeting);
  const memoryMs = judge.memoryMsOf(readMountFacts(mount.root)) ?? 0;
  const lease = judge.leaseOf(Math.max(judge.delayOf(visibility), memoryMs), config);
  checks.push(
    judge.judgeEvents(visibility.hasEvents, mount.isNetwork),
    judge.judgeLease(lease),
    ...oneClient(mount.isNetwork && !isPeer),
  );
  return { checks, visibility: visibility.delayMs, lease };
}

const oneClient = (isAlone: boolean): Check[] =>
  isAlone
    ? [
        warning(
          'hosts',
          'both processes were on this host, and saw the same picture',
          'Run `tutti doctor --peer` here and on a second host at the same time.',
        ),
      ]
    : [];
