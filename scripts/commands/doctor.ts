// tutti doctor
import { Option } from 'commander';
import { seconds } from '../arguments.ts';
import type { CommandModule, Context } from '../context.ts';
import type { Report } from '../doctor/examine.ts';
import type { Examination } from '../doctor/run.ts';

export const examples: CommandModule['examples'] = [
  'tutti doctor',
  'tutti doctor /mnt/shared --peer',
  'tutti doctor --json | jq \'.checks[] | select(.result != "ok")\'',
];

interface Options {
  readonly peer?: true;
  readonly wait: number;
  readonly second?: string;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .argument('[dir]', 'the directory to examine (default: the shared directory)')
    .option('--peer', 'with a second host, where the same command runs at the same time')
    .option('--wait <seconds>', 'how long to wait for the second host', seconds, 60)
    .option('--json', 'print the record tutti.doctor/1')
    .addOption(new Option('--second <folder>', 'the second process of an examination').hideHelp())
    .action((dir: string | undefined, options: Options) => doctor(context, dir, options));
};

async function doctor(context: Context, dir: string | undefined, options: Options): Promise<void> {
  const { output } = context;
  const { runDoctor } = await import('../doctor/run.ts');
  const { EXIT } = await import('../../agents/process/shutdown.ts');
  const examination: Examination = await runDoctor(context, {
    dir,
    isPeer: options.peer === true,
    waitMs: options.wait * 1000,
    second: options.second ?? null,
  });
  if (examination.is === 'nobody') {
    output.note(`nobody came within ${options.wait} s: run the same command on a second host`);
    return context.exit(EXIT.failed);
  }
  if (examination.is === 'helped') {
    if (options.second === undefined) output.line('examined: the other host has the report');
    return;
  }
  const { report } = examination;
  const { isSafe } = await import('../doctor/examine.ts');
  if (!isSafe(report)) context.exit(EXIT.failed);
  if (options.json === true) return output.json(recordOf(report, isSafe(report)));
  const { renderDoctor } = await import('../render/doctor.ts');
  for (const line of renderDoctor(report, output.paint)) output.line(line);
}

const recordOf = (report: Report, safe: boolean): object => {
  const { lease, mount } = report;
  return {
    schema: 'tutti.doctor/1',
    path: report.path,
    safe,
    network: report.isNetwork,
    mount:
      mount === null
        ? null
        : { type: mount.type, source: mount.source, point: mount.point, options: mount.options },
    other: report.other === null ? null : { host: report.other.host, pid: report.other.pid },
    checks: report.checks,
    visibility_ms: report.visibility,
    lease:
      lease === null
        ? null
        : {
            heartbeat_interval_ms: lease.heartbeatIntervalMs,
            delay_ms: lease.delayMs,
            safe_lease_ms: lease.safeLeaseMs,
            lease_ms: lease.leaseMs,
            visibility_delay_ms: lease.visibilityDelayMs,
          },
    mount_line: report.mountLine,
  };
};
