// A host with its processes. A worker does what the shell shim does (agents/process/shim.ts): it takes the
// run file, runs its command, appends the status; each step is an event of its own. Workers belong to the
// host: they outlive the agent that started them, and nothing but a signal or a loss of power ends them.
import type { ProcessIdentity } from '../../agents/protocol/attempt.ts';
import type { Attempt, Exit, Spawner } from '../../agents/process/spawner.ts';
import { EXIT_UNSTARTED, EXIT_VOID } from '../../agents/process/shim.ts';
import type { ShimRequest } from '../../agents/process/shim.ts';
import { parsePerformance } from './performance.ts';
import type { Performance } from './performance.ts';
import type { Dice } from './dice.ts';
import type { HostView } from './host-view.ts';
import type { Life } from './life.ts';
import { ROOT } from './memory-disk.ts';
import { openIn, writeManifest } from './open-in.ts';
import type { MemoryTree } from './memory-tree.ts';
import type { Servers } from './scripted-models.ts';
import { answerTo, calm, THINK } from './thoughts.ts';
import type { Answer } from './thoughts.ts';
import type { Timeline } from './timeline.ts';

/** What the checker hears of a command. */
export interface Run {
  readonly batch: string;
  readonly task: string;
  readonly attempt: number;
  readonly agent: string;
  readonly host: string;
}

export interface Audience {
  /** Answers how many runs of this task came to their end before. */
  began(run: Run): number;
  /** `isOwn`: the command came to its own end; nobody ended it. */
  ended(run: Run, isOwn: boolean): void;
}

export interface HostParts {
  readonly timeline: Timeline;
  readonly tree: MemoryTree;
  readonly dice: Dice;
  readonly audience: Audience;
  readonly view: HostView;
}

interface Process {
  readonly identity: ProcessIdentity;
  readonly claim: string | null;
  readonly agent: string | null;
  isLeaderAlive: boolean;
  /** The command or what it left behind. */
  isChildAlive: boolean;
  onSignal: (name: 'SIGTERM' | 'SIGKILL') => void;
  /** The power is gone: nobody hears of its end. */
  onCut: () => void;
}

export class Host {
  bootId: string;
  /** Its wall clock minus virtual time. */
  wallOffsetMs: number;
  readonly name: string;
  private boots = 0;
  private pids = 1000;
  /** Model servers, which only a loss of power or their agent ends. */
  readonly servers: Servers = new Set();
  private readonly table = new Map<number, Process>();
  private readonly parts: HostParts;

  constructor(name: string, parts: HostParts, wallOffsetMs: number) {
    this.name = name;
    this.wallOffsetMs = wallOffsetMs;
    this.parts = parts;
    this.bootId = `${name}-boot-0`;
  }

  get view(): HostView {
    return this.parts.view;
  }

  /** Everything that ran is gone. */
  reboot(): void {
    for (const process of this.table.values()) process.onCut();
    this.table.clear();
    this.servers.clear();
    this.boots += 1;
    this.bootId = `${this.name}-boot-${this.boots}`;
    this.view.clear();
  }

  /** A process that is no worker: a brain, an agent. */
  enrol(life: Life): ProcessIdentity {
    const process = this.open(null, null);
    Object.defineProperty(process, 'isLeaderAlive', { get: () => life.isAlive });
    return process.identity;
  }

  /** For each worker that lives, its agent. */
  workers(): string[] {
    return [...this.table.values()].filter(isAlive).flatMap(({ agent }) => agent ?? []);
  }

  /** As one process of this host sees it: what it starts tells its end to it alone. */
  spawnerFor(life: Life): Spawner {
    const { bootId } = this;
    const find = ({ pid, startTime, bootId: boot }: ProcessIdentity): Process | null => {
      const process = this.table.get(pid);
      return boot === this.bootId && process?.identity.startTime === startTime ? process : null;
    };
    return {
      bootId,
      start: () => {
        throw new Error('nothing but attempts runs here');
      },
      startAttempt: (agent, request) => this.start(agent, request, life),
      identify: (pid) => {
        const process = this.table.get(pid);
        return process?.isLeaderAlive === true ? process.identity : null;
      },
      isGroupAlive: (leader) => {
        const process = find(leader);
        return process !== null && isAlive(process);
      },
      signal(leader, name) {
        const process = find(leader);
        if (process === null || !isAlive(process)) return false;
        process.onSignal(name);
        return true;
      },
      stragglers: (claim) =>
        [...this.table.values()]
          .filter((process) => process.claim === claim && isAlive(process))
          .map(({ identity }) => identity.pid),
      claimsOf: (agent) =>
        [...this.table.values()]
          .filter((process) => process.agent === agent && isAlive(process))
          .map(({ claim }) => claim!),
      kill: (pid) => this.table.get(pid)?.onSignal('SIGKILL'),
    };
  }

  private open(claim: string | null, agent: string | null): Process {
    const pid = this.pids++;
    const startTime = String(Math.floor(this.parts.timeline.nowMs / 10) + pid);
    const identity = { pid, startTime, bootId: this.bootId };
    const process: Process = {
      identity,
      claim,
      agent,
      isLeaderAlive: true,
      isChildAlive: false,
      onSignal: () => undefined,
      onCut: () => undefined,
    };
    this.table.set(pid, process);
    return process;
  }

  private start(agent: string, request: ShimRequest, life: Life): Attempt {
    const process = this.open(request.env['TUTTI_CLAIM']!, agent);
    const { identity: leader } = process;
    const exited = new Promise<Exit>((resolve) => {
      const end = (exit: Exit): void => life.deliver(this.parts.dice.next(), () => resolve(exit));
      new Worker(this.name, this.parts, process, request, end).begin();
    });
    return { pid: leader.pid, leader, exited, release: () => undefined };
  }
}

const isAlive = (process: Process): boolean => process.isLeaderAlive || process.isChildAlive;

const startLine = (agent: string, { pid, bootId, startTime }: ProcessIdentity): string =>
  `start ${bootId} ${agent} ${pid} (sh) S ${'0 '.repeat(18)}${startTime} 0\n`;

class Worker {
  private readonly parts: HostParts;
  private readonly process: Process;
  private readonly onExit: (exit: Exit) => void;
  private readonly runPath: string;
  private readonly logPath: string;
  private readonly performance: Performance;
  /** Of a worker that asks a model: no task of a play, and nothing for the audience. */
  private readonly answer: Answer | null;
  private readonly run: Run;
  private hasBegun = false;
  private hasEnded = false;

  constructor(
    host: string,
    parts: HostParts,
    process: Process,
    request: ShimRequest,
    onExit: (exit: Exit) => void,
  ) {
    this.parts = parts;
    this.process = process;
    this.onExit = onExit;
    const { env, run, log, argv } = request;
    this.runPath = run.slice(ROOT.length + 1);
    this.logPath = log.slice(ROOT.length + 1);
    this.answer = argv[0] === THINK ? answerTo(parts.tree, argv[1]!) : null;
    // /bin/sh -c <script> <task>
    this.performance = this.answer === null ? parsePerformance(argv[2]!) : calm(this.answer);
    this.run = {
      batch: env['TUTTI_BATCH_ID']!,
      task: env['TUTTI_TASK_ID']!,
      attempt: Number(env['TUTTI_ATTEMPT']),
      agent: env['TUTTI_AGENT']!,
      host,
    };
    process.onSignal = (name) => this.hear(name);
    process.onCut = () => this.cut();
  }

  begin(): void {
    this.soon(10, () => {
      const { tree, view } = this.parts;
      view.forget(this.runPath);
      const there = tree.find(this.runPath);
      if (there !== undefined) {
        return this.exit(there.kind === 'file' && there.text !== '' ? EXIT_VOID : EXIT_UNSTARTED);
      }
      try {
        const node = tree.create(this.runPath);
        this.soon(5, () => {
          tree.write(node, startLine(this.run.agent, this.process.identity));
          this.soon(5, () => this.play());
        });
      } catch {
        this.exit(EXIT_UNSTARTED);
      }
    });
  }

  private play(): void {
    this.hasBegun = true;
    this.process.isChildAlive = true;
    const before = this.answer === null ? this.parts.audience.began(this.run) : 0;
    const { durationMs, code, fails } = this.performance;
    this.parts.timeline.after(durationMs, () => this.end(before < fails ? code : 0, true));
  }

  /** The command ends; what it left behind may live on. */
  private end(code: number, isOwn: boolean): void {
    if (!this.process.isChildAlive || this.hasEnded) return;
    this.hasEnded = true;
    const { tree } = this.parts;
    const { straysMs, manifest } = this.performance;
    this.tell(isOwn);
    if (code === 0 && manifest !== null) writeManifest(this.parts, manifest);
    const log = openIn(tree, this.logPath);
    if (log !== null)
      tree.write(log, `${log.text}${this.answer?.line ?? `${this.run.task} says ${code}`}\n`);
    if (straysMs === 0) this.process.isChildAlive = false;
    else this.parts.timeline.after(straysMs, () => (this.process.isChildAlive = false));
    this.soon(5, () => {
      const node = tree.file(this.runPath);
      if (node !== null) tree.write(node, `${node.text}exit ${code}\n`);
      this.soon(3, () => this.exit(code));
    });
  }

  private tell(isOwn: boolean): void {
    if (this.answer === null) this.parts.audience.ended(this.run, isOwn);
  }

  private exit(code: number | null, signal: string | null = null): void {
    this.process.isLeaderAlive = false;
    this.onExit({ code, signal });
  }

  /** Everything of it is dead at once. */
  private cut(): void {
    this.process.isLeaderAlive = false;
    this.process.isChildAlive = false;
    if (this.hasBegun && !this.hasEnded) this.tell(false);
    this.hasEnded = true;
  }

  private hear(name: 'SIGTERM' | 'SIGKILL'): void {
    const { isLeaderAlive } = this.process;
    if (name === 'SIGKILL') {
      this.cut();
      if (isLeaderAlive) this.exit(null, 'SIGKILL');
    } else if (!this.hasBegun) this.exit(null, 'SIGTERM');
    else if (!this.performance.ignoresTerm) {
      if (this.hasEnded) this.process.isChildAlive = false;
      else this.end(143, false);
    }
  }

  /** The shim's own next step, unless it is dead by then. */
  private soon(ms: number, step: () => void): void {
    this.parts.timeline.after(ms * this.parts.dice.next(), () => {
      if (this.process.isLeaderAlive) step();
    });
  }
}
