#!/bin/bash
# resnet: torch 2.9.1, CUDA 12.8; made by envlock from the lock sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
# As root, on the host, in the folder of this file.
set -euo pipefail
# A100-10C as mediated devices.
test -e /sys/bus/mdev/devices/6e4c8c1e-3e0f-4f3b-9d7b-0a1b2c3d4e5f || echo 6e4c8c1e-3e0f-4f3b-9d7b-0a1b2c3d4e5f > /sys/class/mdev_bus/0000:3b:00.0/mdev_supported_types/nvidia-471/create
cloud-localds /var/lib/libvirt/images/resnet-seed.iso user-data meta-data
virsh define domain.xml
virsh start resnet
