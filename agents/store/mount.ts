// What kind of mount `shared/` is on. File events from other hosts do not arrive on a network file
// system, so there the doorbell polls from the start (docs/ARCHITECTURE.md, rule 6).
import { accessSync, constants, realpathSync, statSync, statfsSync } from 'node:fs';
import type { Config } from '../protocol/config.ts';
import { Fault } from '../protocol/fault.ts';

/** f_type of statfs(2) for file systems that other hosts write to, or that may stall. */
const NETWORK_TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x65735546, 'fuse'],
  [0x01021997, '9p'],
  [0x00c36400, 'ceph'],
  [0x5346414f, 'afs'],
  [0x0bd00bd0, 'lustre'],
  [0x47504653, 'gpfs'],
]);

export interface Mount {
  /** Absolute, with symbolic links resolved. */
  readonly root: string;
  readonly isNetwork: boolean;
  readonly type: string;
}

/** `as`: what the configuration says it is, if anything. @throws Fault SHARED_MISSING, SHARED_UNWRITABLE */
export function inspectMount(
  path: string,
  access: 'read' | 'write',
  as: Config['mount'] = 'auto',
): Mount {
  let root: string;
  try {
    root = realpathSync(path);
    if (!statSync(root).isDirectory()) throw new Error('not a directory');
  } catch {
    throw new Fault('SHARED_MISSING', { path });
  }
  try {
    accessSync(root, access === 'write' ? constants.R_OK | constants.W_OK : constants.R_OK);
  } catch (error) {
    throw new Fault('SHARED_UNWRITABLE', { path, problem: (error as Error).message });
  }
  const type = statfsSync(root).type >>> 0;
  const network = NETWORK_TYPES.get(type);
  const isNetwork = as === 'auto' ? network !== undefined : as === 'network';
  return { root, isNetwork, type: network ?? `0x${type.toString(16)}` };
}
