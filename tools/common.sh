# Sourced first by every script here: goes to the repository's root and takes the one lock, so that
# two commands at once wait for each other. A script called by another runs under its lock.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${MYCEL_LOCK_HELD:-} != "$PWD" ]]; then
  mkdir -p build
  script="$PWD/tools/$(basename "$0")"
  flock --nonblock build/.lock true || echo "waiting for another command in $PWD ..." >&2
  MYCEL_LOCK_HELD="$PWD" exec flock build/.lock "$script" "$@"
fi

cores=$(nproc)
