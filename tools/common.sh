# Sourced first by every script here: changes to the repository's root and takes a lock, so that
# commands run one at a time. A script called by another runs under the caller's lock.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${MYCEL_LOCK_HELD:-} != "$PWD" ]]; then
  mkdir -p build
  script="$PWD/tools/$(basename "$0")"
  flock --nonblock build/.lock true || echo "waiting for another command in $PWD ..." >&2
  MYCEL_LOCK_HELD="$PWD" exec flock build/.lock "$script" "$@"
fi

cores=$(nproc)
