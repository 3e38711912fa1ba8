// A libnvidia-ml.so.1 without a GPU, for tests. What it says stands in the file "nvml.conf" beside it, read at nvmlInit:
//
//   driver 550.54.15          nvml 12.550.54.15       cuda 12040        count 2
//   gpu NAME|UUID|BUS|PCIID|BYTES|CC|VIRTUALIZATION|MIG          one a line; MIG is -, 0, 1 or 1>0 (now > pending)
//   instance GPU|NAME|UUID|GPU SLICES|COMPUTE SLICES|MIB[|GI|CI] a MIG instance of that GPU, and what the driver counts it as
//   fail FUNCTION CODE        that function returns CODE
//   crash FUNCTION | hang FUNCTION | noise FUNCTION              SIGSEGV, never returns, prints a line
//   slow FUNCTION MS          that function takes its time
//   endless                   every text fills its buffer and has no end
//   wide                      structures are 4000 bytes longer than the header says
//
// Compiled with -DWITHOUT_NEW it lacks the functions that old drivers lack.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))
enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, UNINITIALIZED = 1 };

struct instance {
  char name[128], uuid[128];
  unsigned gpu_slices, compute_slices;
  unsigned long long mib;
  int gpu_instance, compute_instance;
};
struct gpu {
  char name[128], uuid[128], bus[64];
  unsigned pci;
  unsigned long long bytes;
  int major, minor;
  unsigned virtualization;
  int mig, pending;
  int instances;
  struct instance instance[8];
};

static struct gpu gpus[16];
static long long claimed;
static int count, cuda, endless, wide, started, read_already;
static char driver[256], version[256];
static struct { char name[64]; char verb[8]; int code; } orders[64];
static int order_count;

static void read_gpu(char *text) {
  struct gpu *gpu = &gpus[count++ % 16];
  char capability[32] = "", mig[32] = "";
  memset(gpu, 0, sizeof *gpu);
  sscanf(text, "%127[^|]|%127[^|]|%63[^|]|%x|%llu|%31[^|]|%u|%31[^\n]", gpu->name, gpu->uuid, gpu->bus, &gpu->pci,
         &gpu->bytes, capability, &gpu->virtualization, mig);
  sscanf(capability, "%d.%d", &gpu->major, &gpu->minor);
  gpu->mig = mig[0] == '-' ? -1 : atoi(mig);
  gpu->pending = strchr(mig, '>') ? atoi(strchr(mig, '>') + 1) : gpu->mig;
}

static void read_instance(char *text) {
  unsigned index = 0;
  struct instance found = {.gpu_instance = -1, .compute_instance = -1};
  sscanf(text, "%u|%127[^|]|%127[^|]|%u|%u|%llu|%d|%d", &index, found.name, found.uuid, &found.gpu_slices,
         &found.compute_slices, &found.mib, &found.gpu_instance, &found.compute_instance);
  struct gpu *gpu = &gpus[index % 16];
  gpu->instance[gpu->instances++ % 8] = found;
}

// Beside the library: the kernel knows where this code is mapped from.
static void find(char *path, size_t size) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[4096];
  unsigned long here = (unsigned long)&find, low, high;
  path[0] = 0;
  while (maps && fgets(line, sizeof line, maps)) {
    char *file = strchr(line, '/');
    if (!file || sscanf(line, "%lx-%lx", &low, &high) != 2 || here < low || here >= high) continue;
    *(strrchr(file, '/') + 1) = 0;
    snprintf(path, size, "%snvml.conf", file);
    break;
  }
  if (maps) fclose(maps);
}

static void read_conf(void) {
  char path[4096], line[1024], word[64];
  if (read_already) return;
  read_already = 1;
  find(path, sizeof path);
  FILE *conf = fopen(path, "r");
  claimed = -1;
  while (conf && fgets(line, sizeof line, conf)) {
    int end = 0;
    line[strcspn(line, "\n")] = 0;
    if (sscanf(line, "%63s %n", word, &end) < 1) continue;
    char *rest = line + end;
    if (!strcmp(word, "driver")) snprintf(driver, sizeof driver, "%s", rest);
    else if (!strcmp(word, "nvml")) snprintf(version, sizeof version, "%s", rest);
    else if (!strcmp(word, "cuda")) cuda = atoi(rest);
    else if (!strcmp(word, "count")) claimed = strtoll(rest, 0, 10);
    else if (!strcmp(word, "gpu")) read_gpu(rest);
    else if (!strcmp(word, "instance")) read_instance(rest);
    else if (!strcmp(word, "endless")) endless = 1;
    else if (!strcmp(word, "wide")) wide = 1;
    else if (order_count < 64) {
      snprintf(orders[order_count].verb, 8, "%.7s", word);
      orders[order_count].code = 999;
      sscanf(rest, "%63s %d", orders[order_count].name, &orders[order_count].code);
      order_count++;
    }
  }
  if (conf) fclose(conf);
}

// What the configuration orders for a function; 0 where it may go on.
static int enter(const char *name) {
  read_conf();
  for (int i = 0; i < order_count; i++) {
    if (strcmp(orders[i].name, name)) continue;
    if (!strcmp(orders[i].verb, "fail")) return orders[i].code;
    if (!strcmp(orders[i].verb, "crash")) raise(SIGSEGV);
    if (!strcmp(orders[i].verb, "hang")) for (;;) pause();
    if (!strcmp(orders[i].verb, "slow")) usleep(1000 * orders[i].code);
    if (!strcmp(orders[i].verb, "noise")) { puts("{\"noise\": 1}"); fflush(stdout); }
  }
  return SUCCESS;
}
#define ENTER() do { int code = enter(__func__); if (code) return code; } while (0)
#define ENTER_STARTED() do { ENTER(); if (!started) return UNINITIALIZED; } while (0)

static int put(char *buffer, unsigned length, const char *text) {
  if (endless) memset(buffer, 'x', length);
  else if (strlen(text) >= length) return 7;
  else strcpy(buffer, text);
  return SUCCESS;
}
static void widen(void *place, size_t size) {
  if (wide) memset((char *)place + size, 0xff, 4000);
}

// A handle is the address of a GPU or of an instance.
static struct gpu *gpu_of(void *handle) {
  struct gpu *gpu = handle;
  return gpu >= gpus && gpu < gpus + 16 && ((char *)handle - (char *)gpus) % sizeof *gpu == 0 ? gpu : NULL;
}
static struct instance *instance_of(void *handle) {
  for (int g = 0; g < 16; g++)
    for (int i = 0; i < 8; i++)
      if (handle == &gpus[g].instance[i]) return &gpus[g].instance[i];
  return NULL;
}

SHOWN int nvmlInit_v2(void) { ENTER(); started = 1; return SUCCESS; }
SHOWN int nvmlShutdown(void) { ENTER(); return SUCCESS; }
SHOWN const char *nvmlErrorString(int code) {
  static char text[4096];
  if (endless) { memset(text, 'e', sizeof text); return text; }
  snprintf(text, sizeof text, "fake error\x1b %d", code);
  return text;
}
SHOWN int nvmlSystemGetDriverVersion(char *text, unsigned length) { ENTER_STARTED(); return put(text, length, driver); }
#ifndef WITHOUT_NEW
SHOWN int nvmlSystemGetNVMLVersion(char *text, unsigned length) { ENTER(); return put(text, length, version); }
SHOWN int nvmlSystemGetCudaDriverVersion_v2(int *number) { ENTER_STARTED(); *number = cuda; return SUCCESS; }
SHOWN int nvmlDeviceGetVirtualizationMode(void *device, unsigned *mode) {
  ENTER_STARTED();
  struct gpu *gpu = gpu_of(device);
  if (!gpu) return INVALID_ARGUMENT;
  *mode = gpu->virtualization;
  return SUCCESS;
}
SHOWN int nvmlDeviceGetMigMode(void *device, unsigned *now, unsigned *pending) {
  ENTER_STARTED();
  struct gpu *gpu = gpu_of(device);
  if (!gpu) return INVALID_ARGUMENT;
  if (gpu->mig < 0) return NOT_SUPPORTED;
  *now = gpu->mig;
  *pending = gpu->pending;
  return SUCCESS;
}
SHOWN int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned *number) { (void)device; ENTER_STARTED(); *number = 7; return SUCCESS; }
SHOWN int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **handle) {
  ENTER_STARTED();
  struct gpu *gpu = gpu_of(device);
  // Every other slot is empty, as on a machine where instances were destroyed.
  if (!gpu || index % 2 || (int)index / 2 >= gpu->instances) return NOT_FOUND;
  *handle = &gpu->instance[index / 2];
  return SUCCESS;
}
SHOWN int nvmlDeviceGetGpuInstanceId(void *device, unsigned *number) {
  ENTER_STARTED();
  struct instance *instance = instance_of(device);
  if (!instance || instance->gpu_instance < 0) return NOT_SUPPORTED;
  *number = instance->gpu_instance;
  return SUCCESS;
}
SHOWN int nvmlDeviceGetComputeInstanceId(void *device, unsigned *number) {
  ENTER_STARTED();
  struct instance *instance = instance_of(device);
  if (!instance || instance->compute_instance < 0) return NOT_SUPPORTED;
  *number = instance->compute_instance;
  return SUCCESS;
}
SHOWN int nvmlDeviceGetAttributes_v2(void *device, unsigned *place) {
  ENTER_STARTED();
  struct instance *instance = instance_of(device);
  if (!instance) return INVALID_ARGUMENT;
  place[6] = instance->gpu_slices;
  place[7] = instance->compute_slices;
  memcpy(place + 8, &instance->mib, 8);
  widen(place, 40);
  return SUCCESS;
}
#else
SHOWN int nvmlSystemGetCudaDriverVersion(int *number) { ENTER_STARTED(); *number = cuda; return SUCCESS; }
#endif
SHOWN int nvmlDeviceGetCount_v2(unsigned *number) {
  ENTER_STARTED();
  *number = claimed >= 0 ? (unsigned)claimed : (unsigned)count;
  return SUCCESS;
}
SHOWN int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) {
  ENTER_STARTED();
  if (index >= (unsigned)count) return INVALID_ARGUMENT;
  *handle = &gpus[index];
  return SUCCESS;
}
SHOWN int nvmlDeviceGetName(void *device, char *text, unsigned length) {
  ENTER_STARTED();
  struct instance *instance = instance_of(device);
  if (instance) return put(text, length, instance->name);
  return gpu_of(device) ? put(text, length, gpu_of(device)->name) : INVALID_ARGUMENT;
}
SHOWN int nvmlDeviceGetUUID(void *device, char *text, unsigned length) {
  ENTER_STARTED();
  struct instance *instance = instance_of(device);
  if (instance) return put(text, length, instance->uuid);
  return gpu_of(device) ? put(text, length, gpu_of(device)->uuid) : INVALID_ARGUMENT;
}
SHOWN int nvmlDeviceGetPciInfo_v3(void *device, char *place) {
  ENTER_STARTED();
  struct gpu *gpu = gpu_of(device);
  if (!gpu) return INVALID_ARGUMENT;
  memcpy(place + 28, &gpu->pci, 4);
  int code = put(place + 36, 32, gpu->bus);
  if (endless) memset(place, 'x', 16);
  widen(place, 68);
  return code;
}
SHOWN int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *place) {
  ENTER_STARTED();
  struct gpu *gpu = gpu_of(device);
  if (!gpu) return INVALID_ARGUMENT;
  place[0] = gpu->bytes;
  widen(place, 24);
  return SUCCESS;
}
SHOWN int nvmlDeviceGetCudaComputeCapability(void *device, int *major, int *minor) {
  ENTER_STARTED();
  struct gpu *gpu = gpu_of(device);
  if (!gpu) return INVALID_ARGUMENT;
  *major = gpu->major;
  *minor = gpu->minor;
  return SUCCESS;
}
