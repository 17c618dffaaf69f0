/* A plugin over the bare C boundary, sound but for what the macros make wrong:
 *   ID "x"            the id in the header              ABI_MAJOR n      the ABI in the header
 *   ENTRY name        the exported symbol               HIDDEN           it is not exported
 *   NO_INFO           info is null                      INFO_IS_NULL     info() returns null
 *   ON_LOAD code      runs when the library is loaded */
#include <ansatz/detail/build.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xmmintrin.h>

#ifndef ABI_MAJOR
#define ABI_MAJOR ANSATZ_ABI_MAJOR
#endif
#ifndef ENTRY
#define ENTRY ansatz_plugin_v1
#endif
#ifdef HIDDEN
#define VISIBILITY "hidden"
#else
#define VISIBILITY "default"
#endif

static int32_t create(const ansatz_host* host, const ansatz_setting* const* settings, uint64_t count,
                      void** instance) {
  (void)host, (void)settings, (void)count;
  *instance = NULL;
  return ANSATZ_DONE;
}
static void destroy(void* instance) { (void)instance; }
static int32_t begin(void* instance, const ansatz_host* host, uint32_t verb,
                     const ansatz_setting* const* settings, uint64_t count, uint64_t first_step) {
  (void)instance, (void)host, (void)verb, (void)settings, (void)count, (void)first_step;
  return ANSATZ_DONE;
}
static int32_t step(void* instance, const ansatz_host* host) {
  (void)instance, (void)host;
  return ANSATZ_DONE;
}
static int32_t transfer(void* instance, const ansatz_host* host, const ansatz_tree* tree) {
  (void)instance, (void)host, (void)tree;
  return ANSATZ_DONE;
}

static const ansatz_verb rest = {.struct_size = sizeof(ansatz_verb), .name = "rest", .text = "Do nothing"};
static const ansatz_verb* const verbs[] = {&rest};
static const ansatz_model model = {.struct_size = sizeof(ansatz_model),
                                   .name = "idle",
                                   .text = "Does nothing",
                                   .references = "",
                                   .verbs = verbs,
                                   .verb_count = 1,
                                   .create = create,
                                   .destroy = destroy,
                                   .begin = begin,
                                   .step = step,
                                   .save = transfer,
                                   .load = transfer};
static const ansatz_model* const models[] = {&model};
static const ansatz_info table = {
    .struct_size = sizeof(ansatz_info), .text = "A plugin for tests", .models = models, .model_count = 1};

static const ansatz_info* info(void) {
#ifdef INFO_IS_NULL
  (void)table;
  return NULL;
#else
  return &table;
#endif
}

extern ansatz_plugin ENTRY;
__attribute__((visibility(VISIBILITY), used, section(ANSATZ_SECTION)))
ansatz_plugin ENTRY = {{.magic = ANSATZ_MAGIC,
                        .struct_size = sizeof(ansatz_plugin),
                        .abi_major = ABI_MAJOR,
                        .abi_minor = ANSATZ_ABI_MINOR,
                        .instruction_sets = ANSATZ_INSTRUCTION_SETS,
                        .build_flags = ANSATZ_BUILD_FLAGS,
                        .id = ID,
                        .version = "1.2.3",
                        .sdk_version = "0.1.0",
                        .compiler = ANSATZ_COMPILER},
#ifdef NO_INFO
                       NULL
#else
                       info
#endif
};

#ifdef NO_INFO
const ansatz_info* (*unused_info)(void) = info;
#endif

#ifdef ON_LOAD
__attribute__((constructor)) static void on_load(void) { ON_LOAD; }
#endif
