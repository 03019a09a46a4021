// Where a command prints. Results go to standard output, everything about them to standard error, so
// that `tutti … --json | jq` and `tutti … > file` get the result and nothing else.
import { coloured, plain } from './render/paint.ts';
import type { Paint } from './render/paint.ts';

export interface Output {
  /** A line, or several, of the result. */
  line(text?: string): void;
  /** A versioned record, `{ schema: 'tutti.<name>/<n>', … }`, on one screen of JSON. */
  json(value: object): void;
  /** Notes, warnings and refusals: standard error. */
  note(text: string): void;
  /** As it is, for redraws. */
  raw(text: string | Uint8Array): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
  /** The same for what goes to standard error. */
  readonly notePaint: Paint;
}

const isTerminal = (stream: { readonly isTTY?: boolean }): boolean => stream.isTTY === true;

/** hasColors() knows NO_COLOR, FORCE_COLOR and TERM=dumb; a pipe has no such method. */
const paintFor = (stream: NodeJS.WriteStream, isColourWanted: boolean): Paint =>
  isColourWanted && isTerminal(stream) && stream.hasColors() ? coloured : plain;

/** A pipe has no size, and a terminal that was never given one has the size 0. */
const sizeOr = (fallback: number, size: number | undefined): number =>
  size === undefined || size === 0 ? fallback : size;

/** A reader that has seen enough (`| head`) ends the program quietly, as it does any Unix tool. */
function endOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

export function openOutput(isColourWanted: boolean): Output {
  const { stdout, stderr } = process;
  endOnClosedPipe(stdout);
  endOnClosedPipe(stderr);
  return {
    line: (text = '') => void stdout.write(`${text}\n`),
    json: (value) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    raw: (text) => void stdout.write(text),
    isTerminal: isTerminal(stdout),
    get columns() {
      return sizeOr(100, stdout.columns);
    },
    get rows() {
      return sizeOr(24, stdout.rows);
    },
    paint: paintFor(stdout, isColourWanted),
    notePaint: paintFor(stderr, isColourWanted),
  };
}
