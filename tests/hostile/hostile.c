/* A sound plugin over the bare C boundary that breaks one rule, named by FAULT at compile time.  Model
 * `means`: fit adds up the columns of x, pass by pass; predict sums the rows of x less the means.  For one
 * fault there is a third verb, `score`, which does the same as predict. */
#define _GNU_SOURCE
#include <ansatz/detail/build.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xmmintrin.h>

#include "faults.h"

#define IS(name) ((FAULT) == (name))
#define TEXT(name, text) (IS(name) ? "" : (text))

struct instance {
  double scale;
  int64_t passes;
  uint64_t columns, count; /* of the sums; passes added up */
  double* sums;
  uint32_t verb;
  uint64_t steps;
  int running, begun_before, cancelled, spoilt, loaded, saved_midway;
  const ansatz_host* kept_host;
  const double *kept_input, *kept_loaded;
  double *kept_output, *kept_saved;
};

static double shared_sums[64];
static int predictions, runs, once;
static volatile double sink;

static int32_t fail(const ansatz_host* host, int32_t status, const char* text) {
  host->fail(host->context, text);
  return status;
}

static int32_t read_setting(const ansatz_host* host, const ansatz_setting* setting, const char* name,
                            int ignore, double* value) {
  if (strcmp(setting->name, name) != 0) return ANSATZ_MORE;
  if (setting->value->kind == ANSATZ_KIND_REAL) {
    *value = setting->value->reals[0];
  } else if (setting->value->kind == ANSATZ_KIND_INTEGER) {
    *value = (double)setting->value->integers[0];
  } else if (!ignore) {
    char text[200];
    snprintf(text, sizeof text, "parameter '%s' takes a number", name);
    return fail(host, ANSATZ_BAD_ARGUMENT, text);
  }
  return ANSATZ_DONE;
}

static int32_t read_settings(const ansatz_host* host, const ansatz_setting* const* settings, uint64_t count,
                             const char* name, int ignore_unknown, int ignore_kind, double* value) {
  for (uint64_t i = 0; i < count; ++i) {
    const int32_t status = read_setting(host, settings[i], name, ignore_kind, value);
    if (status == ANSATZ_MORE && !ignore_unknown) {
      char text[300];
      snprintf(text, sizeof text, "there is no parameter '%.100s'; there is '%s'", settings[i]->name, name);
      return fail(host, ANSATZ_BAD_ARGUMENT, text);
    }
    if (status > ANSATZ_MORE) return status;
  }
  return ANSATZ_DONE;
}

/* --- tables; not constant, so that a fault may change them --- */

static ansatz_value scale_default = {.struct_size = sizeof(ansatz_value),
                                     .kind = ANSATZ_KIND_REAL,
                                     .count = 1,
                                     .reals = (const double[]){IS(DEFAULT_OUT_OF_RANGE) ? 9 : 1}};
static ansatz_value passes_default = {.struct_size = sizeof(ansatz_value),
                                      .kind = ANSATZ_KIND_INTEGER,
                                      .count = 1,
                                      .integers = (const int64_t[]){4}};
static ansatz_parameter scale = {.struct_size = sizeof(ansatz_parameter),
                                 .kinds = ANSATZ_BIT(ANSATZ_KIND_REAL),
                                 .name = "scale",
                                 .text = TEXT(NO_PARAMETER_TEXT, "Factor of the sums"),
                                 .unit = TEXT(NO_UNIT, "dimensionless"),
                                 .minimum = 0.5,
                                 .maximum = 2,
                                 .initial = &scale_default,
                                 .affects_result = 1};
static ansatz_parameter passes = {.struct_size = sizeof(ansatz_parameter),
                                  .kinds = ANSATZ_BIT(ANSATZ_KIND_INTEGER),
                                  .name = IS(BAD_NAME) ? "pas ses" : "passes",
                                  .text = TEXT(NO_VERB_PARAMETER_TEXT, "Times to add"),
                                  .unit = "steps",
                                  .minimum = 1,
                                  .maximum = 8,
                                  .initial = &passes_default,
                                  .affects_result = 1};

#define REALS (ANSATZ_BIT(ANSATZ_F64) | ANSATZ_BIT(ANSATZ_F32))
static ansatz_port rows = {.struct_size = sizeof(ansatz_port),
                           .types = REALS,
                           .flags = IS(NAN_PASSES) ? ANSATZ_MISSING : 0,
                           .name = "x",
                           .text = TEXT(NO_PORT_TEXT, "Rows"),
                           .dims = IS(BAD_DIMS) ? "n,?" : "n,d|n"};
static ansatz_port weight = {.struct_size = sizeof(ansatz_port),
                             .types = ANSATZ_BIT(ANSATZ_F64),
                             .flags = ANSATZ_OPTIONAL,
                             .name = "weight",
                             .text = "Weights",
                             .dims = "n"};
static ansatz_port mean = {.struct_size = sizeof(ansatz_port),
                           .types = ANSATZ_BIT(ANSATZ_F64),
                           .name = "mean",
                           .text = TEXT(NO_OUTPUT_TEXT, "Sums of the columns"),
                           .dims = "d"};
static ansatz_port trace = {.struct_size = sizeof(ansatz_port),
                            .types = ANSATZ_BIT(ANSATZ_F64),
                            .name = "trace",
                            .text = "One random number a row, filled in step by step",
                            .dims = "n"};
static ansatz_port queries = {
    .struct_size = sizeof(ansatz_port), .types = REALS, .name = "x", .text = "Rows", .dims = "q,d|q"};
static ansatz_port sums = {.struct_size = sizeof(ansatz_port),
                           .types = ANSATZ_BIT(ANSATZ_F64),
                           .name = "y",
                           .text = "Sums of the rows less the means",
                           .dims = "q"};

static const ansatz_parameter* const fit_parameters[] = {&passes};
static const ansatz_port* const fit_inputs[] = {&rows, &weight};
static const ansatz_port* const fit_outputs[] = {&mean, &trace};
static const ansatz_port* const predict_inputs[] = {&queries};
static const ansatz_port* const predict_outputs[] = {&sums};
#define TOLERANT ((IS(TOLERANCE_MISUSED) || IS(SOUND_WITH_TOLERANCE)) ? ANSATZ_TOLERANCE : 0)
static ansatz_verb fit = {.struct_size = sizeof(ansatz_verb),
                          .flags = ANSATZ_LEARNS | ANSATZ_STEPS | TOLERANT,
                          .name = "fit",
                          .text = TEXT(NO_VERB_TEXT, "Add up the columns"),
                          .parameters = fit_parameters,
                          .parameter_count = 1,
                          .inputs = fit_inputs,
                          .input_count = 2,
                          .outputs = fit_outputs,
                          .output_count = 2};
static ansatz_verb predict = {.struct_size = sizeof(ansatz_verb),
                              .flags = ANSATZ_NEEDS_MODEL | TOLERANT,
                              .name = IS(SAME_NAMES) ? "fit" : "predict",
                              .text = "Sum the rows",
                              .inputs = predict_inputs,
                              .input_count = 1,
                              .outputs = predict_outputs,
                              .output_count = 1};
static ansatz_verb score = {.struct_size = sizeof(ansatz_verb),
                            .flags = ANSATZ_NEEDS_MODEL,
                            .name = "score",
                            .text = "Sum the rows, as predict does",
                            .inputs = predict_inputs,
                            .input_count = 1,
                            .outputs = predict_outputs,
                            .output_count = 1};
#define VERB_COUNT (IS(LATER_VERB_TRUSTS_STATE) ? 3 : 2)

/* --- calls --- */

static int32_t create(const ansatz_host* host, const ansatz_setting* const* settings, uint64_t count,
                      void** instance) {
  struct instance* self = calloc(1, sizeof *self);
  self->scale = 1;
  const int32_t status = read_settings(host, settings, count, "scale", IS(IGNORES_UNKNOWN_PARAMETER),
                                       IS(IGNORES_KIND), &self->scale);
  if (status != ANSATZ_DONE) {
    free(self);
    return status;
  }
  if (IS(LEAKS_INSTANCE)) sink += (double)(uintptr_t)malloc(100);
  if (IS(WIDENS_TYPES)) rows.types |= ANSATZ_BIT(ANSATZ_I64);
  if (IS(RENAMES_DIMS)) weight.dims = "m";
  if (IS(WIDENS_DIMS)) rows.dims = "n,d|n|n,d,...";
  if (IS(ROUNDS_IN_CREATE)) _MM_SET_ROUNDING_MODE(_MM_ROUND_UP);
  self->kept_host = host;
  *instance = self;
  return ANSATZ_DONE;
}

static void destroy(void* instance) {
  struct instance* self = instance;
  if (IS(CALLS_BACK_LATE)) self->kept_host->log(self->kept_host->context, ANSATZ_INFO, "farewell");
  if (IS(DIES_UNSTEPPED) && self->running && self->steps == 0) abort();
  if (IS(DIES_CANCELLED) && self->cancelled) abort();
  if (IS(USES_INPUT_IN_DESTROY) && self->kept_input) sink += self->kept_input[0];
  if (IS(FLUSHES_IN_DESTROY)) _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  free(self->sums);
  free(self);
}

static int32_t begin(void* instance, const ansatz_host* host, uint32_t verb,
                     const ansatz_setting* const* settings, uint64_t count, uint64_t first_step) {
  struct instance* self = instance;
  double value = 4;
  if (verb >= VERB_COUNT && !IS(TAKES_ANY_VERB)) {
    return fail(host, IS(BLAMES_UNKNOWN_VERB) ? ANSATZ_BAD_ARGUMENT : ANSATZ_BAD_STATE,
                "there is no such verb");
  }
  const int32_t status = read_settings(host, settings, count, verb == 0 ? "passes" : "",
                                       IS(IGNORES_UNKNOWN_OPTION), IS(IGNORES_OPTION_KIND), &value);
  if (status != ANSATZ_DONE) return status;
  const int reads = verb > 0 && verb < VERB_COUNT;
  if (reads && !self->sums && !IS(PREDICTS_BEFORE_FIT)) return fail(host, ANSATZ_BAD_STATE, "fit first");
  if (IS(CRASHES_ON_RESUME) && first_step > 0) abort();
  self->verb = verb;
  self->passes = (int64_t)value;
  self->steps = IS(FORGETS_ITS_STEP) ? 0 : first_step;
  self->running = 1;
  self->cancelled = 0;
  if (verb == 0 && first_step == 0) self->count = 0, self->saved_midway = 0;
  return ANSATZ_DONE;
}

/* x as doubles, n x d; NULL if it cannot be had.  Free with release(). */
struct table {
  uint64_t n, d;
  double* values;
  const void* lent;
};

static int32_t read_table(const ansatz_host* host, struct table* table) {
  ansatz_array array = {.struct_size = sizeof array};
  memset(table, 0, sizeof *table);
  int32_t status = host->input(host->context, "x", &array);
  if (status != ANSATZ_DONE && IS(DOES_WITHOUT_INPUT)) return table->n = 20, table->d = 4, ANSATZ_DONE;
  if (status != ANSATZ_DONE)
    return fail(host, status, IS(BLAMES_A_PARAMETER) ? "'scale' is not right" : "input 'x' is not wired");
  table->n = array.shape[0];
  table->d = 1;
  for (uint64_t i = 1; i < array.rank; ++i) table->d *= array.shape[i];
  const void* data = NULL;
  status = host->input_data(host->context, "x", &data);
  if (status != ANSATZ_DONE && (IS(SWALLOWS_NAN) || IS(IGNORES_FAILED_INPUT))) {
    if (status == ANSATZ_NUMERICAL ? IS(SWALLOWS_NAN) : IS(IGNORES_FAILED_INPUT)) return ANSATZ_DONE;
  }
  if (status != ANSATZ_DONE)
    return status == ANSATZ_NUMERICAL ? status : fail(host, status, "input 'x' cannot be read");
  table->lent = data;
  table->values = malloc((table->n * table->d + 1) * sizeof(double));
  for (uint64_t i = 0; i < table->n * table->d; ++i) {
    table->values[i] = array.type == ANSATZ_F64   ? ((const double*)data)[i]
                       : array.type == ANSATZ_F32 ? (double)((const float*)data)[i]
                                                  : 0;
  }
  if (IS(REFUSES_F32) && array.type == ANSATZ_F32) return fail(host, ANSATZ_INTERNAL, "f32 is not done yet");
  if (IS(REFUSES_VECTORS) && array.rank == 1) return fail(host, ANSATZ_INTERNAL, "vectors are not done yet");
  return ANSATZ_DONE;
}

static int32_t reserve(const ansatz_host* host, const char* port, uint64_t rank, uint64_t size,
                       double** data) {
  const uint64_t shape[2] = {size, 1};
  const ansatz_array array = {.struct_size = sizeof array, .type = ANSATZ_F64, .rank = rank, .shape = shape};
  void* memory = NULL;
  const int32_t status = host->output(host->context, port, &array, &memory);
  *data = memory;
  return status;
}

struct work {
  const ansatz_host* host;
  struct instance* self;
  const struct table* table;
  uint64_t threads;
};

/* Worker of a task in the host's static partition. */
static uint32_t expected_worker(uint64_t task, uint64_t tasks, uint64_t threads) {
  const uint64_t quotient = tasks / threads, remainder = tasks % threads;
  const uint64_t border = (quotient + 1) * remainder;
  return (uint32_t)(task < border ? task / (quotient + 1) : remainder + (task - border) / quotient);
}

static void add_column(void* user, uint64_t column, uint32_t worker) {
  const struct work* work = user;
  struct instance* self = work->self;
  double sum = 0;
  for (uint64_t i = 0; i < work->table->n; ++i) {
    if (work->table->values) sum += work->table->values[i * work->table->d + column];
  }
  const uint64_t tasks = work->table->d;
  if (IS(ASKS_WHO_WORKS) && tasks >= work->threads && worker != expected_worker(column, tasks, work->threads))
    sum += 1;
  if (IS(SOUND_LOGGING)) {
    char text[40];
    snprintf(text, sizeof text, "column %d", (int)column);
    usleep(column % 2 == 0 ? 2000 : 0); /* odd columns are told first */
    work->host->log(work->host->context, ANSATZ_INFO, text);
  }
  if (IS(CALLS_HOST_IN_TASK)) work->host->progress(work->host->context, 0.5, "in a task");
  (IS(SHARES_SUMS) ? shared_sums : self->sums)[column] += self->scale * sum;
}

static double noise(uint64_t key, uint64_t i) {
  uint64_t x = key + (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

static void* sleep_long(void* unused) {
  for (;;) pause();
  return unused;
}

static void* call_metric(void* context) {
  const ansatz_host* host = context;
  host->metric(host->context, "elsewhere", 0, 1);
  return NULL;
}

static void take_signal(int number) { sink += number; }

/* Faults that leave the process other than it was.  Those that take something of the system do it once. */
static void disturb_process(void) {
  if (IS(PRINTS)) printf("hello\n");
  if (IS(PRINTS_ERRORS)) fprintf(stderr, "hello\n");
  if (IS(ROUNDS_IN_STEP)) _MM_SET_ROUNDING_MODE(_MM_ROUND_UP);
  if (IS(FLUSHES_TO_ZERO)) _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  if (IS(SETS_LOCALE)) setlocale(LC_ALL, "C.UTF-8");
  if (IS(SETS_THREAD_LOCALE)) {
    static locale_t other;
    if (!other) other = newlocale(LC_ALL_MASK, "C.UTF-8", NULL);
    uselocale(other);
  }
  if (IS(CHANGES_FOLDER) && chdir("/") != 0) abort();
  if (IS(CHANGES_FILE_MASK)) umask(0);
  if (IS(LEAVES_A_FILE)) close(open("left-behind", O_CREAT | O_WRONLY, 0600));
  if (IS(SETS_A_VARIABLE)) setenv("HOSTILE", "1", 1);
  if (IS(UNSETS_A_VARIABLE)) unsetenv("PATH");
  if (IS(CLEARS_ENVIRONMENT)) clearenv();
  if (IS(TAKES_AN_IGNORED_SIGNAL)) signal(SIGXFSZ, take_signal); /* as the host ignores it: with SA_RESTART */
  if (IS(HANDLES_A_SIGNAL)) signal(SIGTERM, SIG_IGN);
  if (IS(BLOCKS_A_SIGNAL)) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
  }
  if (once++ != 0) return;
  if (IS(LEAVES_A_THREAD)) {
    pthread_t thread;
    pthread_create(&thread, NULL, sleep_long, NULL);
  }
  if (IS(LEAVES_A_FILE_OPEN) && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) abort();
  if (IS(CLOSES_STDIN)) close(STDIN_FILENO);
  if (IS(REPLACES_STDIN)) {
    const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    dup2(zero, STDIN_FILENO);
    close(zero);
  }
  if (IS(SLEEPS)) usleep(1100 * 1000);
  if (IS(FORKS) && fork() == 0) sleep_long(NULL);
  if (IS(HOARDS)) {
    const size_t bytes = (size_t)400 << 20;
    char* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < bytes; i += 4096) memory[i] = 1;
    munmap(memory, bytes);
  }
}

/* Faults of a whole verb: a status to return at once, or MORE. */
static int32_t misbehave(struct instance* self, const ansatz_host* host) {
  if (IS(CRASHES)) abort();
  if (IS(EXITS)) exit(0);
  if (IS(HANGS)) sleep_long(NULL);
#ifdef THROW_ACROSS
  extern void throw_a_number(void);
  throw_a_number();
#endif
  if (IS(CORRUPTS_ITS_HEAP)) {
    char* volatile block = malloc(64);
    memset(block - 16, 0x41, 128);
    free(block);
  }
  if (IS(REFUSES_EVERYTHING)) return fail(host, ANSATZ_BAD_ARGUMENT, "input 'x' is not to my taste");
  if (IS(FAILS_WITHOUT_A_NAME)) return fail(host, ANSATZ_BAD_ARGUMENT, "no");
  if (IS(FAILS_INTERNALLY)) return fail(host, ANSATZ_INTERNAL, "'x' broke something");
  if (IS(NEVER_ENDS)) return ANSATZ_MORE + 100;
  if (IS(FAILS_AT_BOTH_ENDS) && self->scale == 2 && self->passes == 8)
    return fail(host, ANSATZ_INTERNAL, "both");
  if (IS(FAILS_AT_MODEL_END) && self->scale == 2 && self->passes == 4)
    return fail(host, ANSATZ_INTERNAL, "scale");
  if (IS(FAILS_AT_VERB_END) && self->scale == 1 && self->passes == 1)
    return fail(host, ANSATZ_INTERNAL, "passes");
  if (IS(FAILS_IN_BETWEEN) && self->scale > 0.55 && self->scale < 0.95)
    return fail(host, ANSATZ_INTERNAL, "scale");
  if (IS(CALLS_HOST_FROM_THREAD)) {
    pthread_t thread;
    pthread_create(&thread, NULL, call_metric, (void*)(uintptr_t)host);
    pthread_join(thread, NULL);
  }
  if (IS(LOGS_ITS_RUNS)) host->log(host->context, ANSATZ_INFO, runs++ == 0 ? "the first run" : "another run");
  if (IS(LEAKS)) sink += (double)(uintptr_t)malloc(200);
  return ANSATZ_MORE;
}

/* A number that should be 0 but hangs on what it must not. */
static double disturb_result(const struct instance* self, const ansatz_host* host) {
  if (IS(COUNTS_RUNS)) return runs++;
  if (IS(ASKS_FOR_ITS_PROCESS)) return (double)getpid();
  if (IS(COUNTS_PREDICTIONS)) return predictions;
  if (IS(REMEMBERS_RUNS)) return self->begun_before;
  if (IS(CANCEL_SPOILS)) return self->spoilt;
  if (IS(COUNTS_THREADS) || IS(TOLERANCE_MISUSED)) return host->threads(host->context);
  if (IS(SOUND_WITH_TOLERANCE)) return 1e-12 * host->threads(host->context);
  if (IS(READS_UNWRITTEN_MEMORY)) {
    unsigned char* volatile memory =
        malloc((size_t)64 << 20); /* beyond the heap: zero unless someone fills it */
    const double value = memory[200000];
    free(memory);
    return value;
  }
  return 0;
}

static int32_t prepare_sums(struct instance* self, uint64_t columns) {
  if (self->steps == 0 || !self->sums || self->columns != columns) {
    free(self->sums);
    self->sums = calloc(columns + 1, sizeof(double));
    self->columns = columns;
    if (IS(SHARES_SUMS)) memset(shared_sums, 0, sizeof shared_sums);
  }
  return ANSATZ_DONE;
}

static int32_t write_mean(struct instance* self, const ansatz_host* host, const struct table* table) {
  double* out = NULL;
  if (IS(FORGETS_AN_OUTPUT)) return ANSATZ_DONE;
  int32_t status = reserve(host, IS(WRITES_UNDECLARED) ? "median" : "mean", IS(WRITES_WRONG_RANK) ? 2 : 1,
                           self->columns + (IS(WRITES_WRONG_SIZE) ? 1 : 0), &out);
  if (status != ANSATZ_DONE && IS(IGNORES_FAILED_OUTPUT)) return ANSATZ_DONE;
  if (status != ANSATZ_DONE) return fail(host, status, "output 'mean' cannot be reserved");
  const double change = disturb_result(self, host);
  for (uint64_t i = 0; i < self->columns; ++i) {
    out[i] = (IS(SHARES_SUMS) ? shared_sums : self->sums)[i] + change;
    if (IS(WRITES_NAN)) out[i] = NAN;
    if (IS(DIVIDES_BY_ROWS)) out[i] /= (double)table->n;
  }
  if (IS(WRITES_BEHIND_OUTPUT)) out[self->columns] = 1;
  if (IS(WRITES_BEFORE_OUTPUT)) out[-1] = 1;
  self->kept_output = out;
  return ANSATZ_DONE;
}

static int32_t fit_step(struct instance* self, const ansatz_host* host, const struct table* table) {
  ansatz_array array = {.struct_size = sizeof array};
  if (host->input(host->context, "weight", &array) == ANSATZ_DONE && IS(REFUSES_OPTIONAL)) {
    return fail(host, ANSATZ_INTERNAL, "'weight' is not done yet");
  }
  if (table->n == 0 && !IS(DIVIDES_BY_ROWS)) return fail(host, ANSATZ_BAD_ARGUMENT, "input 'x' has no rows");
  prepare_sums(self, table->d);
  struct work work = {host, self, table, host->threads(host->context)};
  int32_t status = host->parallel_for(host->context, table->d, add_column, &work);
  if (status != ANSATZ_DONE && !IS(IGNORES_FAILED_LOOP)) return fail(host, status, "the loop failed");
  double* traced = NULL;
  status = reserve(host, "trace", 1, table->n, &traced);
  if (status != ANSATZ_DONE && !IS(IGNORES_FAILED_OUTPUT))
    return fail(host, status, "output 'trace' cannot be reserved");
  for (uint64_t i = self->steps; traced && i < table->n; i += (uint64_t)self->passes)
    traced[i] = noise(host->random_key, i);
  host->metric(host->context, "pass", (int64_t)self->steps,
               self->columns > 0 ? (IS(SHARES_SUMS) ? shared_sums : self->sums)[0] : 0);
  host->progress(host->context, (double)(self->steps + 1) / (double)self->passes, "adding");
  self->count += 1;
  if (self->steps + 1 < (uint64_t)self->passes) return ANSATZ_MORE;
  return write_mean(self, host, table);
}

static int32_t predict_step(struct instance* self, const ansatz_host* host, const struct table* table) {
  ++predictions;
  if (table->d != self->columns) {
    return fail(host,
                IS(TRUSTS_MODEL_SIZES) && table->d > self->columns ? ANSATZ_INTERNAL : ANSATZ_BAD_ARGUMENT,
                "input 'x' has other columns than the model");
  }
  if (IS(TRUSTS_SAVED_NUMBERS) && self->count > 1000) abort();
  if (IS(LATER_VERB_TRUSTS_STATE) && self->verb == 2 && self->count > 1000) abort();
  if (IS(FIT_INPUT_IN_PREDICT) && self->kept_input) sink += self->kept_input[0];
  double* out = NULL;
  const int32_t status = reserve(host, "y", 1, table->n, &out);
  if (status != ANSATZ_DONE) return fail(host, status, "output 'y' cannot be reserved");
  const double* from = IS(USES_LOADED_ARRAY) && self->kept_loaded ? self->kept_loaded : self->sums;
  for (uint64_t i = 0; i < table->n; ++i) {
    for (uint64_t j = 0; j < table->d && table->values; ++j)
      out[i] += table->values[i * table->d + j] - from[j];
  }
  return ANSATZ_DONE;
}

static int32_t step_once(struct instance* self, const ansatz_host* host) {
  if (!self->running && !IS(STEPS_WITHOUT_BEGIN) && !IS(STEPS_AFTER_DONE)) {
    return fail(host, ANSATZ_BAD_STATE, "step without begin, or after the verb has ended");
  }
  if (!self->running && IS(STEPS_AFTER_DONE) && !self->sums)
    return fail(host, ANSATZ_BAD_STATE, "begin first");
  if (!self->running && IS(STEPS_WITHOUT_BEGIN) && self->sums)
    return fail(host, ANSATZ_BAD_STATE, "it has ended");
  if (!self->running) return ANSATZ_DONE;
  disturb_process();
  int32_t status = misbehave(self, host);
  if (status == ANSATZ_MORE + 100) return ANSATZ_MORE;
  if (status != ANSATZ_MORE) return status;
  if (!IS(SLEEPS) && host->cancelled(host->context)) {
    self->cancelled = 1;
    if (IS(CANCEL_SPOILS)) self->spoilt = 1;
    if (IS(CANCELS_LATE)) usleep(1100 * 1000);
    return IS(CANCEL_FAILS) ? fail(host, ANSATZ_INTERNAL, "interrupted") : ANSATZ_CANCELLED;
  }
  struct table table;
  status = read_table(host, &table);
  if (status == ANSATZ_DONE) {
    status = self->verb == 0 ? fit_step(self, host, &table) : predict_step(self, host, &table);
    if (IS(WRITES_INPUT) && table.lent && status == ANSATZ_DONE) ((double*)(uintptr_t)table.lent)[0] += 1;
    if (self->verb == 0) self->kept_input = table.lent;
  }
  free(table.values);
  return status;
}

static int32_t step(void* instance, const ansatz_host* host) {
  struct instance* self = instance;
  const int32_t status = step_once(self, host);
  if (status == ANSATZ_DONE || status == ANSATZ_MORE) ++self->steps;
  if (status != ANSATZ_MORE) self->running = 0, self->begun_before = 1;
  return status;
}

static int32_t put(const ansatz_tree* tree, const char* name, int32_t type, uint64_t rank, uint64_t size,
                   const void* from, double** kept) {
  const char* const dims[] = {"d"};
  const ansatz_array array = {
      .struct_size = sizeof array, .type = type, .rank = rank, .shape = &size, .dims = rank ? dims : NULL};
  void* data = NULL;
  const int32_t status = tree->put(tree->context, name, &array, &data);
  if (status != ANSATZ_DONE) return IS(IGNORES_FAILED_SAVE) ? ANSATZ_DONE : status;
  if (rank == 0 || size > 0) memcpy(data, from, (rank ? size : 1) * 8);
  if (IS(WRITES_BEHIND_SAVED) && rank) ((double*)data)[size] = 1;
  if (kept) *kept = data;
  return ANSATZ_DONE;
}

static int32_t save(void* instance, const ansatz_host* host, const ansatz_tree* tree) {
  struct instance* self = instance;
  if (IS(USES_INPUT_IN_SAVE) && self->kept_input) sink += self->kept_input[0];
  if (IS(USES_SAVED_ARRAY) && self->kept_saved) sink += self->kept_saved[0];
  if (IS(SAVES_ONLY_AT_THE_END) && self->running)
    return fail(host, ANSATZ_BAD_STATE, "save after the last step");
  if (IS(SAVING_COUNTS) && self->running && self->columns > 0) self->sums[0] += 1;
  const double* from = IS(SHARES_SUMS) ? shared_sums : self->sums;
  const uint64_t count = self->count + (IS(LOADING_COUNTS) ? (uint64_t)self->loaded : 0);
  int32_t status = put(tree, "sums", ANSATZ_F64, 1, self->columns, from, &self->kept_saved);
  if (status == ANSATZ_DONE) status = put(tree, "count", ANSATZ_I64, 0, 1, &count, NULL);
  return status == ANSATZ_DONE ? status : fail(host, status, "'sums' or 'count' cannot be saved");
}

static int32_t load(void* instance, const ansatz_host* host, const ansatz_tree* tree) {
  struct instance* self = instance;
  ansatz_array array = {.struct_size = sizeof array}, scalar = {.struct_size = sizeof scalar};
  const void *data = NULL, *count = NULL;
  const int32_t has_sums = tree->get(tree->context, "sums", &array, &data);
  const int32_t has_count = tree->get(tree->context, "count", &scalar, &count);
  if (IS(LOADS_NOTHING) && has_sums != ANSATZ_DONE && has_count != ANSATZ_DONE) return ANSATZ_DONE;
  if (IS(IGNORES_FAILED_LOAD) && has_sums == ANSATZ_INTERNAL) return prepare_sums(self, 4);
  if (has_sums != ANSATZ_DONE) return fail(host, ANSATZ_BAD_STATE, "the state has no 'sums'");
  if (has_count != ANSATZ_DONE && !IS(LOADS_A_PART))
    return fail(host, ANSATZ_BAD_STATE, "the state has no 'count'");
  if (!IS(LOADS_ANY_RANK) && (array.rank != 1 || (count && scalar.rank != 0))) {
    return fail(host, ANSATZ_BAD_STATE, "an array of the state has another rank");
  }
  if (!IS(LOADS_ANY_TYPE) && (array.type != ANSATZ_F64 || (count && scalar.type != ANSATZ_I64))) {
    return fail(host, ANSATZ_BAD_STATE, "an array of the state has another type");
  }
  const uint64_t columns = array.shape[array.rank - 1];
  if (IS(TRUSTS_SAVED_SIZES) && columns == 0) abort();
  free(self->sums);
  self->columns = columns;
  self->sums = calloc(columns + 1, sizeof(double));
  self->kept_loaded = data;
  self->loaded = 1;
  if (columns > 0) memcpy(self->sums, data, array.type == ANSATZ_F64 ? columns * 8 : columns);
  if (IS(SHARES_SUMS)) memcpy(shared_sums, self->sums, (columns < 64 ? columns : 64) * 8);
  if (IS(WRITES_LOADED) && columns > 0) ((double*)(uintptr_t)data)[0] += 1;
  self->count = count ? (scalar.type == ANSATZ_I64 ? *(const uint64_t*)count : *(const uint8_t*)count) : 0;
  return ANSATZ_DONE;
}

/* --- the entry --- */

static ansatz_model model = {.struct_size = sizeof(ansatz_model),
                             .name = "means",
                             .text = TEXT(NO_MODEL_TEXT, "Sums of columns"),
                             .references = "",
                             .parameters = (const ansatz_parameter* const[]){&scale},
                             .parameter_count = 1,
                             .verbs = (const ansatz_verb* const[]){&fit, &predict, &score},
                             .verb_count = VERB_COUNT,
                             .create = create,
                             .destroy = destroy,
                             .begin = begin,
                             .step = step,
                             .save = save,
                             .load = load};
static ansatz_info table = {.struct_size = sizeof(ansatz_info),
                            .text = TEXT(NO_PLUGIN_TEXT, "A plugin for tests"),
                            .models = (const ansatz_model* const[]){&model},
                            .model_count = 1};
static ansatz_info other_table;

static const ansatz_info* info(void) {
  static int calls;
  ++calls;
  if (IS(TABLES_CHANGE) && calls > 2) scale.maximum = 2 + calls;
  other_table = table;
  return IS(TABLES_MOVE) && calls % 2 == 0 ? &other_table : &table;
}

extern ansatz_plugin ansatz_plugin_v1;
__attribute__((visibility("default"), used, section(ANSATZ_SECTION)))
ansatz_plugin ansatz_plugin_v1 = {{.magic = ANSATZ_MAGIC,
                                   .struct_size = sizeof(ansatz_plugin),
                                   .abi_major = ANSATZ_ABI_MAJOR,
                                   .abi_minor = ANSATZ_ABI_MINOR,
                                   .instruction_sets = ANSATZ_INSTRUCTION_SETS,
                                   .build_flags = ANSATZ_BUILD_FLAGS,
                                   .id = ID,
                                   .version = "1.0.0",
                                   .sdk_version = "0.1.0",
                                   .compiler = ANSATZ_COMPILER},
                                  info};

#ifdef EXPORTS_A_SYMBOL
__attribute__((visibility("default"))) int a_second_symbol = 1;
#endif

__attribute__((constructor)) static void on_load(void) {
  if (IS(THREAD_ON_LOAD)) {
    pthread_t thread;
    pthread_create(&thread, NULL, sleep_long, NULL);
  }
  if (IS(FILE_ON_LOAD) && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) abort();
  if (IS(SIGNAL_ON_LOAD)) signal(SIGUSR2, SIG_IGN);
  if (IS(VARIABLE_ON_LOAD)) setenv("HOSTILE", "1", 1);
  if (IS(FOLDER_ON_LOAD) && chdir("/") != 0) abort();
  if (IS(PRINTS_ON_LOAD)) fprintf(stderr, "here I am\n");
  if (IS(FORKS_ON_LOAD) && fork() == 0) sleep_long(NULL);
  if (IS(SLOW_TO_LOAD)) usleep(150 * 1000);
}
