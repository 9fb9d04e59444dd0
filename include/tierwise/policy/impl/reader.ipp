// Values of a document, each with its pointer, read strictly. A value that is absent or wrong reads as nothing, after its
// fault was noted, so that one pass finds every fault. Last, two that write what was read.
#include <cmath>
#include <numeric>

namespace tierwise::inline TIERWISE_ABI::policy::detail {

/// What a number may be.
struct range {
  double low, high;
  bool above = false;  ///< `low` itself is excluded
};

inline constexpr range share{0, 1};
inline constexpr range positive{0, 1e9, true};
inline constexpr range finite{-1e15, 1e15};

inline constexpr std::size_t max_entries = 10'000;  // of a list or object: reading takes quadratic time in places

using names = std::vector<std::string>;

TIERWISE_INLINE std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  // A long text would bury the message; cut before a character, not within one.
  std::size_t end = std::min<std::size_t>(text.size(), 60);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  out += text.substr(0, end);
  return out + (end < text.size() ? "…\"" : "\"");
}

TIERWISE_INLINE std::string decimal(double value) {
  return json(value == std::floor(value) && std::abs(value) < 1e15 ? json(static_cast<std::int64_t>(value))
                                                                   : json(value))
      .dump();
}

/// Single-character edits, neighbours swapped counting one, between two short texts (Damerau–Levenshtein, adjacent swaps).
TIERWISE_INLINE std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1] ? 1u : 0u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

/// `; did you mean "visit"?`, or nothing where no name is close.
TIERWISE_INLINE std::string did_you_mean(std::string_view text, const names& known) {
  if (text.size() > 64) return {};
  std::size_t best = std::max<std::size_t>(1, text.size() / 3) + 1;
  std::string_view found;
  for (const std::string& name : known)
    if (name.size() <= 64)
      if (const std::size_t distance = edits(text, name); distance < best) best = distance, found = name;
  return found.empty() ? std::string() : "; did you mean " + in_quotes(found) + "?";
}

class object;

class value {
 public:
  value(const json* at, std::string pointer, faults& found) : at_(at), pointer_(std::move(pointer)), faults_(&found) {}

  explicit operator bool() const noexcept { return at_ != nullptr; }
  const std::string& pointer() const noexcept { return pointer_; }
  void fail(errc code, std::string message) const { faults_->add(code, std::move(message), pointer_); }
  void fail(errc code, std::string message, std::string_view below) const {
    faults_->add(code, std::move(message), pointer_ + std::string(below));
  }

  bool is_number() const noexcept { return at_ && at_->is_number(); }
  bool is_object() const noexcept { return at_ && at_->is_object(); }

  bool number(double& out, range in) const {
    if (!is(at_ && at_->is_number(), "a number")) return false;
    const double read = at_->get<double>();
    if (!within(read, in, "a number")) return false;
    out = read == 0 ? 0 : read;  // −0 would not survive being written
    return true;
  }

  template <class Int>
  bool integer(Int& out, std::int64_t low, std::int64_t high) const {
    if (!is(at_ && at_->is_number(), "a whole number")) return false;
    const double read = at_->get<double>();
    if (read != std::floor(read)) {
      fail(errc::policy_wrong_type, "expected a whole number, not " + decimal(read));
      return false;
    }
    if (!within(read, {static_cast<double>(low), static_cast<double>(high)}, "a whole number")) return false;
    out = static_cast<Int>(read);
    return true;
  }

  bool boolean(bool& out) const {
    if (!is(at_ && at_->is_boolean(), "true or false")) return false;
    out = at_->get<bool>();
    return true;
  }

  /// Text for people; `most` bytes.
  bool text(std::string& out, std::size_t least = 1, std::size_t most = 200) const {
    if (!is(at_ && at_->is_string(), "text")) return false;
    const auto& read = at_->get_ref<const std::string&>();
    if (read.size() < least || read.size() > most || read.find('\0') != std::string::npos) {
      fail(errc::policy_out_of_range, read.size() < least
                                          ? "expected text that is not empty"
                                          : "expected text of at most " + std::to_string(most) + " bytes without NUL");
      return false;
    }
    out = read;
    return true;
  }

  /// A name that becomes part of column names, file names and rules.
  bool identifier(std::string& out) const { return text(out) && is_identifier(out); }
  bool is_identifier(std::string_view name) const {
    const auto letter = [](char c) { return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_'; };
    bool good = !name.empty() && name.size() <= 64 && letter(name[0]);
    for (const char c : name) good = good && (letter(c) || ('0' <= c && c <= '9'));
    if (!good)
      fail(errc::policy_out_of_range,
           "expected a name of at most 64 letters a–z, digits and _ that starts with a letter, not " + in_quotes(name));
    return good;
  }

  /// One of a fixed list, given as its index.
  bool one_of(std::size_t& out, const names& known) const {
    std::string read;
    if (!text(read)) return false;
    if (const auto at = std::find(known.begin(), known.end(), read); at != known.end()) {
      out = static_cast<std::size_t>(at - known.begin());
      return true;
    }
    std::string list;
    for (std::size_t i = 0; i < known.size() && i < 12; ++i) list += (i ? ", " : "") + in_quotes(known[i]);
    fail(errc::policy_unknown_name,
         "expected one of " + list + (known.size() > 12 ? ", …" : "") + did_you_mean(read, known));
    return false;
  }

  /// The name of a `what` that the policy defines elsewhere.
  bool name_of(std::string& out, const names& known, std::string_view what) const {
    std::string read;
    if (!text(read)) return false;
    if (std::find(known.begin(), known.end(), read) == known.end()) {
      fail(errc::policy_unknown_name,
           "there is no " + std::string(what) + " " + in_quotes(read) + did_you_mean(read, known));
      return false;
    }
    out = std::move(read);
    return true;
  }

  /// YYYY-MM-DD
  bool date(std::optional<tierwise::date>& out) const {
    std::string read;
    if (!text(read)) return false;
    const auto day = parse_date(read);
    if (day)
      out = day.value();
    else
      fail(errc::policy_out_of_range,
           "expected a date as YYYY-MM-DD between 1900-01-01 and 2199-12-31, not " + in_quotes(read));
    return day.has_value();
  }

  /// body(element) for each; false, and nothing read, if this is no list or has fewer than `least` or more than `most`.
  template <class Body>
  bool list(const Body& body, std::size_t least = 0, std::size_t most = max_entries) const {
    if (!is(at_ && at_->is_array(), "a list")) return false;
    if (!counts(at_->size(), least, most)) return false;
    for (std::size_t i = 0; i < at_->size(); ++i) body(value(&(*at_)[i], pointer_ + '/' + std::to_string(i), *faults_));
    return true;
  }

  /// body(key, value) for each member of an object whose keys are names that the policy's author chose.
  template <class Body>
  bool members(const Body& body, std::size_t least = 0) const {
    if (!is(at_ && at_->is_object(), "an object")) return false;
    if (!counts(at_->size(), least, max_entries)) return false;
    for (const auto& [key, member] : at_->get_ref<const json::object_t&>())
      body(key, value(&member, pointer_ + step(key), *faults_));
    return true;
  }

  /// A member of an object, or a value that reads as nothing; unlike object::optional it is not counted as asked for.
  value member(std::string_view key) const {
    const json* found = nullptr;
    if (at_ && at_->is_object())
      if (const auto member = at_->find(std::string(key)); member != at_->end()) found = &*member;
    return {found, pointer_ + step(key), *faults_};
  }

  /// body(object) for an object whose keys are ours; keys that body did not ask for are faults.
  template <class Body>
  bool object(const Body& body) const;

 private:
  bool is(bool good, std::string_view expected) const {
    if (!good && at_) fail(errc::policy_wrong_type, "expected " + std::string(expected) + ", not " + kind());
    return good;
  }
  std::string kind() const {
    switch (at_->type()) {
      case json::value_t::null: return "null";
      case json::value_t::object: return "an object";
      case json::value_t::array: return "a list";
      case json::value_t::string: return "text";
      case json::value_t::boolean: return at_->get<bool>() ? "true" : "false";
      default: return "a number";
    }
  }
  bool within(double read, range in, std::string_view what) const {
    if (std::isfinite(read) && (in.above ? read > in.low : read >= in.low) && read <= in.high) return true;
    fail(errc::policy_out_of_range, "expected " + std::string(what) + (in.above ? " above " : " from ") +
                                        decimal(in.low) + (in.above ? " and at most " : " to ") + decimal(in.high) +
                                        ", not " + decimal(read));
    return false;
  }
  bool counts(std::size_t size, std::size_t least, std::size_t most) const {
    if (least <= size && size <= most) return true;
    fail(errc::policy_out_of_range,
         "expected " + std::to_string(least) + " to " + std::to_string(most) + " entries, not " + std::to_string(size));
    return false;
  }

  const json* at_;
  std::string pointer_;
  faults* faults_;

  friend class detail::object;
};

/// An object that remembers which of its keys were asked for.
class object {
 public:
  explicit object(value of) : value_(std::move(of)) {}

  const value& self() const noexcept { return value_; }
  /// The member, or a value that reads as nothing.
  value optional(std::string_view key) {
    asked_.emplace_back(key);
    return value_.member(key);
  }
  /// As `optional`; a fault if it is absent.
  value required(std::string_view key) {
    value member = optional(key);
    if (!member) missing_.emplace_back(key);
    return member;
  }
  /// Notes the keys that nobody asked for, and then the missing ones: of a misspelt key, the first says more.
  void finish() const {
    value_.members([this](const std::string& key, const value& member) {
      if (std::find(asked_.begin(), asked_.end(), key) == asked_.end())
        member.fail(errc::policy_unknown_key, "there is no such key here" + did_you_mean(key, asked_));
    });
    for (const std::string& key : missing_) value_.fail(errc::policy_missing_key, "this key is missing", step(key));
  }

 private:
  value value_;
  names asked_, missing_;
};

template <class Body>
bool value::object(const Body& body) const {
  if (!is(at_ && at_->is_object(), "an object")) return false;
  detail::object members(*this);
  body(members);
  members.finish();
  return true;
}

/// {"en": …, "zh": …}; zh may be left out.
TIERWISE_INLINE void read_name(const value& in, std::string& en, std::string& zh) {
  in.object([&](object& o) {
    o.required("en").text(en);
    o.optional("zh").text(zh, 0);
  });
}

/// {"from": date, "until": date}, each optional and included.
TIERWISE_INLINE void read_period(const value& in, recommend::period& out) {
  in.object([&](object& o) {
    o.optional("from").date(out.from);
    const value until = o.optional("until");
    if (until.date(out.until) && out.from && *out.until < *out.from)
      until.fail(errc::policy_out_of_range, "\"until\" lies before \"from\"");
  });
}

/// A fault if this is the word that results have where there is none of the kind.
TIERWISE_INLINE bool is_free(const value& where, std::string_view name, std::string_view word) {
  if (name == word)
    where.fail(errc::policy_duplicate_name,
               in_quotes(name) + " is what results say where there is none; choose another");
  return name != word;
}

/// Notes the name if it was not there before; else a fault at `where`.
TIERWISE_INLINE bool add_unique(names& all, const std::string& name, const value& where) {
  if (std::find(all.begin(), all.end(), name) != all.end()) {
    where.fail(errc::policy_duplicate_name, in_quotes(name) + " is already taken");
    return false;
  }
  all.push_back(name);
  return true;
}

/// A list of names, each once. `check(value, out)` reads one.
template <class Check>
bool read_names(const value& in, names& out, const Check& check, std::size_t least = 0,
                std::size_t most = max_entries) {
  out.clear();
  return in.list(
      [&](const value& item) {
        std::string name;
        if (check(item, name)) add_unique(out, name, item);
      },
      least, most);
}

/// A whole number without ".0": it is what people write, and reads back as the same number.
TIERWISE_INLINE json number(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

template <class Items, class Body>
json list_of(const Items& items, const Body& body) {
  json out = json::array();
  for (const auto& item : items) out.push_back(body(item));
  return out;
}

}  // namespace tierwise
