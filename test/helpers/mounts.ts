// Where the shared directory of a test lies, and how each process sees it. TUTTI_TEST_DIR names one
// directory on any mount. TUTTI_TEST_MOUNTS names several mounts of one directory, separated by commas, one
// per client: the test uses the first (or the directory behind all of them), the brain the second, the agents
// the others in turn. A mount that shows changes late says by how much in TUTTI_TEST_VISIBILITY_MS.
import { tmpdir } from 'node:os';

export interface Places {
  /** Where temporary directories are made. */
  readonly base: string;
  /** The same directory through other mounts; none when every process uses `base`. */
  readonly others: readonly string[];
  readonly visibilityDelayMs: number;
}

export function readPlaces(): Places {
  const env = process.env;
  const mounts = env['TUTTI_TEST_MOUNTS']?.split(',').filter((mount) => mount !== '') ?? [];
  const [first = env['TUTTI_TEST_DIR'] ?? tmpdir(), ...others] = mounts;
  return { base: first, others, visibilityDelayMs: Number(env['TUTTI_TEST_VISIBILITY_MS'] ?? 0) };
}
