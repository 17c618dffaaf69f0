// Writing a plugin: one class a model, one macro a plugin.
//
//   struct Mean {
//     struct Config {
//       double shrink = 0;
//       static constexpr auto params =
//           std::tuple{param(&Config::shrink, "shrink", "How far to pull the mean to zero", between(0, 1))};
//     } config;
//     void fit(Session& s) { mean_ = (1 - config.shrink) * s.in<double>("x").colwise().mean(); }
//     void predict(Session& s) { s.out<double>("y", s.shape("x")).rowwise() = mean_; }
//     void state(Archive& a) { a("mean", mean_, "d"); }
//     static constexpr auto text = "The mean of the training rows";
//     static constexpr auto verbs = std::tuple{
//         verb<&Mean::fit>("fit", "Take the mean", learns, in("x", "n,d", "Rows")),
//         verb<&Mean::predict>("predict", "Repeat it", needs_model, in("x", "n,d", "Rows"),
//                              out("y", "n,d", "The mean, once a row"))};
//     Eigen::RowVectorXd mean_;
//   };
//   ANSATZ_PLUGIN("mean", "1.0.0", Mean)
//
// A model class has `text`, `verbs` and, where it needs them: `Config config` (filled in before any verb
// runs), `state()` (needed, and public, if a verb learns or steps), `name` (default: the plugin's id; needed if there are
// several models) and `references`.  Its verbs may throw; nothing thrown crosses the boundary.
#pragma once

#include <ansatz/abi.h>

#include <deque>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>

#include "ansatz/detail/build.h"
#include "ansatz/parameters.hpp"
#include "ansatz/session.hpp"
#include "ansatz/state.hpp"
#include "ansatz/verbs.hpp"

#define ANSATZ_SDK_VERSION "0.1.0"

namespace ansatz::detail {

// Run `body`, which returns a status; whatever it throws becomes a status and a text for the host.
template <class Body>
std::int32_t guarded(const ansatz_host* host, const Body& body) noexcept {
  const auto fail = [host](std::int32_t status, const char* text) {
    host->fail(host->context, text);
    return status;
  };
  try {
    return body();
  } catch (const BadArgument& e) {
    return fail(ANSATZ_BAD_ARGUMENT, e.what());
  } catch (const BadState& e) {
    return fail(ANSATZ_BAD_STATE, e.what());
  } catch (const NumericalError& e) {
    return fail(ANSATZ_NUMERICAL, e.what());
  } catch (const Cancelled&) {
    return ANSATZ_CANCELLED;
  } catch (const Unsupported& e) {
    return fail(ANSATZ_UNSUPPORTED, e.what());
  } catch (const std::bad_alloc&) {
    return fail(ANSATZ_INTERNAL, "out of memory");
  } catch (const std::exception& e) {
    return fail(ANSATZ_INTERNAL, e.what());
  } catch (...) {
    return fail(ANSATZ_INTERNAL, "an exception that is no std::exception");
  }
}

template <class Model>
inline constexpr bool has_state = requires(Model model, Archive& archive) {
  model.state(archive);
};

template <class Model>
consteval bool needs_state() {
  return std::apply([](const auto&... verb) { return (verb.keeps_state() || ... || false); }, Model::verbs);
}

template <class Model>
auto& config_of(Model& model) {
  if constexpr (requires { model.config; }) {
    return model.config;
  } else {
    static NoParameters none;
    return none;
  }
}

// A model with the verb that is running on it.
template <class Model>
struct Instance {
  Model model{};
  bool learned = false;                // it has state from fit or load
  std::unique_ptr<Session> session;    // while a verb runs
  std::function<bool(Session&)> call;  // one step; true: more
  std::uint32_t flags = 0;             // of the running verb
};

// Tables of one model, built at the first info() and kept for good.
template <class Model>
struct ModelTable {
  std::deque<std::vector<const char*>> words;
  std::deque<OwnedValue> values;
  std::deque<ansatz_value> views;
  std::deque<ansatz_parameter> parameters;
  std::deque<ansatz_port> ports;
  std::deque<ansatz_verb> verbs;
  std::deque<std::vector<const ansatz_parameter*>> parameter_lists;
  std::deque<std::vector<const ansatz_port*>> port_lists;
  std::vector<const ansatz_verb*> verb_list;
  ansatz_model model{};

  explicit ModelTable(const char* id) {
    static_assert(
        !requires { typename Model::Config; } || requires(Model m) { m.config; },
        "a model with a struct Config needs a public member `Config config`, or nobody fills it in");
    static_assert(has_state<Model> || !needs_state<Model>(),
                  "a model with a verb that learns or steps needs a public `void state(Archive&)` that lists "
                  "what must survive; an empty one if that is nothing");
    using Config = std::remove_cvref_t<decltype(config_of(std::declval<Model&>()))>;
    const auto& model_parameters = add_parameters(Config{});
    std::apply([&](const auto&... v) { (add_verb(v), ...); }, Model::verbs);
    const char* name = id;
    const char* references = "";
    if constexpr (requires { Model::name; }) name = Model::name;
    if constexpr (requires { Model::references; }) references = Model::references;
    model = {sizeof(ansatz_model),
             0,
             name,
             Model::text,
             references,
             model_parameters.data(),
             model_parameters.size(),
             verb_list.data(),
             verb_list.size(),
             &create,
             &destroy,
             &begin,
             &step,
             &save,
             &load};
  }

  template <class Options>
  const std::vector<const ansatz_parameter*>& add_parameters(Options defaults) {
    auto& list = parameter_lists.emplace_back();
    for_each_parameter(defaults, [&](const auto& field, const auto& entry) {
      using Field = std::remove_cvref_t<decltype(field)>;
      const ParameterTraits& t = entry.traits;
      auto& choice = words.emplace_back();
      add_choices<Field>(choice);
      const ansatz_value* initial = nullptr;
      if (!t.required) initial = &views.emplace_back(values.emplace_back(OwnedValue::of(field)).view());
      list.push_back(&parameters.emplace_back(ansatz_parameter{
          sizeof(ansatz_parameter), kinds_of<Field>(), entry.name, entry.text, t.unit, t.minimum, t.maximum,
          t.minimum_excluded, t.maximum_excluded, choice.empty() ? nullptr : choice.data(), choice.size(),
          initial, t.affects_result, 0, t.used_if}));
    });
    return list;
  }

  template <class V>
  void add_verb(const V& v) {
    const auto& own = add_parameters(typename V::Options{});
    auto& inputs = port_lists.emplace_back();
    auto& outputs = port_lists.emplace_back();
    std::uint32_t flags = V::steps ? ANSATZ_STEPS : 0;
    const auto add = [&](const auto& item) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(item)>, Port>) {
        auto& list = item.is_output ? outputs : inputs;
        list.push_back(&ports.emplace_back(ansatz_port{sizeof(ansatz_port), item.types, item.flags,
                                                       item.picture, item.name, item.text, item.dims}));
      } else {
        flags |= item.bits;
      }
    };
    std::apply([&](const auto&... item) { (add(item), ...); }, v.items);
    verb_list.push_back(
        &verbs.emplace_back(ansatz_verb{sizeof(ansatz_verb), flags, v.name, v.text, own.data(), own.size(),
                                        inputs.data(), inputs.size(), outputs.data(), outputs.size()}));
  }

  static Instance<Model>& of(void* instance) { return *static_cast<Instance<Model>*>(instance); }

  static std::int32_t create(const ansatz_host* host, const ansatz_setting* const* settings,
                             std::uint64_t count, void** instance) noexcept {
    return guarded(host, [&] {
      auto made = std::make_unique<Instance<Model>>();
      assign_settings(config_of(made->model), settings, count);
      *instance = made.release();
      return ANSATZ_DONE;
    });
  }

  static void destroy(void* instance) noexcept { delete static_cast<Instance<Model>*>(instance); }

  // Bind verb number `index` to the instance.
  template <class V>
  static void bind(Instance<Model>& self, const V&, const ansatz_setting* const* settings,
                   std::uint64_t count) {
    typename V::Options options{};
    assign_settings(options, settings, count);
    self.call = [&model = self.model, options](Session& session) -> bool {
      (void)options;
      const auto invoke = [&] {
        if constexpr (std::is_same_v<typename V::Options, NoParameters>) {
          return (model.*V::function)(session);
        } else {
          return (model.*V::function)(session, options);
        }
      };
      if constexpr (V::steps) {
        return invoke();
      } else {
        invoke();
        return false;
      }
    };
  }

  static std::int32_t begin(void* instance, const ansatz_host* host, std::uint32_t index,
                            const ansatz_setting* const* settings, std::uint64_t count,
                            std::uint64_t first_step) noexcept {
    return guarded(host, [&]() -> std::int32_t {
      auto& self = of(instance);
      self.session.reset();
      std::uint32_t i = 0;
      bool found = false;
      const auto one = [&](const auto& v) {
        if (i++ == index) bind(self, v, settings, count), found = true;
      };
      std::apply([&](const auto&... v) { (one(v), ...); }, Model::verbs);
      if (!found) throw BadState("there is no verb number " + std::to_string(index));
      self.flags = table().verbs[index].flags;
      if ((self.flags & ANSATZ_NEEDS_MODEL) != 0 && !self.learned) {
        throw BadState(std::string{"'"} + table().verbs[index].name +
                       "' needs a model that has been fitted or loaded");
      }
      self.session = std::make_unique<Session>(first_step);
      return ANSATZ_DONE;
    });
  }

  static std::int32_t step(void* instance, const ansatz_host* host) noexcept {
    auto& self = of(instance);
    const std::int32_t status = guarded(host, [&]() -> std::int32_t {
      if (!self.session) throw BadState("step without begin, or after the verb has ended");
      self.session->attach(host);
      const bool more = self.call(*self.session);
      self.session->next_step();
      return more ? ANSATZ_MORE : ANSATZ_DONE;
    });
    if (status == ANSATZ_DONE && (self.flags & ANSATZ_LEARNS) != 0) self.learned = true;
    if (status != ANSATZ_MORE) self.session.reset();
    return status;
  }

  static std::int32_t save(void* instance, const ansatz_host* host, const ansatz_tree* tree) noexcept {
    return guarded(host, [&]() -> std::int32_t { return transfer(of(instance), *tree, true); });
  }
  static std::int32_t load(void* instance, const ansatz_host* host, const ansatz_tree* tree) noexcept {
    return guarded(host, [&]() -> std::int32_t { return transfer(of(instance), *tree, false); });
  }
  static std::int32_t transfer(Instance<Model>& self, const ansatz_tree& tree, bool writing) {
    if constexpr (has_state<Model>) {
      Archive archive{tree, writing};
      self.model.state(archive);
    }
    if (!writing) self.learned = true;
    return ANSATZ_DONE;
  }

  static inline const char* plugin_id = "";
  static const ModelTable& table() {
    static const ModelTable tables{plugin_id};
    return tables;
  }
};

template <class... Model>
const ansatz_info* plugin_info(const char* id) {
  static_assert(sizeof...(Model) > 0, "ANSATZ_PLUGIN(id, version, Model...) needs at least one model");
  static const std::vector<const ansatz_model*> models = [id] {
    ((ModelTable<Model>::plugin_id = id), ...);
    return std::vector<const ansatz_model*>{&ModelTable<Model>::table().model...};
  }();
  static const ansatz_info info{sizeof(ansatz_info), 0, models.front()->text, models.data(), models.size()};
  return &info;
}

template <std::size_t N>
constexpr void copy_text(char (&target)[N], const char* text) {
  for (std::size_t i = 0; text[i] != 0; ++i) target[i] = text[i];  // too long: no constant expression
}

constexpr ansatz_header make_header(const char* id, const char* version) {
  ansatz_header header{};
  copy_text(header.magic, ANSATZ_MAGIC);
  header.struct_size = sizeof(ansatz_plugin);
  header.abi_major = ANSATZ_ABI_MAJOR;
  header.abi_minor = ANSATZ_ABI_MINOR;
  header.instruction_sets = ANSATZ_INSTRUCTION_SETS;
  header.build_flags = ANSATZ_BUILD_FLAGS;
  copy_text(header.id, id);
  copy_text(header.version, version);
  copy_text(header.sdk_version, ANSATZ_SDK_VERSION);
  copy_text(header.compiler, ANSATZ_COMPILER);
  return header;
}

}  // namespace ansatz::detail

// One a plugin, at namespace scope.  `id` as in the file's name <id>.ansatz.so: lower case letters, digits,
// '-'.
#define ANSATZ_PLUGIN(id, version, ...)                                                 \
  extern "C" {                                                                          \
  __attribute__((visibility("default"), used,                                           \
                 section(ANSATZ_SECTION))) constinit ansatz_plugin ansatz_plugin_v1 = { \
      ansatz::detail::make_header(id, version),                                         \
      [] { return ansatz::detail::plugin_info<__VA_ARGS__>(id); }};                     \
  }
