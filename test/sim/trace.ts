// The last operations and everything that went wrong: what a failure shows.
export interface Line {
  readonly ms: number;
  readonly who: string;
  readonly what: string;
  readonly path: string;
  answer: string;
}

const LINES_KEPT = 60;

export class Trace {
  operations = 0;
  readonly faults: string[] = [];
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

  fault(line: Line, text: string): void {
    line.answer = text;
    this.faults.push(render(line));
  }

  incident(text: string): void {
    this.fault(this.push('world', '!', ''), text);
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
