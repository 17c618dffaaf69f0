// The codes of all diagnostics.  A code never changes its meaning; a code that is no longer used is not
// reused.
#pragma once

#include <string>

namespace ansatz::host {

namespace code {

// The text of the file.
inline constexpr const char* too_large = "P001";
inline constexpr const char* not_text = "P002";
inline constexpr const char* syntax = "P003";
inline constexpr const char* too_deep = "P004";
inline constexpr const char* empty = "P005";
inline constexpr const char* documents = "P006";
inline constexpr const char* duplicate_key = "P007";
inline constexpr const char* merge_key = "P008";
inline constexpr const char* anchor = "P009";
inline constexpr const char* tag = "P010";
inline constexpr const char* key_not_text = "P011";
inline constexpr const char* tab = "P012";
inline constexpr const char* unclosed = "P013";
inline constexpr const char* too_many = "P014";

// The language.
inline constexpr const char* unknown_key = "P020";
inline constexpr const char* wrong_shape = "P021";
inline constexpr const char* missing_key = "P022";
// P023 was: not part of this version of the language (`sweep` and `report`).
inline constexpr const char* language_version = "P024";
inline constexpr const char* bad_name = "P025";
inline constexpr const char* name_taken = "P026";

// Values.
inline constexpr const char* wrong_kind = "P030";
inline constexpr const char* boolean_spelling = "P031";
inline constexpr const char* number_spelling = "P032";
inline constexpr const char* out_of_range = "P033";
inline constexpr const char* not_a_choice = "P034";
inline constexpr const char* needs_quotes = "P035";
inline constexpr const char* no_value = "P036";

// Plugins, verbs and parameters.
inline constexpr const char* unknown_plugin = "P040";
inline constexpr const char* unknown_model = "P041";
inline constexpr const char* unknown_verb = "P042";
inline constexpr const char* ambiguous_verb = "P043";
inline constexpr const char* bad_do = "P044";
inline constexpr const char* unknown_parameter = "P045";
inline constexpr const char* missing_parameter = "P046";
inline constexpr const char* settings_of_another_step = "P047";
inline constexpr const char* unused_parameter = "P048";

// Wiring.
inline constexpr const char* bad_reference = "P050";
inline constexpr const char* unknown_source = "P051";
inline constexpr const char* unknown_input = "P052";
inline constexpr const char* missing_input = "P053";
inline constexpr const char* unknown_output = "P054";
inline constexpr const char* cycle = "P055";
inline constexpr const char* wrong_model = "P056";
inline constexpr const char* missing_model = "P057";
inline constexpr const char* needless_model = "P058";
inline constexpr const char* element_type = "P059";
inline constexpr const char* dims_differ = "P060";
inline constexpr const char* data_unreadable = "P061";
inline constexpr const char* unknown_item = "P062";

// Claims.
inline constexpr const char* bad_claim = "P070";
inline constexpr const char* claim_not_scalar = "P071";
inline constexpr const char* doubtful_metric = "P072";

// Command line.
inline constexpr const char* bad_override = "P080";
inline constexpr const char* unknown_override = "P081";
inline constexpr const char* unknown_data_override = "P082";

// Pictures.
inline constexpr const char* bad_picture = "P090";

// Sweeps.
inline constexpr const char* sweep_target = "P100";
inline constexpr const char* bad_sweep = "P101";
inline constexpr const char* idle_skip = "P102";

}  // namespace code

// A few words; "" if there is no such code.
[[nodiscard]] std::string title_of(const std::string& code);

}  // namespace ansatz::host
