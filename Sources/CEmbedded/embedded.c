// `#embed` is C23; clang has it in every mode and warns about it before that.
#pragma clang diagnostic ignored "-Wc23-extensions"

#include "CEmbedded.h"

// A file is added in both lists, by ascending path; a test compares them with the folders.

static const unsigned char cuda_json[] = {
#embed "../../matrices/cuda.json"
};
static const unsigned char cudnn_json[] = {
#embed "../../matrices/cudnn.json"
};
static const unsigned char drivers_json[] = {
#embed "../../matrices/drivers.json"
};
static const unsigned char gpus_json[] = {
#embed "../../matrices/gpus.json"
};
static const unsigned char indexes_json[] = {
#embed "../../matrices/indexes.json"
};
static const unsigned char jax_json[] = {
#embed "../../matrices/jax.json"
};
static const unsigned char mig_json[] = {
#embed "../../matrices/mig.json"
};
static const unsigned char pairings_json[] = {
#embed "../../matrices/pairings.json"
};
static const unsigned char python_builds_json[] = {
#embed "../../matrices/python-builds.json"
};
static const unsigned char sharing_json[] = {
#embed "../../matrices/sharing.json"
};
static const unsigned char strata_json[] = {
#embed "../../matrices/strata.json"
};
static const unsigned char tensorflow_json[] = {
#embed "../../matrices/tensorflow.json"
};
static const unsigned char torch_json[] = {
#embed "../../matrices/torch.json"
};
static const unsigned char vgpu_json[] = {
#embed "../../matrices/vgpu.json"
};
static const unsigned char envlock_tensorflow_toml[] = {
#embed "../../templates/envlock-tensorflow.toml"
};
static const unsigned char envlock_toml[] = {
#embed "../../templates/envlock.toml"
};
static const unsigned char run_aks_yaml[] = {
#embed "../../templates/run/aks.yaml"
};
static const unsigned char run_eks_yaml[] = {
#embed "../../templates/run/eks.yaml"
};
static const unsigned char run_gke_yaml[] = {
#embed "../../templates/run/gke.yaml"
};
static const unsigned char run_openshift_yaml[] = {
#embed "../../templates/run/openshift.yaml"
};
static const unsigned char run_slurm_site_yaml[] = {
#embed "../../templates/run/slurm-site.yaml"
};

#define FILE_AT(path, array) {path, array, sizeof array}

static const struct envlock_embedded_file files[] = {
    FILE_AT("matrices/cuda.json", cuda_json),
    FILE_AT("matrices/cudnn.json", cudnn_json),
    FILE_AT("matrices/drivers.json", drivers_json),
    FILE_AT("matrices/gpus.json", gpus_json),
    FILE_AT("matrices/indexes.json", indexes_json),
    FILE_AT("matrices/jax.json", jax_json),
    FILE_AT("matrices/mig.json", mig_json),
    FILE_AT("matrices/pairings.json", pairings_json),
    FILE_AT("matrices/python-builds.json", python_builds_json),
    FILE_AT("matrices/sharing.json", sharing_json),
    FILE_AT("matrices/strata.json", strata_json),
    FILE_AT("matrices/tensorflow.json", tensorflow_json),
    FILE_AT("matrices/torch.json", torch_json),
    FILE_AT("matrices/vgpu.json", vgpu_json),
    FILE_AT("templates/envlock-tensorflow.toml", envlock_tensorflow_toml),
    FILE_AT("templates/envlock.toml", envlock_toml),
    FILE_AT("templates/run/aks.yaml", run_aks_yaml),
    FILE_AT("templates/run/eks.yaml", run_eks_yaml),
    FILE_AT("templates/run/gke.yaml", run_gke_yaml),
    FILE_AT("templates/run/openshift.yaml", run_openshift_yaml),
    FILE_AT("templates/run/slurm-site.yaml", run_slurm_site_yaml),
};

size_t envlock_embedded_count(void) { return sizeof files / sizeof files[0]; }

const struct envlock_embedded_file *envlock_embedded_file(size_t index) {
  return index < envlock_embedded_count() ? &files[index] : NULL;
}
