// OpenSSL's newer interface (EVP) reads configuration and loads modules on its first use, which costs a program that
// starts for one question more than the hashing; these functions are the code behind it.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "CDigest.h"

#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(cdigest_state), "SHA-256 needs more room");
_Static_assert(sizeof(SHA512_CTX) <= sizeof(cdigest_state), "SHA-512 needs more room");
_Static_assert(_Alignof(SHA512_CTX) <= _Alignof(cdigest_state), "SHA-512 is aligned otherwise");

// None of OpenSSL's functions below can fail: each returns 1 always.

void cdigest_begin(cdigest_state *state, int bits) {
  switch (bits) {
    case 256: SHA256_Init((SHA256_CTX *)state); break;
    case 384: SHA384_Init((SHA512_CTX *)state); break;
    default: SHA512_Init((SHA512_CTX *)state); break;
  }
}

void cdigest_update(cdigest_state *state, int bits, const void *bytes, size_t count) {
  switch (bits) {
    case 256: SHA256_Update((SHA256_CTX *)state, bytes, count); break;
    case 384: SHA384_Update((SHA512_CTX *)state, bytes, count); break;
    default: SHA512_Update((SHA512_CTX *)state, bytes, count); break;
  }
}

void cdigest_end(cdigest_state *state, int bits, uint8_t *digest) {
  switch (bits) {
    case 256: SHA256_Final(digest, (SHA256_CTX *)state); break;
    case 384: SHA384_Final(digest, (SHA512_CTX *)state); break;
    default: SHA512_Final(digest, (SHA512_CTX *)state); break;
  }
}
