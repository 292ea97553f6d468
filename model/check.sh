#!/bin/sh
# Checks the model with the -D options given, and tells the shortest story in which the property breaks.
#   model/check.sh -DNODES=3 -DCRASHES=1
#   model/check.sh -DNODES=3 -DJOBS=1 -DNO_JOURNAL
set -eu
model=$(cd "$(dirname "$0")" && pwd)/finished-jobs.pml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
spin "$@" -a "$model"
# Breadth first, so that the first story found is the shortest. SAFETY: the property is an assertion.
gcc -O1 -DSAFETY -DNOFAIR -DBFS -DMEMLIM=16000 -o pan pan.c
./pan -w24 | grep -E 'errors:|states, stored|elapsed|violated|not completed'
for trail in *.trail; do
  [ -e "$trail" ] || continue
  spin -t -k "$trail" "$@" "$model" | grep -E '^ *(instance|node|WAIT|FAILOVER|start|a backup|the lease)' | sed 's/^ */  /'
  exit 1
done
