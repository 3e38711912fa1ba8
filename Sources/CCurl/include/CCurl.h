// libcurl, loaded on first use.
//
// Linking libcurl would load some forty further libraries at every start of the process, also when nothing is
// transferred. So this target takes only the types of <curl/curl.h>, and finds the functions by dlopen. The functions
// below are those of libcurl without variadic arguments, which Swift cannot call. None but ccurl_load may be called
// before ccurl_load returned NULL.

#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

/// Loads libcurl and initialises it, once per process and safely from several threads.
/// Returns NULL, or why it cannot be used; the text lives as long as the process.
const char *ccurl_load(void);

/// The version of the loaded libcurl, such as "7.88.1".
const char *ccurl_version(void);
/// What the loaded libcurl can do: CURL_VERSION_HTTP2 and the like.
int ccurl_features(void);
/// The TLS library of the loaded libcurl, such as "OpenSSL/3.0.19"; NULL when it has none.
const char *ccurl_tls_library(void);
/// A short text for a code.
const char *ccurl_error_text(CURLcode code);

/// Receives `size` bytes; returns how many were taken, fewer to abort the transfer.
typedef size_t (*ccurl_receiver)(char *bytes, size_t one, size_t size, void *context);

/// Fills in at most `size` bytes; returns how many, 0 at the end, CURL_READFUNC_ABORT to abort the transfer.
typedef size_t (*ccurl_sender)(char *bytes, size_t one, size_t size, void *context);
/// Goes to an offset from the start, to send again; returns CURL_SEEKFUNC_OK or CURL_SEEKFUNC_FAIL.
typedef int (*ccurl_seeker)(void *context, curl_off_t offset, int origin);

CURL *ccurl_easy_new(void);
void ccurl_easy_free(CURL *easy);
CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value);
CURLcode ccurl_set_offset(CURL *easy, CURLoption option, long long value);
/// NULL goes back to nothing, also where libcurl has a default of its own.
CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode ccurl_set_buffer(CURL *easy, CURLoption option, char *value);
CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value);
CURLcode ccurl_set_body_receiver(CURL *easy, ccurl_receiver receiver, void *context);
CURLcode ccurl_set_header_receiver(CURL *easy, ccurl_receiver receiver, void *context);
CURLcode ccurl_set_body_sender(CURL *easy, ccurl_sender sender, ccurl_seeker seeker, void *context);
long ccurl_get_long(CURL *easy, CURLINFO info);
long long ccurl_get_offset(CURL *easy, CURLINFO info);
/// NULL when there is none; the text belongs to the handle.
const char *ccurl_get_string(CURL *easy, CURLINFO info);

/// NULL when there is no memory for it.
struct curl_slist *ccurl_list_append(struct curl_slist *list, const char *text);
void ccurl_list_free(struct curl_slist *list);

CURLM *ccurl_multi_new(void);
void ccurl_multi_free(CURLM *multi);
CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLMcode ccurl_multi_add(CURLM *multi, CURL *easy);
CURLMcode ccurl_multi_remove(CURLM *multi, CURL *easy);
CURLMcode ccurl_multi_perform(CURLM *multi, int *running);
CURLMcode ccurl_multi_poll(CURLM *multi, int milliseconds);
/// The only function that may be called from another thread than the one that polls.
CURLMcode ccurl_multi_wakeup(CURLM *multi);
/// The next transfer that has ended, and how; NULL when there is none.
CURL *ccurl_multi_ended(CURLM *multi, CURLcode *result);

#endif
