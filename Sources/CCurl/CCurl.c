#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// <curl/curl.h> wraps some functions in macros that check types; here their plain names are wanted.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

// Every function that is used, once: the table and the loop that fills it are made from this list.
#define FUNCTIONS(each) \
  each(curl_global_init) \
  each(curl_version_info) \
  each(curl_easy_init) \
  each(curl_easy_cleanup) \
  each(curl_easy_setopt) \
  each(curl_easy_getinfo) \
  each(curl_easy_strerror) \
  each(curl_slist_append) \
  each(curl_slist_free_all) \
  each(curl_multi_init) \
  each(curl_multi_cleanup) \
  each(curl_multi_setopt) \
  each(curl_multi_add_handle) \
  each(curl_multi_remove_handle) \
  each(curl_multi_perform) \
  each(curl_multi_poll) \
  each(curl_multi_wakeup) \
  each(curl_multi_info_read)

#define MEMBER(name) __typeof__(name) *name;
static struct { FUNCTIONS(MEMBER) } curl;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[256];

static void load(void) {
  // The flavours differ in their TLS library only; all have the functions above since libcurl 7.68.
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"};
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && library == NULL; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL && i == 0) {
      const char *reason = dlerror();
      snprintf(failure, sizeof failure, "%s", reason != NULL ? reason : "libcurl.so.4 cannot be loaded");
    }
  }
  if (library == NULL) return;
  failure[0] = '\0';
#define FIND(name) \
  curl.name = (__typeof__(name) *)dlsym(library, #name); \
  if (curl.name == NULL) { \
    snprintf(failure, sizeof failure, "this libcurl is too old: it has no %s", #name); \
    return; \
  }
  FUNCTIONS(FIND)
  CURLcode code = curl.curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) snprintf(failure, sizeof failure, "%s", curl.curl_easy_strerror(code));
}

const char *ccurl_load(void) {
  pthread_once(&once, load);
  return failure[0] == '\0' ? NULL : failure;
}

const char *ccurl_version(void) { return curl.curl_version_info(CURLVERSION_NOW)->version; }
int ccurl_features(void) { return curl.curl_version_info(CURLVERSION_NOW)->features; }
const char *ccurl_tls_library(void) { return curl.curl_version_info(CURLVERSION_NOW)->ssl_version; }
const char *ccurl_error_text(CURLcode code) { return curl.curl_easy_strerror(code); }

CURL *ccurl_easy_new(void) { return curl.curl_easy_init(); }
void ccurl_easy_free(CURL *easy) { curl.curl_easy_cleanup(easy); }

CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
  return curl.curl_easy_setopt(easy, option, value);
}

CURLcode ccurl_set_offset(CURL *easy, CURLoption option, long long value) {
  return curl.curl_easy_setopt(easy, option, (curl_off_t)value);
}

CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl.curl_easy_setopt(easy, option, value);
}

CURLcode ccurl_set_buffer(CURL *easy, CURLoption option, char *value) {
  return curl.curl_easy_setopt(easy, option, value);
}

CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl.curl_easy_setopt(easy, option, value);
}

CURLcode ccurl_set_body_receiver(CURL *easy, ccurl_receiver receiver, void *context) {
  CURLcode code = curl.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receiver);
  return code != CURLE_OK ? code : curl.curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
}

CURLcode ccurl_set_header_receiver(CURL *easy, ccurl_receiver receiver, void *context) {
  CURLcode code = curl.curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receiver);
  return code != CURLE_OK ? code : curl.curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
}

CURLcode ccurl_set_body_sender(CURL *easy, ccurl_sender sender, ccurl_seeker seeker, void *context) {
  CURLcode code = curl.curl_easy_setopt(easy, CURLOPT_READFUNCTION, sender);
  if (code == CURLE_OK) code = curl.curl_easy_setopt(easy, CURLOPT_READDATA, context);
  if (code == CURLE_OK) code = curl.curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seeker);
  return code != CURLE_OK ? code : curl.curl_easy_setopt(easy, CURLOPT_SEEKDATA, context);
}

long ccurl_get_long(CURL *easy, CURLINFO info) {
  long value = 0;
  return curl.curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

long long ccurl_get_offset(CURL *easy, CURLINFO info) {
  curl_off_t value = 0;
  return curl.curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

const char *ccurl_get_string(CURL *easy, CURLINFO info) {
  const char *value = NULL;
  return curl.curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : NULL;
}

struct curl_slist *ccurl_list_append(struct curl_slist *list, const char *text) {
  return curl.curl_slist_append(list, text);
}

void ccurl_list_free(struct curl_slist *list) { curl.curl_slist_free_all(list); }

CURLM *ccurl_multi_new(void) { return curl.curl_multi_init(); }
void ccurl_multi_free(CURLM *multi) { curl.curl_multi_cleanup(multi); }

CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl.curl_multi_setopt(multi, option, value);
}

CURLMcode ccurl_multi_add(CURLM *multi, CURL *easy) { return curl.curl_multi_add_handle(multi, easy); }
CURLMcode ccurl_multi_remove(CURLM *multi, CURL *easy) { return curl.curl_multi_remove_handle(multi, easy); }
CURLMcode ccurl_multi_perform(CURLM *multi, int *running) { return curl.curl_multi_perform(multi, running); }
CURLMcode ccurl_multi_poll(CURLM *multi, int milliseconds) {
  return curl.curl_multi_poll(multi, NULL, 0, milliseconds, NULL);
}
CURLMcode ccurl_multi_wakeup(CURLM *multi) { return curl.curl_multi_wakeup(multi); }

CURL *ccurl_multi_ended(CURLM *multi, CURLcode *result) {
  int rest = 0;
  for (;;) {
    CURLMsg *message = curl.curl_multi_info_read(multi, &rest);
    if (message == NULL) return NULL;
    if (message->msg != CURLMSG_DONE) continue;
    *result = message->data.result;
    return message->easy_handle;
  }
}
