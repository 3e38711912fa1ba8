// The floor under splicing a wheel into a layer: what cannot be left out, and nothing else.
//
//   splice_floor WHEEL OUTPUT
//
// One thread inflates every member with its CRC and hashes what comes out; the other hashes the wheel, then writes as many
// bytes as a layer has and hashes them. No RECORD, no tar headers, no plan. Prints the seconds it took.

#define _GNU_SOURCE
#include <fcntl.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 512 << 10 };

static int wheel;
static int64_t size;
static const char *place;

static void fail(const char *what) {
  fprintf(stderr, "splice_floor: %s\n", what);
  exit(1);
}

static size_t read_at(void *bytes, size_t count, int64_t offset) {
  size_t done = 0;
  while (done < count) {
    ssize_t got = pread(wheel, (char *)bytes + done, count - done, offset + (int64_t)done);
    if (got < 0) fail("cannot read the wheel");
    if (got == 0) break;
    done += (size_t)got;
  }
  return done;
}

static uint64_t number(const uint8_t *bytes, int count) {
  uint64_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

static void update(EVP_MD_CTX *hash, const void *bytes, size_t count) {
  if (!EVP_DigestUpdate(hash, bytes, count)) fail("cannot hash");
}

static EVP_MD_CTX *new_hash(void) {
  EVP_MD_CTX *hash = EVP_MD_CTX_new();
  if (hash == NULL || !EVP_DigestInit_ex(hash, EVP_sha256(), NULL)) fail("cannot hash");
  return hash;
}

static void end(EVP_MD_CTX *hash) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  if (!EVP_DigestFinal_ex(hash, digest, NULL)) fail("cannot hash");
  EVP_MD_CTX_free(hash);
}

static void member(EVP_MD_CTX *hash, int64_t offset, uint64_t stored, int deflated, uint32_t expected,
                   uint8_t *input, uint8_t *output) {
  static struct inflate_state state;
  uint32_t sum = 0;
  isal_inflate_init(&state);
  for (uint64_t done = 0; done < stored;) {
    size_t count = stored - done < PIECE ? stored - done : PIECE;
    if (read_at(input, count, offset + (int64_t)done) != count) fail("the wheel is cut off");
    done += count;
    if (!deflated) {
      sum = crc32_gzip_refl(sum, input, count);
      update(hash, input, count);
      continue;
    }
    state.next_in = input;
    state.avail_in = (uint32_t)count;
    do {
      state.next_out = output;
      state.avail_out = PIECE;
      if (isal_inflate(&state) != ISAL_DECOMP_OK) fail("a member is damaged");
      size_t made = PIECE - state.avail_out;
      sum = crc32_gzip_refl(sum, output, made);
      update(hash, output, made);
    } while (state.avail_out == 0);
  }
  if (sum != expected) fail("a member has another CRC");
}

static void *inflate_all(void *unused) {
  (void)unused;
  uint8_t tail[65557];
  size_t count = size < (int64_t)sizeof tail ? (size_t)size : sizeof tail;
  read_at(tail, count, size - (int64_t)count);
  const uint8_t *last = NULL;
  for (size_t i = count - 22 + 1; i-- > 0 && last == NULL;)
    if (memcmp(tail + i, "PK\5\6", 4) == 0) last = tail + i;
  if (last == NULL) fail("the wheel is no zip file");
  uint64_t length = number(last + 12, 4), start = number(last + 16, 4);
  uint8_t *directory = malloc(length), *input = malloc(PIECE), *output = malloc(PIECE);
  if (directory == NULL || input == NULL || output == NULL) fail("no memory");
  if (read_at(directory, length, (int64_t)start) != length) fail("the wheel is cut off");
  EVP_MD_CTX *hash = new_hash();
  for (const uint8_t *row = directory; row + 46 <= directory + length && memcmp(row, "PK\1\2", 4) == 0;) {
    uint8_t local[30];
    uint64_t offset = number(row + 42, 4);
    read_at(local, sizeof local, (int64_t)offset);
    offset += 30 + number(local + 26, 2) + number(local + 28, 2);
    member(hash, (int64_t)offset, number(row + 20, 4), number(row + 10, 2) == 8, (uint32_t)number(row + 16, 4),
           input, output);
    row += 46 + number(row + 28, 2) + number(row + 30, 2) + number(row + 32, 2);
  }
  end(hash);
  return NULL;
}

static void write_all(void) {
  uint8_t *bytes = malloc(2 * PIECE);
  if (bytes == NULL) fail("no memory");
  EVP_MD_CTX *hash = new_hash();
  for (int64_t done = 0; done < size;) {
    size_t count = read_at(bytes, 2 * PIECE, done);
    update(hash, bytes, count);
    done += (int64_t)count;
  }
  end(hash);
  hash = new_hash();
  int file = open(place, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0) fail("cannot write");
  for (int64_t done = 0; done < size;) {
    size_t count = read_at(bytes, 2 * PIECE, done);
    update(hash, bytes, count);
    for (size_t written = 0; written < count;) {
      ssize_t more = write(file, bytes + written, count - written);
      if (more <= 0) fail("cannot write");
      written += (size_t)more;
    }
    // As much as the writer of layers does, so that the disk begins before the end.
    if (done / (8 << 20) != (done + (int64_t)count) / (8 << 20))
      posix_fadvise(file, done + (int64_t)count - (8 << 20), 8 << 20, POSIX_FADV_DONTNEED);
    done += (int64_t)count;
  }
  end(hash);
  if (fsync(file) != 0 || close(file) != 0) fail("cannot write");
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: splice_floor WHEEL OUTPUT");
  wheel = open(arguments[1], O_RDONLY);
  struct stat status;
  if (wheel < 0 || fstat(wheel, &status) != 0) fail("cannot open the wheel");
  size = status.st_size;
  place = arguments[2];
  struct timespec begin, done;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  pthread_t thread;
  if (pthread_create(&thread, NULL, inflate_all, NULL) != 0) fail("no thread");
  write_all();
  pthread_join(thread, NULL);
  clock_gettime(CLOCK_MONOTONIC, &done);
  printf("%.4f\n", (double)(done.tv_sec - begin.tv_sec) + (double)(done.tv_nsec - begin.tv_nsec) / 1e9);
}
