// JSON text → document. Stricter than the library's own parser: what a person cannot have meant is refused.
#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include <tierwise/policy/policy.hpp>

namespace tierwise::inline TIERWISE_ABI::policy::detail {

using json = nlohmann::ordered_json;

inline constexpr std::size_t max_bytes = std::size_t{16} << 20;
inline constexpr std::size_t max_depth = 64;
inline constexpr std::size_t max_faults = 100;

/// Everything found wrong so far, up to max_faults.
struct faults {
  std::vector<Error> list;
  std::vector<std::string> defaulted;  ///< pointers of sections that the document left to the default policy

  [[nodiscard]] bool left_out(std::string_view section) const {
    return std::find(defaulted.begin(), defaulted.end(), section) != defaulted.end();
  }

  void add(errc code, std::string message, const std::string& pointer) {
    if (list.size() >= max_faults) return;
    for (const std::string& section : defaulted)
      if (pointer == section || pointer.starts_with(section + '/')) {
        message += " (section left out, so taken from the default policy)";
        break;
      }
    list.emplace_back(code, std::move(message), place{pointer, {}, -1});
  }
};

/// A step of a JSON pointer (RFC 6901): ~ and / are escaped.
TIERWISE_INLINE std::string step(std::string_view key) {
  std::string out = "/";
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

/// Builds the document while it is read, so that faults the finished document no longer shows are seen: keys that are
/// written twice, and nesting so deep that nobody wrote it. Members are appended without the search that
/// ordered_json makes for each, which would take quadratic time for a hostile file.
class builder final : public nlohmann::json_sax<json> {
 public:
  builder(std::string_view text, faults& found) : text_(text), faults_(found) {}

  json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    level& top = levels_.back();
    if (!top.keys.insert(name).second)
      faults_.add(errc::policy_duplicate_name, "this key is written twice in one object", pointer() + step(name));
    top.key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 2, column 3: syntax error …; last read: '…'". The last part may end
    // within a character, and a message must be UTF-8.
    std::string what = error.what();
    const bool overflow = error.id == 406;
    if (overflow) what = "number is too large";
    if (const auto end = what.find("; last read"); end != std::string::npos) what.resize(end);
    if (const auto begin = what.find("] "); begin != std::string::npos) what.erase(0, begin + 2);
    if (const auto begin = what.find(": "); what.starts_with("parse error at") && begin != std::string::npos)
      what.erase(0, begin + 2);
    const std::string_view before = text_.substr(0, position > 0 ? position - 1 : 0);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto column = before.size() - (before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1) + 1;
    const std::string_view rest = text_.substr(before.size());
    const auto last = before.find_last_not_of(" \t\r\n");
    if (rest.starts_with('/') || rest.starts_with('#'))
      what += "; JSON has no comments";
    else if ((rest.starts_with('}') || rest.starts_with(']')) && last != std::string_view::npos && before[last] == ',')
      what += "; JSON allows no comma before a closing bracket";
    faults_.add(overflow ? errc::policy_out_of_range : errc::policy_syntax,
                "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + what, {});
    return false;
  }

 private:
  struct level {
    json* at;
    std::string key;  // of an object: whose value comes next
    std::set<std::string> keys;  // of an object: seen so far
  };

  json* insert(json value) {
    if (levels_.empty()) return &(root_ = std::move(value));
    level& top = levels_.back();
    if (top.at->is_array()) {
      auto& items = top.at->get_ref<json::array_t&>();
      return &items.emplace_back(std::move(value));
    }
    auto& members = static_cast<json::object_t::Container&>(top.at->get_ref<json::object_t&>());
    return &members.emplace_back(std::move(top.key), std::move(value)).second;
  }

  template <class T>
  bool add(T&& value) {
    insert(json(std::forward<T>(value)));
    return true;
  }

  bool open(json value) {
    if (levels_.size() >= max_depth) {
      faults_.add(errc::policy_syntax, "nested more than " + std::to_string(max_depth) + " deep", {});
      return false;
    }
    levels_.push_back({insert(std::move(value)), {}, {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  std::string pointer() const {
    std::string out;
    for (std::size_t i = 0; i + 1 < levels_.size(); ++i)
      out += levels_[i].at->is_array() ? step(std::to_string(levels_[i].at->size() - 1))
                                       : step(levels_[i].at->get_ref<const json::object_t&>().back().first);
    return out;
  }

  std::string_view text_;
  faults& faults_;
  json root_;
  std::vector<level> levels_;
};

/// The document; null, with a fault, where there is none.
TIERWISE_INLINE json read_document(std::string_view text, faults& found) {
  if (text.size() > max_bytes) {
    found.add(errc::policy_syntax, "a policy has at most 16 MiB, this has " + std::to_string(text.size()) + " bytes",
              {});
    return nullptr;
  }
  builder build(text, found);
  return json::sax_parse(text.begin(), text.end(), &build) ? build.take() : json(nullptr);
}

}  // namespace tierwise
