#ifndef CINFLATE_H
#define CINFLATE_H

#include <stddef.h>
#include <stdint.h>

/// Raw deflate streams (RFC 1951), inflated piece by piece: ISA-L where it is installed, otherwise zlib.

/// A stream that is being inflated.
typedef struct cinflate_stream cinflate_stream;

/// Which library inflates.
typedef enum {
  /// ISA-L, or zlib where there is no ISA-L.
  CINFLATE_FASTEST = 0,
  /// zlib, which is always there.
  CINFLATE_ZLIB = 1,
} cinflate_choice;

/// What became of a call to `cinflate_step`.
typedef enum {
  /// All input is taken, or the output is full.
  CINFLATE_MORE = 0,
  /// The stream has ended.
  CINFLATE_END = 1,
  /// The input is no deflate stream.
  CINFLATE_CORRUPT = 2,
  /// There is no memory.
  CINFLATE_NO_MEMORY = 3,
} cinflate_result;

/// Begins a stream; NULL when there is no memory.
cinflate_stream *cinflate_new(cinflate_choice choice);

/// Ends a stream.
void cinflate_free(cinflate_stream *stream);

/// Inflates some of the input.
///
/// `input_count` bytes are offered, at most 2^30. After the call it holds how many of them are left; when the
/// stream has ended, those are what stands behind it. As much as fits is written to `output`, at most 2^30 bytes,
/// and its length to `output_count`.
cinflate_result cinflate_step(
  cinflate_stream *stream, const uint8_t *input, size_t *input_count, uint8_t *output, size_t output_capacity,
  size_t *output_count);

/// Whether ISA-L is used where it may be chosen.
int cinflate_has_isal(void);

#endif
