// The functions behind the table of cases; each says in cases.cpp what it demands.
#pragma once

namespace ansatz::host::validate {

class Subject;

// library_cases.cpp
void library_header(Subject& subject);
void library_exports(Subject& subject);
void library_loads(Subject& subject);
void library_floating_point(Subject& subject);
void library_side_effects(Subject& subject);
void library_entry(Subject& subject);
void library_info(Subject& subject);
void library_tables(Subject& subject);
void library_documented(Subject& subject);
void library_time(Subject& subject);

// verb_cases.cpp
void verb_runs(Subject& subject);
void verb_finite(Subject& subject);
void verb_order(Subject& subject);
void verb_types(Subject& subject);
void verb_shapes(Subject& subject);
void verb_optional(Subject& subject);

// refusal_cases.cpp
void verb_wiring(Subject& subject);
void verb_sizes(Subject& subject);
void verb_model_sizes(Subject& subject);
void verb_not_finite(Subject& subject);
void verb_failing_host(Subject& subject);

// settings_cases.cpp
void verb_settings(Subject& subject);
void verb_extremes(Subject& subject);
void verb_random_settings(Subject& subject);

// state_cases.cpp
void state_round_trip(Subject& subject);
void state_resume(Subject& subject);
void state_saving(Subject& subject);
void state_incomplete(Subject& subject);
void state_corrupt(Subject& subject);
void state_cancel(Subject& subject);
void state_early_end(Subject& subject);

// determinism_cases.cpp
void determinism_repeat(Subject& subject);
void determinism_processes(Subject& subject);
void determinism_interleaved(Subject& subject);
void determinism_threads(Subject& subject);
void determinism_tasks(Subject& subject);
void determinism_history(Subject& subject);

// hygiene_cases.cpp
void hygiene_prints(Subject& subject);
void hygiene_floating_point(Subject& subject);
void hygiene_locale(Subject& subject);
void hygiene_working_directory(Subject& subject);
void hygiene_environment(Subject& subject);
void hygiene_signals(Subject& subject);
void hygiene_threads(Subject& subject);
void hygiene_files(Subject& subject);
void hygiene_processes(Subject& subject);

// memory_cases.cpp
void hygiene_callbacks(Subject& subject);
void hygiene_bounds(Subject& subject);
void hygiene_inputs(Subject& subject);
void hygiene_pointers(Subject& subject);
void hygiene_instances(Subject& subject);
void hygiene_leaks(Subject& subject);
void hygiene_memory(Subject& subject);

}  // namespace ansatz::host::validate
