#!/bin/bash
# resnet: torch 2.9.1, CUDA 12.8; made by envlock from the lock sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
# Before: apptainer build resnet.sif envlock.def
set -euo pipefail

export APPTAINERENV_CUDA_VISIBLE_DEVICES=MIG-5c89852c

exec apptainer exec \
  --containall \
  --no-eval \
  --no-home \
  --writable-tmpfs \
  --nv \
  --pwd=/app \
  ./resnet.sif \
  python "$@"
