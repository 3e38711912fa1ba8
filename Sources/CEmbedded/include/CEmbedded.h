// The files of matrices/ and templates/, compiled in.
#ifndef ENVLOCK_CEMBEDDED_H
#define ENVLOCK_CEMBEDDED_H

#include <stddef.h>

/// A file: its path in the repository, and its bytes, which live as long as the program.
struct envlock_embedded_file {
  const char *path;
  const unsigned char *bytes;
  size_t count;
};

/// How many files there are.
size_t envlock_embedded_count(void);

/// The file at an index, by ascending path; NULL from the count on.
const struct envlock_embedded_file *envlock_embedded_file(size_t index);

#endif
