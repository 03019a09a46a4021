// What every command gets. Nothing is opened, and no schema library is loaded, before a command asks
// for it: `tutti --help` and the shell's completion answer at once.
import { basename, dirname } from 'node:path';
import type { Settings } from '../agents/process/settings.ts';
import type { Mount } from '../agents/store/mount.ts';
import type { Store } from '../agents/store/store.ts';
import type { Command } from 'commander';
import type { Output } from './output.ts';

/** The file of one command, `commands/<name>.ts`. Its top-level imports are light. */
export interface CommandModule {
  /** Adds arguments, options and the action to the command, which has its name and summary already. */
  readonly configure: (command: Command, context: Context) => void;
  /** Command lines for `--help` and docs/CLI.md, each complete: `tutti status --json`. */
  readonly examples: readonly string[];
}

/** Options before or after the command's name. */
export interface GlobalFlags {
  readonly shared?: string;
  readonly settings?: string;
}

export interface Shared {
  readonly settings: Settings;
  readonly mount: Mount;
  /** Publishes from `inbox/.staging`. */
  readonly store: Store;
}

export interface Context {
  readonly output: Output;
  /** The folder of package.json, wherever this was built to. */
  readonly projectRoot: string;
  /** @throws Fault CONFIG_JSON, CONFIG_INVALID */
  settings(): Promise<Settings>;
  /** `write` also makes the directories of an empty shared/. @throws Fault SHARED_MISSING, SHARED_UNWRITABLE */
  open(access: 'read' | 'write'): Promise<Shared>;
  /** The exit code of the command; 0 unless it is called. */
  exit(code: number): void;
  /**
   * Aborts at Ctrl-C or TERM. From the first call on these do not end the process: the command cleans
   * up and then calls `throwIfAborted()` on it, or returns.
   */
  interruption(): AbortSignal;
}

/** 128 + the number of the signal, as shells report it. */
export const INTERRUPTED = { SIGINT: 130, SIGTERM: 143 } as const;

const parent = dirname(import.meta.dirname);
export const projectRoot: string = basename(parent) === 'dist' ? dirname(parent) : parent;

export interface ContextHolder extends Context {
  readonly exitCode: number;
}

export function createContext(output: Output, flags: () => GlobalFlags): ContextHolder {
  let exitCode = 0;
  let settings: Promise<Settings> | undefined;
  let stop: AbortController | undefined;
  const shared: Partial<Record<'read' | 'write', Promise<Shared>>> = {};

  const context: ContextHolder = {
    output,
    projectRoot,
    settings: () => (settings ??= readSettings(flags())),
    open: (access) => (shared[access] ??= openShared(access, context.settings())),
    exit: (code) => void (exitCode = code),
    get exitCode() {
      return exitCode;
    },
    interruption() {
      if (stop !== undefined) return stop.signal;
      const controller = (stop = new AbortController());
      for (const name of ['SIGINT', 'SIGTERM'] as const) {
        process.on(name, () => {
          exitCode = INTERRUPTED[name];
          controller.abort();
        });
      }
      return controller.signal;
    },
  };
  return context;
}

async function readSettings(flags: GlobalFlags): Promise<Settings> {
  const { loadSettings } = await import('../agents/process/settings.ts');
  return loadSettings({ config: flags.settings, shared: flags.shared }, projectRoot);
}

async function openShared(access: 'read' | 'write', pending: Promise<Settings>): Promise<Shared> {
  const settings = await pending;
  const { inspectMount } = await import('../agents/store/mount.ts');
  const { createDisk } = await import('../agents/store/real-disk.ts');
  const { createStore } = await import('../agents/store/store.ts');
  const { INBOX_STAGING } = await import('../agents/store/inbox.ts');
  const { DIRECTORIES } = await import('../agents/protocol/layout.ts');
  const { realRandom } = await import('../agents/process/clock.ts');
  const mount = inspectMount(settings.sharedPath, access, settings.config.mount);
  const disk = createDisk(mount.root, mount.isNetwork);
  if (access === 'write') for (const directory of DIRECTORIES) await disk.mkdir(directory);
  const tag = `cli-${process.pid}-${realRandom.text(8)}`;
  const isDurable = settings.config.durability === 'full';
  return { settings, mount, store: createStore(disk, isDurable, INBOX_STAGING, tag) };
}
