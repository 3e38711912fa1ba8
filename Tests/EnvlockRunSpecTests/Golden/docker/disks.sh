#!/bin/sh
# resnet: torch 2.9.1, CUDA 12.8, lock sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
set -eu
exec docker run \
  --rm \
  --name resnet \
  --platform linux/amd64 \
  --init \
  --cap-drop ALL \
  --security-opt no-new-privileges \
  --read-only \
  --tmpfs /tmp:rw,exec,nosuid,nodev,mode=1777 \
  --pids-limit 16384 \
  --shm-size 1g \
  --blkio-weight 200 \
  --device-read-bps /dev/nvme0n1:500000000 \
  --device-write-bps /dev/nvme0n1:104857600 \
  --device-read-iops /dev/nvme0n1:1000 \
  --device-write-iops /dev/nvme0n1:500 \
  --device-write-iops /dev/sda:50 \
  --env HOME=/tmp \
  --network none \
  --mount type=bind,source=./data,target=/data,readonly \
  --mount 'type=bind,"source=./out ""x""",target=/out' \
  --gpus 1 \
  registry.example.com/lab/resnet:1@sha256:abababababababababababababababababababababababababababababababab \
  "$@"
