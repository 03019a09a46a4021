// The report of `tutti doctor` as text. Pure.
import type { Check } from '../doctor/check.ts';
import type { Report } from '../doctor/examine.ts';
import type { Paint } from './paint.ts';
import { columns, duration, plural } from './text.ts';

const colourOf = (result: Check['result'], paint: Paint): ((text: string) => string) =>
  ({ ok: paint.green, warning: paint.yellow, refused: paint.red })[result];

export function renderDoctor(report: Report, paint: Paint): string[] {
  const { path, mount, checks, visibility, lease, mountLine, other } = report;
  const lines = [
    mount === null
      ? `${path}: the kernel does not say what it is`
      : `${path}: ${mount.type}, ${mount.source} at ${mount.point}`,
  ];
  if (mount !== null) lines.push(`  ${paint.dim(mount.options.join(','))}`);
  if (other !== null) lines.push(`  examined with pid ${other.pid} on ${other.host}`);
  lines.push('');
  const rows = checks.map(({ check, result, found }) => [
    colourOf(result, paint)(result),
    check,
    found,
  ]);
  lines.push(...columns(rows, '  '));
  if (visibility !== null) {
    const delays = Object.entries(visibility).map(([kind, ms]) => `${kind} ${duration(ms)}`);
    lines.push('', `seen by the other process after at most: ${delays.join(', ')}`);
  }
  if (lease !== null) {
    lines.push(`safe lease: ${lease.safeLeaseMs} ms; agent.leaseMs is ${lease.leaseMs}`);
  }
  if (mountLine !== null) lines.push(`recommended: ${mountLine}`);
  const advised = checks.filter(({ advice }) => advice !== null);
  if (advised.length > 0) lines.push('');
  for (const { check, advice } of advised) lines.push(`${paint.bold(check)}: ${advice}`);
  const reasons = checks.filter(({ result }) => result === 'refused').length;
  lines.push(
    '',
    reasons === 0 ? 'safe for tutti' : `not safe for tutti: ${plural(reasons, 'reason')}`,
  );
  return lines;
}
