// The second of the two processes: it does what the first one asks for, and ends with it.
import { realClock } from '../../agents/process/clock.ts';
import { measureSkewMs } from './alone.ts';
import { answerAll } from './meeting.ts';
import type { Hello, Meeting } from './meeting.ts';
import { runRace } from './race.ts';
import { replaceOften } from './replace.ts';
import { watchChanges } from './visibility.ts';
import type { Watch } from './visibility.ts';

export async function serveSecond(meeting: Meeting, host: string): Promise<void> {
  let watch: Watch | null = null;
  await answerAll(meeting, async (question, begin): Promise<unknown> => {
    switch (question.do) {
      case 'hello': {
        const path = `${meeting.folder}/skew-second`;
        const skewMs = await measureSkewMs(meeting.store.disk, path, realClock);
        return { host, pid: process.pid, skewMs } satisfies Hello;
      }
      case 'race':
        return runRace(meeting, question.kind, question.count, begin);
      case 'replace':
        await begin();
        await replaceOften(meeting, question.round, question.count);
        return null;
      case 'watch':
        watch = await watchChanges(meeting, question.round);
        return null;
      case 'watched':
        return watch?.hasEvent;
      case 'end':
        return null;
    }
  });
}
