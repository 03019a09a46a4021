// The last operations and everything that went wrong: what a failure shows.
import type { FaultKind } from './faults.ts';

export interface Line {
  readonly ms: number;
  readonly who: string;
  readonly what: string;
  readonly path: string;
  answer: string;
}

/** A fault that was played: by its key it can be left out of the next run. */
export interface Injected {
  readonly kind: FaultKind;
  readonly key: string;
  readonly text: string;
}

const LINES_KEPT = 60;

export class Trace {
  operations = 0;
  readonly injected: Injected[] = [];
  /** How often each kind of fault was played; those that are too many to be listed are only counted. */
  readonly counts = new Map<FaultKind, number>();
  /** More than 60 for a look into one seed. */
  kept = LINES_KEPT;
  private lines: Line[] = [];
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  operation(who: string, what: string, path: string): Line {
    this.operations += 1;
    return this.push(who, what, path);
  }

  /** What a process logs, and what happens outside of operations. */
  note(who: string, text: string): void {
    this.push(who, '#', text);
  }

  /** A fault at an operation. */
  inject({ kind, key }: { kind: FaultKind; key: string }, line: Line, text: string): void {
    line.answer = text;
    this.injected.push({ kind, key, text: render(line) });
    this.count(kind);
  }

  /** A fault at a moment. */
  incident(kind: FaultKind, key: string, text: string): void {
    this.inject({ kind, key }, this.push('world', '!', ''), text);
  }

  count(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  render(): string[] {
    return this.lines.slice(-this.kept).map(render);
  }

  private push(who: string, what: string, path: string): Line {
    const line = { ms: this.nowMs(), who, what, path, answer: '' };
    this.lines.push(line);
    if (this.lines.length > 4 * this.kept) this.lines = this.lines.slice(-this.kept);
    return line;
  }
}

const render = ({ ms, who, what, path, answer }: Line): string =>
  `${(ms / 1000).toFixed(4).padStart(9)} ${who.padEnd(10)} ${what} ${path}${answer === '' ? '' : ` → ${answer}`}`;
