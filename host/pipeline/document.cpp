#include "pipeline/document.hpp"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <unordered_map>
#include <utility>

#include "core/text.hpp"
#include "pipeline/codes.hpp"
#include "pipeline/source_text.hpp"
#include "pipeline/syntax_error.hpp"

namespace ansatz::host {
namespace {

// Ends the parse when the finding that matters is reported.
struct Stop {};

// A list or map that is not complete yet.
struct Frame {
  Node node;
  bool has_key = false, key_usable = false;
  std::string key;
  Location key_place;
  std::unordered_map<std::string, Location> seen;
};

// Builds nodes from the parser's events.  We take events, not YAML::Node: that one drops duplicate keys,
// expands aliases, and forgets where keys stand.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const SourceText& source, Diagnostics& diagnostics)
      : source_{source}, diagnostics_{diagnostics} {}

  std::optional<Node> root;
  [[nodiscard]] Progress progress() const {
    return {last_at_, frames_.empty() ? Location{} : frames_.back().node.place};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    report(code::documents, mark, "a second document starts here", "split it off into a file of its own");
    throw Stop{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    Node node = made(Node::Kind::null, mark, "?");
    if (!written_null(position(mark)) && !frames_.empty() && frames_.back().has_key) {
      node.place = frames_.back().key_place;  // the parser's mark is somewhere behind the key
    }
    take(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    report(code::anchor, mark, "'*' starts an alias, which pipelines do not have",
           "write the value out; quote a text that starts with '*'");
    take(made(Node::Kind::broken, mark, "?"));
  }
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    report(code::anchor, mark,
           fmt::format("{} is an anchor, which pipelines do not have", in_quotes("&" + name)),
           "remove it; quote a text that starts with '&'");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    Node node = made(Node::Kind::scalar, mark, tag);
    node.quoted = tag == "!";
    check_closed(node);
    node.text = value;
    if (value.find('\0') != std::string::npos) {
      report(code::not_text, mark, "the text holds a NUL character", "remove the \\0");
    }
    take(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark, tag);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, tag);
  }
  void OnMapEnd() override { close(); }

 private:
  static std::size_t position(const YAML::Mark& mark) {
    return static_cast<std::size_t>(std::max(0, mark.pos));
  }

  void report(const char* code, const YAML::Mark& mark, std::string message, std::string hint) {
    diagnostics_.add({code, source_.place_of(position(mark)), std::move(message), "", std::move(hint)});
  }

  bool written_null(std::size_t at) const {
    const std::string word = source_.text().substr(at, 4);
    return word.substr(0, 1) == "~" || word == "null" || word == "Null" || word == "NULL";
  }

  Node made(Node::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    if (++nodes_ > most_nodes) {
      report(code::too_many, mark, fmt::format("there are more than {} keys and values", most_nodes),
             "put long lists of numbers into a data file");
      throw Stop{};
    }
    last_at_ = position(mark);
    // yaml-cpp gives "?" to a plain value and "!" to a quoted one, and "!" also where one is written.
    const bool written = last_at_ < source_.text().size() && source_.text()[last_at_] == '!';
    if (written || (tag != "?" && tag != "!" && !tag.empty())) {
      report(code::tag, mark, "'!' starts a tag, which pipelines do not have",
             "remove it; quote a text that starts with '!'");
    }
    Node node;
    node.kind = kind;
    node.place = source_.place_of(last_at_);
    return node;
  }

  // yaml-cpp 0.7 takes the end of the file for the closing quote.
  void check_closed(const Node& node) {
    const std::string& text = source_.text();
    const bool quote = last_at_ < text.size() && (text[last_at_] == '"' || text[last_at_] == '\'');
    if (!node.quoted || !quote || closing_quote(text, last_at_)) return;
    diagnostics_.add(unclosed_quote(node.place));
    throw Stop{};
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    if (frames_.size() == most_depth) {
      report(code::too_deep, mark, fmt::format("this is nested more than {} levels deep", most_depth),
             "no pipeline needs more than a few levels");
      throw Stop{};
    }
    frames_.push_back({made(kind, mark, tag), false, false, {}, {}, {}});
  }

  void close() {
    Node node = std::move(frames_.back().node);
    frames_.pop_back();
    take(std::move(node));
  }

  void take(Node node) {
    if (frames_.empty()) {
      root = std::move(node);
    } else if (Frame& frame = frames_.back(); frame.node.kind == Node::Kind::list) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.has_key) {
      take_key(frame, std::move(node));
    } else {
      frame.has_key = false;
      if (frame.key_usable) {
        frame.node.entries.push_back({std::move(frame.key), frame.key_place, std::move(node)});
      }
    }
  }

  void take_key(Frame& frame, Node node) {
    frame.has_key = true;
    frame.key_usable = false;
    frame.key_place = node.place;
    const auto add = [&](const char* code, std::string message, std::string hint) {
      diagnostics_.add({code, node.place, std::move(message), "", std::move(hint)});
    };
    if (node.kind == Node::Kind::broken) return;
    if (node.kind != Node::Kind::scalar || node.text.empty()) {
      const char* what = node.kind == Node::Kind::list  ? "a list"
                         : node.kind == Node::Kind::map ? "a map"
                                                        : "empty or null";
      return add(code::key_not_text, fmt::format("a key is {}", what), "keys are names");
    }
    if (node.text == "<<" && !node.quoted) {
      return add(code::merge_key, "'<<' is a merge key, which pipelines do not have",
                 "write the settings out");
    }
    const auto [first, added] = frame.seen.try_emplace(node.text, node.place);
    if (!added) {
      return add(code::duplicate_key,
                 fmt::format("the key {} is given twice; first at line {}, column {}", in_quotes(node.text),
                             first->second.line, first->second.column),
                 "remove or rename one of the two");
    }
    frame.key = std::move(node.text);
    frame.key_usable = true;
  }

  const SourceText& source_;
  Diagnostics& diagnostics_;
  std::vector<Frame> frames_;
  std::size_t nodes_ = 0, documents_ = 0, last_at_ = 0;  // last_at_: where the last value starts
};

}  // namespace

std::optional<Node> parse_document(const std::string& source, Diagnostics& diagnostics) {
  const auto text = SourceText::read(source, diagnostics);
  if (!text) return std::nullopt;
  std::istringstream stream{text->text()};
  TreeBuilder builder{*text, diagnostics};
  try {
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::ParserException& error) {
    const auto at = static_cast<std::size_t>(std::max(0, error.mark.pos));
    diagnostics.add(syntax_error(*text, error.msg, at, builder.progress()));
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    diagnostics.add({code::syntax, {}, "malformed YAML: " + error.msg, "", ""});
    return std::nullopt;
  }
  if (!builder.root) {
    diagnostics.add({code::empty, {}, "the file holds no pipeline", "keys ansatz, name and steps", ""});
  }
  return std::move(builder.root);
}

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

std::string Node::described() const {
  switch (kind) {
    case Kind::null: return "nothing";
    case Kind::scalar: return (quoted ? "the text " : "") + in_quotes(text);
    case Kind::list: return "a list";
    case Kind::map: return "a map";
    case Kind::broken: break;
  }
  return "an alias";
}

}  // namespace ansatz::host
