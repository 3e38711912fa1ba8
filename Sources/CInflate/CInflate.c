#include "CInflate.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// The header is needed to build for ISA-L, the library only to run with it. Without either, zlib does the work.
#if defined(__has_include)
#if __has_include(<isa-l/igzip_lib.h>)
#include <isa-l/igzip_lib.h>
#define HAS_ISAL 1
#endif
#endif

enum { LARGEST_STEP = 1 << 30 };

#ifdef HAS_ISAL
// Debian has no static ISA-L, and linking the shared one would make it a must where the program runs.
static struct {
  __typeof__(isal_inflate_init) *init;
  __typeof__(isal_inflate) *inflate;
} isal;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  // The layout of `struct inflate_state` belongs to the version in the library's name.
  void *library = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return;
  isal.init = (__typeof__(isal_inflate_init) *)dlsym(library, "isal_inflate_init");
  isal.inflate = (__typeof__(isal_inflate) *)dlsym(library, "isal_inflate");
  if (isal.init == NULL) isal.inflate = NULL;
}

int cinflate_has_isal(void) {
  pthread_once(&once, load);
  return isal.inflate != NULL;
}
#else
int cinflate_has_isal(void) { return 0; }
#endif

struct cinflate_stream {
  int uses_isal;
  int has_ended;
  z_stream zlib;
#ifdef HAS_ISAL
  struct inflate_state isal;
#endif
};

cinflate_stream *cinflate_new(cinflate_choice choice) {
  // Zeroed: ISA-L leaves its window alone, and a broken stream must not look into old memory.
  cinflate_stream *stream = calloc(1, sizeof *stream);
  if (stream == NULL) return NULL;
  stream->uses_isal = choice == CINFLATE_FASTEST && cinflate_has_isal();
#ifdef HAS_ISAL
  if (stream->uses_isal) {
    isal.init(&stream->isal);
    return stream;
  }
#endif
  // Minus: no header and no trailer round the stream.
  if (inflateInit2(&stream->zlib, -MAX_WBITS) == Z_OK) return stream;
  free(stream);
  return NULL;
}

void cinflate_free(cinflate_stream *stream) {
  if (stream == NULL) return;
  if (!stream->uses_isal) inflateEnd(&stream->zlib);
  free(stream);
}

#ifdef HAS_ISAL
static cinflate_result step_isal(
  cinflate_stream *stream, const uint8_t *input, size_t *input_count, uint8_t *output, size_t output_capacity,
  size_t *output_count) {
  struct inflate_state *state = &stream->isal;
  state->next_in = (uint8_t *)input;
  state->avail_in = (uint32_t)*input_count;
  state->next_out = output;
  state->avail_out = (uint32_t)output_capacity;
  int code = isal.inflate(state);
  *output_count = output_capacity - state->avail_out;
  *input_count = state->avail_in;
  if (code < 0) return CINFLATE_CORRUPT;
  if (state->block_state != ISAL_BLOCK_FINISH) return CINFLATE_MORE;
  // Whole bytes that were loaded ahead belong to what follows. They may have come with an earlier call; what can be
  // given back is what was offered in this one.
  size_t ahead = (size_t)(state->read_in_length > 0 ? state->read_in_length : 0) / 8;
  *input_count += ahead;
  stream->has_ended = 1;
  return CINFLATE_END;
}
#endif

static cinflate_result step_zlib(
  cinflate_stream *stream, const uint8_t *input, size_t *input_count, uint8_t *output, size_t output_capacity,
  size_t *output_count) {
  stream->zlib.next_in = (Bytef *)input;
  stream->zlib.avail_in = (uInt)*input_count;
  stream->zlib.next_out = output;
  stream->zlib.avail_out = (uInt)output_capacity;
  int code = inflate(&stream->zlib, Z_NO_FLUSH);
  *output_count = output_capacity - stream->zlib.avail_out;
  *input_count = stream->zlib.avail_in;
  switch (code) {
    // Z_BUF_ERROR: nothing could be done without more input or room.
    case Z_OK:
    case Z_BUF_ERROR: return CINFLATE_MORE;
    case Z_STREAM_END: stream->has_ended = 1; return CINFLATE_END;
    case Z_MEM_ERROR: return CINFLATE_NO_MEMORY;
    default: return CINFLATE_CORRUPT;
  }
}

cinflate_result cinflate_step(
  cinflate_stream *stream, const uint8_t *input, size_t *input_count, uint8_t *output, size_t output_capacity,
  size_t *output_count) {
  *output_count = 0;
  if (stream->has_ended) return CINFLATE_END;
  size_t withheld = 0;
  if (*input_count > LARGEST_STEP) {
    withheld = *input_count - LARGEST_STEP;
    *input_count = LARGEST_STEP;
  }
  if (output_capacity > LARGEST_STEP) output_capacity = LARGEST_STEP;
  cinflate_result result;
#ifdef HAS_ISAL
  if (stream->uses_isal) {
    result = step_isal(stream, input, input_count, output, output_capacity, output_count);
    *input_count += withheld;
    return result;
  }
#endif
  result = step_zlib(stream, input, input_count, output, output_capacity, output_count);
  *input_count += withheld;
  return result;
}
