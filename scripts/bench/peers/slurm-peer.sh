#!/bin/sh
# Slurm on this node alone, as root: `slurm-peer.sh many <count> <slots>`, `chain <length>`, `start`. Works in
# the current folder, which is empty; prints milliseconds. The daemons run before the clock starts.
set -eu
verb=$1 count=${2:-1} slots=${3:-1}
here=$PWD host=$(hostname -s)

cat >slurm.conf <<CONF
ClusterName=bench
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
CryptoType=crypto/munge
StateSaveLocation=$here/state
SlurmdSpoolDir=$here/spool
SlurmctldPidFile=$here/slurmctld.pid
SlurmdPidFile=$here/slurmd.pid
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$slots State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
export SLURM_CONF="$here/slurm.conf"
mkdir state spool

munged=''
if ! munge -n >/dev/null 2>&1; then
  [ -s /etc/munge/munge.key ] || mungekey --create >/dev/null 2>&1
  install -d -o munge -g munge /run/munge
  runuser -u munge -- munged --foreground >/dev/null 2>&1 &
  munged=$!
  sleep 1
fi
slurmctld -D >slurmctld.log 2>&1 &
controller=$!
slurmd -D -N "$host" >slurmd.log 2>&1 &
daemon=$!
stop() { kill $controller $daemon $munged 2>/dev/null || true; }
trap stop EXIT
tries=0
until sinfo -h -o %T 2>/dev/null | grep -q idle; do
  tries=$((tries + 1))
  [ $tries -lt 30 ] || { echo "slurm: the node is not idle after 30 s" >&2; tail -3 slurmctld.log slurmd.log >&2; exit 1; }
  sleep 1
done

now() { date +%s%N; }
printf '#!/bin/sh\ntrue\n' >job
printf '#!/bin/sh\ndate +%%s%%N > %s/stamp\n' "$here" >stamp-job
began=$(now)
case $verb in
start) sbatch -Q -W -o /dev/null stamp-job && ended=$(cat stamp) ;;
many) sbatch -Q -W -o /dev/null -n1 --array="1-$count" job && ended=$(now) ;;
chain)
  last=$(sbatch --parsable -o /dev/null job)
  for _ in $(seq 3 "$count"); do last=$(sbatch --parsable -o /dev/null -d "afterok:$last" job); done
  sbatch -Q -W -o /dev/null -d "afterok:$last" job && ended=$(now)
  ;;
esac
echo "$(((ended - began) / 1000))" | sed 's/...$/.&/'
