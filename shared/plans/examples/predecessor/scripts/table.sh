#!/bin/sh
# table.sh <batch folder> <season>
set -eu
{
  echo "Fruit in $2"
  cat "$1"/results/*.txt
} > "$1/output/census.txt"
