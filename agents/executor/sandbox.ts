// Finds out by trying what bubblewrap can do on this host (containers and hardened kernels refuse parts
// of it), and wraps a command in it.
//
// Two of its options are left out on purpose. `--new-session` would take the command out of the process
// group by which it is ended. `--die-with-parent` would answer a TERM to the group with a KILL of the
// command, because the outer bwrap dies of it; without it the command has its grace, and the KILL of the
// group reaches the inner bwrap, the init of the PID namespace, with which everything inside dies.
import { Fault } from '../protocol/fault.ts';
import type { Config } from '../protocol/config.ts';
import { resolveOnHost } from '../process/host-path.ts';
import { outerFirst } from './grants.ts';
import type { Grant } from './grants.ts';

export type Sandbox =
  | {
      readonly kind: 'bubblewrap';
      readonly version: string;
      /** Own PID namespace: nothing survives its attempt, not even what left the session. */
      readonly isolatesProcesses: boolean;
      readonly isolatesNetwork: boolean;
    }
  | { readonly kind: 'none'; readonly reason: string };

type Isolation = Pick<
  Extract<Sandbox, { kind: 'bubblewrap' }>,
  'isolatesProcesses' | 'isolatesNetwork'
>;

const TRIES: readonly Isolation[] = [
  { isolatesProcesses: true, isolatesNetwork: true },
  { isolatesProcesses: true, isolatesNetwork: false },
  { isolatesProcesses: false, isolatesNetwork: true },
  { isolatesProcesses: false, isolatesNetwork: false },
];
const PROBE_MS_MAX = 5000;
const EVERYTHING: readonly Grant[] = [{ path: '/', mode: 'read' }];

/** Throws SANDBOX_MISSING when the configuration requires one. */
export async function detectSandbox(setting: Config['sandbox']): Promise<Sandbox> {
  if (setting === 'off')
    return { kind: 'none', reason: 'switched off by `sandbox` in config.json' };
  const found = await probe();
  if (found.kind === 'none' && setting === 'required') {
    throw new Fault('SANDBOX_MISSING', { reason: found.reason });
  }
  return found;
}

async function probe(): Promise<Sandbox> {
  const version = await run(['--version']);
  if (!version.isFine) return { kind: 'none', reason: `bwrap does not run: ${version.text}` };
  let refusal = '';
  for (const isolation of TRIES) {
    const options = { isolation, grants: EVERYTHING, cwd: '/', isNetworkAllowed: false };
    const tried = await run([...sandboxOptions(options), 'true']);
    if (tried.isFine) {
      return { kind: 'bubblewrap', version: version.text.replace(/^\D*/, ''), ...isolation };
    }
    refusal = tried.text;
  }
  return { kind: 'none', reason: `bwrap is refused on this host: ${refusal}` };
}

interface Tried {
  readonly isFine: boolean;
  readonly text: string;
}

async function run(args: readonly string[]): Promise<Tried> {
  // Loaded here because only the start of an agent needs it, and it slows every other start.
  const { execa } = await import('execa');
  const result = await execa('bwrap', args, {
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: PROBE_MS_MAX,
    killSignal: 'SIGKILL',
  });
  const failure = result.timedOut ? `no answer within ${PROBE_MS_MAX} ms` : result.shortMessage;
  const text = result.all?.trim() ?? '';
  return { isFine: !result.failed, text: text === '' ? (failure ?? '') : text };
}

export interface SandboxOptions {
  readonly isolation: Isolation;
  /** Outer folders first. */
  readonly grants: readonly Grant[];
  readonly cwd: string;
  readonly isNetworkAllowed: boolean;
}

/**
 * Mount points as bwrap needs them. Where the whole file system is shown it refuses one that is reached
 * by a symbolic link; elsewhere `/bin` must stay `/bin`, which it makes itself.
 */
export async function resolveGrants(grants: readonly Grant[]): Promise<readonly Grant[]> {
  if (!grants.some(({ path }) => path === '/')) return grants;
  const resolved = grants.map(async ({ path, mode }) => ({
    path: await resolveOnHost(path),
    mode,
  }));
  return outerFirst(await Promise.all(resolved));
}

/** Arguments of bwrap, up to the command. A path that is not there on this host is left out. */
export function sandboxOptions(options: SandboxOptions): string[] {
  const { isolation, grants, cwd, isNetworkAllowed } = options;
  const bind = ({ mode, path }: Grant): string[] => [
    mode === 'write' ? '--bind-try' : '--ro-bind-try',
    path,
    path,
  ];
  return [
    ...grants.filter(({ path }) => path === '/').flatMap(bind),
    // Cards are devices; /dev/shm is how data loaders share memory.
    '--dev-bind',
    '/dev',
    '/dev',
    ...(isolation.isolatesProcesses ? ['--unshare-pid', '--proc', '/proc'] : []),
    ...(isolation.isolatesNetwork && !isNetworkAllowed ? ['--unshare-net'] : []),
    ...grants.filter(({ path }) => path !== '/').flatMap(bind),
    '--chdir',
    cwd,
    '--',
  ];
}

/** One sentence for the log of an agent: which guarantee holds. */
export function describeSandbox(sandbox: Sandbox): string {
  if (sandbox.kind === 'none') return `no sandbox (${sandbox.reason}); permission files only lint`;
  const gaps = [
    ...(sandbox.isolatesProcesses ? [] : ['its own processes']),
    ...(sandbox.isolatesNetwork ? [] : ['network: false']),
  ];
  const without = gaps.length === 0 ? '' : `, without ${gaps.join(' and ')} (refused by this host)`;
  return `bubblewrap ${sandbox.version}${without}`;
}
