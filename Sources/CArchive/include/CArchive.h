// libarchive, loaded on first use.
//
// Linking libarchive would load some ten further libraries at every start of the process, also when no archive is read.
// So this target takes only the types and constants of <archive.h>, and finds the functions by dlopen. None but
// carchive_load may be called before carchive_load returned NULL.

#ifndef CARCHIVE_H
#define CARCHIVE_H

#include <archive.h>
#include <archive_entry.h>
#include <stddef.h>
#include <stdint.h>

/// Loads libarchive, once per process and safely from several threads.
/// Returns NULL, or why it cannot be used; the text lives as long as the process.
const char *carchive_load(void);

/// The version of the loaded libarchive, such as "libarchive 3.6.2".
const char *carchive_version(void);

/// A reader that takes nothing yet; NULL when there is no memory.
struct archive *carchive_new(void);
void carchive_free(struct archive *archive);

/// Takes one compression, which this process undoes itself: ARCHIVE_FILTER_GZIP, _BZIP2, _XZ, _LZMA or _ZSTD.
/// ARCHIVE_WARN means that this libarchive would start a program for it.
int carchive_accept_filter(struct archive *archive, int filter);
/// Takes tar archives: old ones, ustar, pax and GNU.
int carchive_accept_tar(struct archive *archive);
/// Takes any bytes, also none, as one member.
int carchive_accept_bytes(struct archive *archive);

/// Begins to read. `source` hands over the next block of input and returns its length, 0 at the end, less for a fault;
/// `context` must live until carchive_free.
int carchive_open(struct archive *archive, archive_read_callback *source, void *context);

/// The next member. Names are handed out as the bytes that stand in the archive, whatever the process's locale.
int carchive_next(struct archive *archive, struct archive_entry **entry);
/// The next block of the member's content; `offset` is where it belongs, bytes before it that never came are zero.
int carchive_block(struct archive *archive, const void **bytes, size_t *count, int64_t *offset);
/// How many filters the input went through, without the one that is always there.
int carchive_filter_count(struct archive *archive);
/// What went wrong, in English; never NULL.
const char *carchive_error(struct archive *archive);

/// NULL where there is none that can be told.
const char *carchive_path(struct archive_entry *entry);
/// NULL for what is no hard link.
const char *carchive_hard_link(struct archive_entry *entry);
/// NULL for what is no symbolic link.
const char *carchive_symbolic_link(struct archive_entry *entry);
/// What a member is; other numbers are none of these.
enum {
  CARCHIVE_FILE = AE_IFREG,
  CARCHIVE_DIRECTORY = AE_IFDIR,
  CARCHIVE_SYMBOLIC_LINK = AE_IFLNK,
  CARCHIVE_CHARACTER_DEVICE = AE_IFCHR,
  CARCHIVE_BLOCK_DEVICE = AE_IFBLK,
  CARCHIVE_PIPE = AE_IFIFO,
  CARCHIVE_SOCKET = AE_IFSOCK,
};
int carchive_type(struct archive_entry *entry);
/// Permission bits, with set-uid, set-gid and sticky bit.
unsigned carchive_mode(struct archive_entry *entry);
int64_t carchive_uid(struct archive_entry *entry);
int64_t carchive_gid(struct archive_entry *entry);
int64_t carchive_size(struct archive_entry *entry);
/// How many extended attributes there are, and goes back to the first.
int carchive_attribute_count(struct archive_entry *entry);
/// The next extended attribute; ARCHIVE_OK when there was one.
int carchive_attribute(struct archive_entry *entry, const char **name, const void **value, size_t *count);

#endif
