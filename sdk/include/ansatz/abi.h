/* The boundary between the host and a plugin: plain C data and function tables, nothing else.
 *
 * A plugin exports one data symbol, `ansatz_plugin_v1`, in the ELF section `.ansatz`.  The host reads the
 * section's first bytes (struct ansatz_header, no pointers) from the file before it runs any plugin code.
 *
 * Growth.  Fields are only ever appended.  Every table starts with `struct_size`; a reader uses a field only
 * if `struct_size` reaches beyond it (compare with >=, never ==).  Lists are arrays of pointers, so that
 * their elements may grow.  A table that is filled in for the caller (an ansatz_array given to `input` or `get`,
 * an ansatz_value given to `input_attribute`) has its `struct_size` set by the caller before; no more is written.
 * New host services come through `extension("ansatz.name/1")`.
 *
 * Ownership.  Whoever creates memory frees it.  Pointers that the host passes to a call are valid until that
 * call returns, unless the field says otherwise; all tables a plugin points to live as long as the library.
 * Text is UTF-8 and ends in NUL.
 *
 * Threads.  The host calls one instance from one thread at a time; different instances may run at once.  Host
 * services are called on the thread of the running call, except `cancelled` and `log`, which may be called
 * from any task of `parallel_for`.  No function may let a C++ exception out.
 */
#ifndef ANSATZ_ABI_H
#define ANSATZ_ABI_H

#include <stddef.h>
#include <stdint.h>

#define ANSATZ_ABI_MAJOR 1
#define ANSATZ_ABI_MINOR 0
#define ANSATZ_MAGIC "ANSATZ\r\n" /* with the NUL 9 bytes, stored in 16; \r\n shows a text-mode copy */
#define ANSATZ_SECTION ".ansatz"
#define ANSATZ_MAX_RANK 16

#ifdef __cplusplus
extern "C" {
#endif

/* What a call returns.  Every status but DONE, MORE and CANCELLED comes with a text given to `fail`. */
enum ansatz_status {
  ANSATZ_DONE = 0,
  ANSATZ_MORE = 1,         /* step: call again */
  ANSATZ_BAD_ARGUMENT = 2, /* an input or a parameter; the text names it */
  ANSATZ_BAD_STATE = 3,    /* not allowed now: step after DONE, predict before fit, no such verb */
  ANSATZ_NUMERICAL = 4,    /* not finite, not positive definite, no convergence */
  ANSATZ_CANCELLED = 5,
  ANSATZ_UNSUPPORTED = 6,
  ANSATZ_INTERNAL = 7 /* a fault of the plugin or, from a service, of the host */
};

/* Array element types; a set of them is the OR of ANSATZ_BIT(type). */
enum ansatz_type {
  ANSATZ_F64 = 1,
  ANSATZ_F32 = 2,
  ANSATZ_I64 = 3,
  ANSATZ_I32 = 4,
  ANSATZ_U8 = 5,
  ANSATZ_BOOL = 6, /* one byte, 0 or 1 */
  ANSATZ_TEXT = 7  /* fixed width UTF-8, padded with NUL; need not end in NUL */
};
#define ANSATZ_BIT(type) (1u << (type))

/* Kinds of parameter values and attributes; a set of them is the OR of ANSATZ_BIT(kind). */
enum ansatz_kind {
  ANSATZ_KIND_BOOL = 1,
  ANSATZ_KIND_INTEGER = 2,
  ANSATZ_KIND_REAL = 3,
  ANSATZ_KIND_TEXT = 4,
  ANSATZ_KIND_LIST = 5 /* only in sets: lists of the other kinds in the set are accepted as well */
};

/* What a verb does with a model. */
enum ansatz_verb_flag {
  ANSATZ_LEARNS = 1,      /* leaves learned state, which later steps name with `model:` */
  ANSATZ_NEEDS_MODEL = 2, /* runs only on learned state */
  ANSATZ_TAKES_MODEL = 4, /* goes on from learned state if given one */
  ANSATZ_STEPS = 8,       /* may run in more than one step */
  ANSATZ_TOLERANCE = 16   /* results agree to rounding, not bitwise, between thread counts */
};

enum ansatz_port_flag {
  ANSATZ_OPTIONAL = 1,
  ANSATZ_MISSING = 2 /* NaN stands for a missing value; otherwise the host refuses NaN and Inf in an input */
};

/* How a person would look at an output. */
enum ansatz_picture {
  ANSATZ_NO_PICTURE = 0,
  ANSATZ_LINE = 1,
  ANSATZ_SCATTER = 2,
  ANSATZ_IMAGE_GRID = 3,
  ANSATZ_HEAT_MAP = 4,
  ANSATZ_HISTOGRAM = 5,
  ANSATZ_RASTER = 6,
  ANSATZ_BARS = 7,
  ANSATZ_TABLE = 8
};

enum ansatz_log_level { ANSATZ_DEBUG = 0, ANSATZ_INFO = 1, ANSATZ_WARNING = 2 };

enum ansatz_build_flag {
  ANSATZ_BUILT_FAST_MATH = 1, /* -ffast-math or one of its parts that changes results: refused */
  ANSATZ_BUILT_DEBUG = 2
};

/* A value: a scalar (is_list 0, count 1) or a list of one kind.  The pointer that fits `kind` is set. */
typedef struct ansatz_value {
  uint32_t struct_size;
  int32_t kind; /* enum ansatz_kind, never ANSATZ_KIND_LIST */
  uint32_t is_list;
  uint32_t reserved;
  uint64_t count;
  const int64_t* integers; /* BOOL (0 or 1) and INTEGER */
  const double* reals;
  const char* const* texts;
} ansatz_value;

typedef struct ansatz_setting {
  uint32_t struct_size;
  uint32_t reserved;
  const char* name;
  const ansatz_value* value;
} ansatz_setting;

/* An n-d array, row-major.  `dims` has `rank` names, or is NULL.  Rank 0 is a scalar. */
typedef struct ansatz_array {
  uint32_t struct_size;
  int32_t type;        /* enum ansatz_type */
  uint64_t text_width; /* bytes an element of TEXT, else 0 */
  uint64_t rank;       /* at most ANSATZ_MAX_RANK */
  const uint64_t* shape;
  const char* const* dims;
} ansatz_array;

/* Named arrays to write to or to read from: learned state and checkpoints.  Names may contain '/'. */
typedef struct ansatz_tree {
  uint32_t struct_size;
  uint32_t reserved;
  void* context; /* first argument of the functions */
  /* Reserve array `name`; `*data` is zeroed, 64-byte aligned, and valid until save returns. */
  int32_t (*put)(void* context, const char* name, const ansatz_array* array, void** data);
  /* Find array `name`: `*array` and `*data` are valid until load returns.  BAD_STATE if there is none. */
  int32_t (*get)(void* context, const char* name, ansatz_array* array, const void** data);
} ansatz_tree;

/* One share of a parallel loop.  `worker` < threads(); use it for scratch memory only, never for results. */
typedef void (*ansatz_task)(void* user, uint64_t task, uint32_t worker);

/* Services the host gives to a running call.  Functions that return int32_t return an ansatz_status. */
typedef struct ansatz_host {
  uint32_t struct_size;
  uint32_t abi_minor;
  void* context; /* first argument of every service */

  /* Describe the array wired to input port `port`; BAD_STATE if an optional port has none. */
  int32_t (*input)(void* context, const char* port, ansatz_array* array);
  /* The whole array, read once and kept until the verb ends; 64-byte aligned. */
  int32_t (*input_data)(void* context, const char* port, const void** data);
  /* Read rows [first, first + count) of the first dimension into `buffer`, for arrays beyond memory. */
  int32_t (*input_rows)(void* context, const char* port, uint64_t first, uint64_t count, void* buffer);
  /* An attribute of the input array; BAD_STATE if it has none of that name.  Valid until the verb ends. */
  int32_t (*input_attribute)(void* context, const char* port, const char* name, ansatz_value* value);

  /* Reserve the array of output port `port`: zeroed, 64-byte aligned, valid until the verb ends.  Asked for
   * again with the same type and shape (in a later step, or after a resume) it returns the same bytes. */
  int32_t (*output)(void* context, const char* port, const ansatz_array* array, void** data);
  int32_t (*output_attribute)(void* context, const char* port, const char* name, const ansatz_value* value);

  void (*metric)(void* context, const char* name, int64_t step, double value); /* archived */
  void (*progress)(void* context, double fraction, const char* text);          /* shown, never archived */
  void (*log)(void* context, int32_t level, const char* text);                 /* archived */
  void (*fail)(void* context, const char* text); /* why the call is about to return an error */
  int32_t (*cancelled)(void* context);           /* not 0: return CANCELLED soon */

  /* Run task(user, i, worker) for i in [0, tasks), split statically over threads(); returns when all ended.
   * Inside a task it runs serially. */
  int32_t (*parallel_for)(void* context, uint64_t tasks, ansatz_task task, void* user);
  uint32_t (*threads)(void* context);

  uint64_t random_key; /* derived from the run's seed and the step's id */

  const void* (*extension)(void* context, const char* name); /* NULL if unknown */
} ansatz_host;

typedef struct ansatz_parameter {
  uint32_t struct_size;
  uint32_t kinds; /* set of ansatz_kind */
  const char* name;
  const char* text;
  const char* unit;        /* "dimensionless" where it has none */
  double minimum, maximum; /* of numbers, and of every number in a list; -Inf and Inf where unbounded */
  uint32_t minimum_excluded, maximum_excluded;
  const char* const* choices; /* the texts that are allowed; NULL: any */
  uint64_t choice_count;
  const ansatz_value* initial; /* the default; NULL: the parameter must be given */
  uint32_t affects_result;     /* 0: not part of a step's key (memory budget, block size) */
  uint32_t reserved;
  const char*
      used_if; /* "kernel=polynomial|sigmoid&verb=fit": setting it in another case is an error; NULL: always used */
} ansatz_parameter;

typedef struct ansatz_port {
  uint32_t struct_size;
  uint32_t types; /* set of ansatz_type */
  uint32_t flags; /* set of ansatz_port_flag; OPTIONAL output: written in some cases only */
  int32_t picture;
  const char* name;
  const char* text;
  const char*
      dims; /* "n,d"; "" is a scalar; "n,m|n" allows either; a number is a fixed size; "..." any rank */
} ansatz_port;

typedef struct ansatz_verb {
  uint32_t struct_size;
  uint32_t flags; /* OR of ansatz_verb_flag */
  const char* name;
  const char* text;
  const ansatz_parameter* const* parameters; /* of this call, not of the learned model */
  uint64_t parameter_count;
  const ansatz_port* const* inputs;
  uint64_t input_count;
  const ansatz_port* const* outputs;
  uint64_t output_count;
} ansatz_verb;

typedef struct ansatz_model {
  uint32_t struct_size;
  uint32_t reserved;
  const char* name;
  const char* text;
  const char* references; /* papers, one a line */
  const ansatz_parameter* const* parameters;
  uint64_t parameter_count;
  const ansatz_verb* const* verbs;
  uint64_t verb_count;

  /* A new instance with these parameters; those left out have their defaults.  Free with destroy. */
  int32_t (*create)(const ansatz_host* host, const ansatz_setting* const* settings, uint64_t count,
                    void** instance);
  void (*destroy)(void* instance);
  /* Start verb number `verb`.  `first_step` > 0 goes on after load() of state saved after that many steps. */
  int32_t (*begin)(void* instance, const ansatz_host* host, uint32_t verb,
                   const ansatz_setting* const* settings, uint64_t count, uint64_t first_step);
  /* One step: MORE, DONE or an error.  After DONE or an error begin() must come first. */
  int32_t (*step)(void* instance, const ansatz_host* host);
  /* Write and read all that must survive between steps.  Never during a step. */
  int32_t (*save)(void* instance, const ansatz_host* host, const ansatz_tree* tree);
  int32_t (*load)(void* instance, const ansatz_host* host, const ansatz_tree* tree);
} ansatz_model;

typedef struct ansatz_info {
  uint32_t struct_size;
  uint32_t reserved;
  const char* text;
  const ansatz_model* const* models;
  uint64_t model_count;
} ansatz_info;

/* Plain bytes at the start of the section; texts are padded with NUL.  512 bytes for good: later minor
 * versions take from `reserved`. */
typedef struct ansatz_header {
  char magic[16];
  uint32_t struct_size; /* of the whole ansatz_plugin */
  uint16_t abi_major, abi_minor;
  uint64_t instruction_sets; /* that the compiler was allowed to use: enum ansatz_instruction_set */
  uint64_t build_flags;      /* OR of ansatz_build_flag */
  char id[64];               /* lower case letters, digits, '-'; the file is <id>.ansatz.so */
  char version[32];
  char sdk_version[32];
  char compiler[96];
  char reserved[248];
} ansatz_header;

typedef struct ansatz_plugin {
  ansatz_header header;
  const ansatz_info* (*info)(void); /* the same pointer at every call; any thread */
} ansatz_plugin;

/* Bits of ansatz_header.instruction_sets, x86-64; plain SSE2 is 0. */
enum ansatz_instruction_set {
  ANSATZ_SSE3,
  ANSATZ_SSSE3,
  ANSATZ_SSE4_1,
  ANSATZ_SSE4_2,
  ANSATZ_POPCNT,
  ANSATZ_AVX,
  ANSATZ_F16C,
  ANSATZ_FMA,
  ANSATZ_AVX2,
  ANSATZ_BMI,
  ANSATZ_BMI2,
  ANSATZ_LZCNT,
  ANSATZ_MOVBE,
  ANSATZ_AVX512F,
  ANSATZ_AVX512CD,
  ANSATZ_AVX512DQ,
  ANSATZ_AVX512BW,
  ANSATZ_AVX512VL,
  ANSATZ_AVX512IFMA,
  ANSATZ_AVX512VBMI,
  ANSATZ_AVX512VBMI2,
  ANSATZ_AVX512VNNI,
  ANSATZ_AVX512BITALG,
  ANSATZ_AVX512VPOPCNTDQ,
  ANSATZ_AVX512BF16,
  ANSATZ_AVX512FP16,
  ANSATZ_AVX512ER,
  ANSATZ_AVX512PF,
  ANSATZ_AVXVNNI,
  ANSATZ_AMX_TILE,
  ANSATZ_AMX_INT8,
  ANSATZ_AMX_BF16,
  ANSATZ_FMA4,
  ANSATZ_XOP,
  ANSATZ_SSE4A,
  ANSATZ_ADX,
  ANSATZ_SHA,
  ANSATZ_AES,
  ANSATZ_PCLMUL,
  ANSATZ_GFNI,
  ANSATZ_VAES,
  ANSATZ_VPCLMULQDQ,
  ANSATZ_INSTRUCTION_SET_COUNT
};

#ifdef __cplusplus
}
#endif
#endif
