#!/bin/bash
# resnet: torch 2.9.1, CUDA 12.8; made by envlock from the lock sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
# As root, on the host, in the folder of this file.
set -euo pipefail
# A100-10C on each virtual function, which `sriov-manage -e ALL` made.
echo 471 > /sys/bus/pci/devices/0000:3b:00.4/nvidia/current_vgpu_type
cloud-localds /var/lib/libvirt/images/resnet-seed.iso user-data meta-data
virsh define domain.xml
virsh start resnet
