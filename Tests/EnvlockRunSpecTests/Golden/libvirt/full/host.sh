#!/bin/bash
# resnet: torch 2.9.1, CUDA 12.8; made by envlock from the lock sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
# As root, on the host, in the folder of this file.
set -euo pipefail
# Without an IOMMU nothing keeps a machine's GPU off the host's memory.
test -e /sys/bus/pci/devices/0000:3b:00.0/iommu_group || { echo 'there is no IOMMU for 0000:3b:00.0' >&2; exit 1; }
test -e /sys/bus/pci/devices/0000:af:00.0/iommu_group || { echo 'there is no IOMMU for 0000:af:00.0' >&2; exit 1; }
cloud-localds /var/lib/libvirt/images/resnet-seed.iso user-data meta-data
virsh define domain.xml
virsh start resnet
