#!/bin/sh
# The peers that are one command: `shell-peers.sh <peer> many <count> <slots>`, `… chain <length>`, `… start`.
# Works in the current folder, which is empty; prints milliseconds.
set -eu
peer=$1 verb=$2 count=${3:-1} slots=${4:-1}

now() { date +%s%N; }
began=0
begin() { began=$(now); }
end() { echo "$((($(now) - began) / 1000))" | sed 's/...$/.&/'; }
# From `begin` to the stamp that the command wrote.
stamped() { echo "$((($(cat stamp) - began) / 1000))" | sed 's/...$/.&/'; }
stamp='date +%s%N > stamp'

# A makefile of `count` targets, each after the one before when it is a chain.
targets() {
  awk -v n="$count" -v chain="$1" 'BEGIN {
    for (i = 1; i <= n; i++) all = all " t" i
    print "all:" all
    for (i = 1; i <= n; i++) printf "t%d:%s\n\t@true\n", i, (chain && i > 1) ? " t" (i - 1) : ""
  }' >makefile
}

# A snakefile of `count` files.
rules() {
  cat >Snakefile <<RULES
N = $count
rule all:
    input: expand("out/{i}", i=range(1, N + 1))
rule first:
    output: touch("out/1")
    shell: "true"
rule one:
    input: lambda w: "out/%d" % (int(w.i) - 1) if $1 else []
    output: touch("out/{i}")
    shell: "true"
ruleorder: first > one
RULES
}

case $peer.$verb in
xargs.many) begin && seq "$count" | xargs -P"$slots" -n1 true && end ;;
xargs.chain) begin && seq "$count" | xargs -n1 true && end ;;
xargs.start) begin && echo "$stamp" | xargs -d '\n' sh -c && stamped ;;

make.many) targets 0 && begin && make -s -j"$slots" && end ;;
make.chain) targets 1 && begin && make -s -j"$count" && end ;;
make.start) printf 'all:\n\t@%s\n' 'date +%s%N > stamp' >makefile && begin && make -s && stamped ;;

parallel.many) begin && seq "$count" | parallel --will-cite -j"$slots" --joblog log true && end ;;
parallel.chain) begin && seq "$count" | parallel --will-cite -j1 --joblog log true && end ;;
parallel.start) begin && echo "$stamp" | parallel --will-cite -j1 --joblog log && stamped ;;

nq.many)
  # One queue runs one job at a time: as many queues as slots.
  begin
  for slot in $(seq "$slots"); do
    mkdir "queue-$slot"
    (
      export NQDIR="$PWD/queue-$slot"
      for _ in $(seq "$((count / slots))"); do nq -q true; done
      nq -w
    ) &
  done
  wait && end
  ;;
nq.chain) begin && for _ in $(seq "$count"); do nq -q true; done && nq -w && end ;;
nq.start) begin && nq -q sh -c "$stamp" && nq -w && stamped ;;

tsp.*)
  export TS_SOCKET="$PWD/socket" TS_MAXFINISHED=100000
  tsp -S "$([ "$verb" = many ] && echo "$slots" || echo 1)"
  trap 'tsp -K' EXIT
  begin
  if [ "$verb" = start ]; then
    tsp -n sh -c "$stamp" >/dev/null && tsp -w && stamped
  else
    for _ in $(seq "$count"); do tsp -n true >/dev/null; done
    while tsp | grep -qE ' (queued|running) '; do tsp -w || true; done
    end
  fi
  ;;

snakemake.many) rules False && begin && snakemake -j"$slots" --quiet >/dev/null 2>&1 && end ;;
snakemake.chain) rules True && begin && snakemake -j1 --quiet >/dev/null 2>&1 && end ;;
snakemake.start)
  printf 'rule all:\n    output: "stamp"\n    shell: "date +%%s%%N > stamp"\n' >Snakefile
  begin && snakemake -j1 --quiet >/dev/null 2>&1 && stamped
  ;;
*) echo "no such peer: $peer $verb" >&2 && exit 2 ;;
esac
