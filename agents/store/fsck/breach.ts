// What `tutti fsck` can find, and what it can do about it. Nothing is ever deleted, and no task file is
// moved but to quarantine: bringing a task back is the brain's (docs/adr/0007).

/** Each kind in a sentence; docs/OPERATIONS.md lists them. */
export const BREACH_KINDS = {
  unknown_file: 'a name that docs/PROTOCOL.md does not know',
  stale_temporary: 'a temporary file whose writer is gone',
  escaped_path: 'a link that leaves shared/',
  not_regular: 'a link, pipe or device where a file belongs',
  unreadable: 'a record that is no valid JSON, or breaks its schema',
  mismatch: 'a record that says something else than its name',
  two_lanes: 'a task that lies in several lanes',
  no_lane: 'a task of a batch that lies in no lane',
  stranger: 'a task file whose batch has no such task',
  no_batch: 'task files whose batch is gone',
  no_plan: 'a batch without its plan, or without its batch.json',
  orphan_record: 'files of an attempt that no task stands behind, or a result that never counted',
  no_record: 'a task that ended without a record that says so',
  unknown_agent: 'a claim of an agent that never had a heartbeat',
  no_reason: 'a file in quarantine without a reason beside it',
} as const;
export type BreachKind = keyof typeof BREACH_KINDS;

/**
 * quarantine    the file, or folder, moves to tasks/quarantine with its reason beside it
 * set_aside     a record is renamed to `<attempt>.late.json`, which never counts
 * write_reason  a reason is written beside the file
 * nothing       `why` says who mends it, or that a person must
 */
export type Repair =
  | { readonly is: 'quarantine'; readonly name?: string }
  | { readonly is: 'set_aside'; readonly to: string }
  | { readonly is: 'write_reason' }
  | { readonly is: 'nothing'; readonly why: string };

export interface Breach {
  readonly kind: BreachKind;
  /** Relative to `shared/`; a folder stands for all that is in it. */
  readonly path: string;
  readonly problem: string;
  readonly repair: Repair;
}

export const QUARANTINED: Repair = { is: 'quarantine' };
export const nothing = (why: string): Repair => ({ is: 'nothing', why });

export function describeRepair(repair: Repair): string {
  switch (repair.is) {
    case 'quarantine':
      return 'moves it to tasks/quarantine, with the reason beside it';
    case 'set_aside':
      return `renames it to ${repair.to}`;
    case 'write_reason':
      return 'writes a reason beside it';
    case 'nothing':
      return `nothing: ${repair.why}`;
  }
}
