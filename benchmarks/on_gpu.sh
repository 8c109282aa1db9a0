#!/usr/bin/env bash
# Everything that is to be known of a GPU in one command of at most eight minutes; nothing is installed. It runs to its end
# without a GPU as well, and says what it skipped. $PYTHON is the interpreter; options are those of benchmarks/gpu.py.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}" MPLBACKEND=Agg
guard=()
# every step has a limit of its own; this is for a driver that hangs
command -v timeout >/dev/null && guard=(timeout --kill-after=5 475)
exec ${guard[@]+"${guard[@]}"} "${PYTHON:-python3}" -m benchmarks.gpu "$@"
