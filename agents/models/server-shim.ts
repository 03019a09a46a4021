// The leader of a model server's process group, as a shell command. It puts a watcher beside the server and becomes
// the server itself (exec keeps pid and start time). The watcher reads who owns the server: a restarted agent
// writes itself there and thereby adopts it; an owner that stays dead for the grace takes the group with it.
// A file that cannot be read, as on a mount that hangs, is no proof of anything.

const SCRIPT = `
owner=$1 grace=$2 look=$3; shift 3
lives() {
  read -r pid start < "$owner" 2>/dev/null || return 0
  read -r line < "/proc/$pid/stat" 2>/dev/null || return 1
  set -- \${line##*) }
  [ "\${20}" = "$start" ]
}
(
  gone=0
  while sleep "$look"; do
    kill -0 $$ 2>/dev/null || exit
    if lives; then gone=0; else gone=$((gone + look)); fi
    if [ "$gone" -ge "$grace" ]; then
      kill -TERM $$; sleep "$look"; kill -KILL 0
    fi
  done
) &
exec "$@"
`;

const LOOK_S_MAX = 5;

/** Arguments of `sh` that run `command` in the care of `ownerFile` (absolute). */
export const shimArguments = (
  ownerFile: string,
  graceS: number,
  command: readonly string[],
): string[] => {
  const lookS = Math.max(1, Math.min(LOOK_S_MAX, Math.floor(graceS / 2)));
  return ['-c', SCRIPT, 'tutti-server', ownerFile, String(graceS), String(lookS), ...command];
};
