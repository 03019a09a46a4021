#!/bin/sh
# Installs what `npm run bench -- --peers` compares with: Debian packages, and BullMQ into a folder of its own.
# Needs root and a network. Whatever cannot be installed is left out of the comparison.
set -u

peers=${TMPDIR:-/tmp}/tutti-bench-peers
export DEBIAN_FRONTEND=noninteractive

apt-get update -qq
for package in make parallel nq task-spooler snakemake redis-server python3-rq python3-distributed \
  munge slurmctld slurmd slurm-client; do
  apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
    echo "not installed: $package" >&2
done

mkdir -p "$peers"
npm install --prefix "$peers" --ignore-scripts --no-audit --no-fund --silent bullmq@5 ||
  echo "not installed: bullmq" >&2
