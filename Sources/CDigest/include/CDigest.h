#ifndef CDIGEST_H
#define CDIGEST_H

#include <stddef.h>
#include <stdint.h>

/// SHA-2 (FIPS 180-4) by OpenSSL, which uses the processor's instructions for it.

/// A digest that is being computed: plain memory, so that a copy goes on by itself.
typedef struct {
  uint64_t words[27];
} cdigest_state;

/// Begins a digest of 256, 384 or 512 bits.
void cdigest_begin(cdigest_state *state, int bits);

/// Appends bytes to a digest of so many bits.
void cdigest_update(cdigest_state *state, int bits, const void *bytes, size_t count);

/// Ends a digest of so many bits and writes it, `bits / 8` bytes.
void cdigest_end(cdigest_state *state, int bits, uint8_t *digest);

#endif
