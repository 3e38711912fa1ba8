#!/bin/bash
# resnet: torch 2.9.1, CUDA 12.8; made by envlock from the lock sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
# Before: apptainer build resnet.sif envlock.def
# shellcheck disable=SC2016
set -euo pipefail

export APPTAINERENV_CUBLAS_WORKSPACE_CONFIG=:4096:8
export APPTAINERENV_EPOCHS=10
export APPTAINERENV_FLAG=yes
export APPTAINERENV_GREETING='say "hi" to $USER; it'\''s 100 % \ fine
next line'
export APPTAINERENV_MKL_NUM_THREADS=1
export APPTAINERENV_NVIDIA_TF32_OVERRIDE=0
export APPTAINERENV_OMP_NUM_THREADS=1
export APPTAINERENV_OPENBLAS_NUM_THREADS=1
export APPTAINERENV_PYTHONHASHSEED=0
export NVIDIA_VISIBLE_DEVICES=GPU-1,GPU-2

exec timeout --kill-after=30 5400 apptainer exec \
  --containall \
  --no-eval \
  --no-home \
  --writable-tmpfs \
  --nvccli \
  --bind=/srv/data:/data:ro \
  '--bind=/srv/out put:/out' \
  --net \
  --network=none \
  --pwd=/app \
  --memory=68719476736 \
  --cpus=7.5 \
  --pids-limit=4096 \
  --blkio-weight=100 \
  ./resnet.sif \
  python train.py --note 'it'\''s "$HOME"
and `more`' --empty '' "$@"
