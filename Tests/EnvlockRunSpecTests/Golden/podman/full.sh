#!/bin/sh
# resnet: torch 2.9.1, CUDA 12.8, lock sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
set -eu
exec podman run \
  --rm \
  --name resnet \
  --platform linux/amd64 \
  --init \
  --cap-drop ALL \
  --security-opt no-new-privileges \
  --read-only \
  --tmpfs /tmp:rw,exec,nosuid,nodev,mode=1777 \
  --cpus 7.5 \
  --memory 64g \
  --memory-swap 64g \
  --pids-limit 4096 \
  --shm-size 8g \
  --env CUBLAS_WORKSPACE_CONFIG=:4096:8 \
  --env EPOCHS=10 \
  --env FLAG=yes \
  --env 'GREETING=say "hi" to $USER; it'\''s 100 % \ fine
next line' \
  --env HOME=/tmp \
  --env MKL_NUM_THREADS=1 \
  --env NVIDIA_TF32_OVERRIDE=0 \
  --env OMP_NUM_THREADS=1 \
  --env OPENBLAS_NUM_THREADS=1 \
  --env PYTHONHASHSEED=0 \
  --workdir /app \
  --user 1000:1000 \
  --volume /srv/data:/data:ro \
  --volume '/srv/out put:/out:rw' \
  --device nvidia.com/gpu=0 \
  --device nvidia.com/gpu=1 \
  --timeout 5400 \
  registry.example.com/lab/resnet:1@sha256:abababababababababababababababababababababababababababababababab \
  python train.py --note 'it'\''s "$HOME"
and `more`' --empty '' \
  "$@"
