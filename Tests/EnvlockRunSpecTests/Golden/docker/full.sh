#!/bin/sh
# resnet: torch 2.9.1, CUDA 12.8, lock sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
set -eu
status=0
timeout -k 30 5400 \
  docker run \
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
  --mount type=bind,source=/srv/data,target=/data,readonly \
  --mount 'type=bind,source=/srv/out put,target=/out' \
  --gpus 2 \
  registry.example.com/lab/resnet:1@sha256:abababababababababababababababababababababababababababababababab \
  python train.py --note 'it'\''s "$HOME"
and `more`' --empty '' \
  "$@" || status=$?
case $status in
124 | 137) docker rm --force resnet >/dev/null 2>&1 || : ;;
esac
exit "$status"
