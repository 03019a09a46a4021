#!/bin/sh
# count.sh <basket> <fruit> <folder>
set -eu
basket=$1
# The words are split on purpose: each one is a fruit.
# shellcheck disable=SC2086
set -- "$3" $2
folder=$1
shift
echo "$basket $#" > "$folder/$basket.txt"
