#include "CArchive.h"

#include <dlfcn.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>

// Every function that is used, once: the table and the loop that fills it are made from this list.
#define FUNCTIONS(each) \
  each(archive_version_string) \
  each(archive_read_new) \
  each(archive_read_free) \
  each(archive_read_support_filter_gzip) \
  each(archive_read_support_filter_bzip2) \
  each(archive_read_support_filter_xz) \
  each(archive_read_support_filter_lzma) \
  each(archive_read_support_filter_zstd) \
  each(archive_read_support_format_tar) \
  each(archive_read_support_format_raw) \
  each(archive_read_support_format_empty) \
  each(archive_read_open) \
  each(archive_read_next_header) \
  each(archive_read_data_block) \
  each(archive_filter_count) \
  each(archive_error_string) \
  each(archive_entry_pathname) \
  each(archive_entry_hardlink) \
  each(archive_entry_symlink) \
  each(archive_entry_filetype) \
  each(archive_entry_perm) \
  each(archive_entry_uid) \
  each(archive_entry_gid) \
  each(archive_entry_size) \
  each(archive_entry_xattr_reset) \
  each(archive_entry_xattr_next)

#define MEMBER(name) __typeof__(name) *name;
static struct { FUNCTIONS(MEMBER) } lib;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[256];
static locale_t plain;

static void load(void) {
  static const char *const names[] = {"libarchive.so.13", "libarchive.so"};
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && library == NULL; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL && i == 0) {
      const char *reason = dlerror();
      snprintf(failure, sizeof failure, "%s", reason != NULL ? reason : "libarchive.so.13 cannot be loaded");
    }
  }
  if (library == NULL) return;
  failure[0] = '\0';
#define FIND(name) \
  lib.name = (__typeof__(name) *)dlsym(library, #name); \
  if (lib.name == NULL) { \
    snprintf(failure, sizeof failure, "this libarchive is too old: it has no %s", #name); \
    return; \
  }
  FUNCTIONS(FIND)
  plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (plain == (locale_t)0) snprintf(failure, sizeof failure, "there is no memory for it");
}

const char *carchive_load(void) {
  pthread_once(&once, load);
  return failure[0] == '\0' ? NULL : failure;
}

const char *carchive_version(void) { return lib.archive_version_string(); }

struct archive *carchive_new(void) { return lib.archive_read_new(); }
void carchive_free(struct archive *archive) { lib.archive_read_free(archive); }

int carchive_accept_filter(struct archive *archive, int filter) {
  switch (filter) {
    case ARCHIVE_FILTER_GZIP: return lib.archive_read_support_filter_gzip(archive);
    case ARCHIVE_FILTER_BZIP2: return lib.archive_read_support_filter_bzip2(archive);
    case ARCHIVE_FILTER_XZ: return lib.archive_read_support_filter_xz(archive);
    case ARCHIVE_FILTER_LZMA: return lib.archive_read_support_filter_lzma(archive);
    case ARCHIVE_FILTER_ZSTD: return lib.archive_read_support_filter_zstd(archive);
    default: return ARCHIVE_FATAL;
  }
}

int carchive_accept_tar(struct archive *archive) { return lib.archive_read_support_format_tar(archive); }

int carchive_accept_bytes(struct archive *archive) {
  int code = lib.archive_read_support_format_raw(archive);
  return code != ARCHIVE_OK ? code : lib.archive_read_support_format_empty(archive);
}

int carchive_open(struct archive *archive, archive_read_callback *source, void *context) {
  return lib.archive_read_open(archive, context, NULL, source, NULL);
}

int carchive_next(struct archive *archive, struct archive_entry **entry) {
  // In the C locale nothing outside of ASCII can be converted, and libarchive leaves such names as they stand in the
  // archive. In a UTF-8 locale it would compose accents, in another one change every byte.
  locale_t before = uselocale(plain);
  int code = lib.archive_read_next_header(archive, entry);
  uselocale(before);
  return code;
}

int carchive_block(struct archive *archive, const void **bytes, size_t *count, int64_t *offset) {
  la_int64_t place = 0;
  int code = lib.archive_read_data_block(archive, bytes, count, &place);
  *offset = place;
  return code;
}

int carchive_filter_count(struct archive *archive) { return lib.archive_filter_count(archive) - 1; }

const char *carchive_error(struct archive *archive) {
  const char *text = lib.archive_error_string(archive);
  return text != NULL ? text : "no reason is given";
}

const char *carchive_path(struct archive_entry *entry) { return lib.archive_entry_pathname(entry); }
const char *carchive_hard_link(struct archive_entry *entry) { return lib.archive_entry_hardlink(entry); }
const char *carchive_symbolic_link(struct archive_entry *entry) { return lib.archive_entry_symlink(entry); }
int carchive_type(struct archive_entry *entry) { return (int)lib.archive_entry_filetype(entry); }
unsigned carchive_mode(struct archive_entry *entry) { return lib.archive_entry_perm(entry); }
int64_t carchive_uid(struct archive_entry *entry) { return lib.archive_entry_uid(entry); }
int64_t carchive_gid(struct archive_entry *entry) { return lib.archive_entry_gid(entry); }
int64_t carchive_size(struct archive_entry *entry) { return lib.archive_entry_size(entry); }
int carchive_attribute_count(struct archive_entry *entry) { return lib.archive_entry_xattr_reset(entry); }

int carchive_attribute(struct archive_entry *entry, const char **name, const void **value, size_t *count) {
  return lib.archive_entry_xattr_next(entry, name, value, count);
}
