// What would change a verdict: values that the rules name, and beside them, are tried on the doctor.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tierwise/tag/trace.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

inline constexpr std::size_t most_tried = 20'000;
inline constexpr int most_contacts_tried = 12;

/// The channel (−1: any) and window (0: days since) of a column that contacts make, by its name.
TIERWISE_INLINE std::optional<contact_column> named_contact_column(const std::string& name,
                                                                   const std::vector<std::string>& channels) {
  const auto window = [](std::string_view text) {
    if (text.size() < 2 || text.back() != 'd') return 0;
    int days = 0;
    for (const char c : text.substr(0, text.size() - 1)) {
      if (!is_digit(c) || days > longest_window_days) return 0;
      days = 10 * days + (c - '0');
    }
    return days;
  };
  for (std::int32_t c = -1; c < static_cast<std::int32_t>(channels.size()); ++c) {
    const std::string of = c < 0 ? std::string() : "_" + channels[static_cast<std::size_t>(c)];
    if (name == "days_since" + (c < 0 ? "_contact" : of)) return contact_column{name, c, 0};
    const std::string counted = "contacts" + of + "_";
    if (name.starts_with(counted))
      if (const int days = window(std::string_view(name).substr(counted.size())); days > 0)
        return contact_column{name, c, days};
  }
  return std::nullopt;
}

/// A column of one row, once for each trial.
class tried_column {
 public:
  tried_column(const column_view& from, std::size_t trials) : type_(from.type()), numbers_(trials, from.number(0)) {
    if (type_ != column_type::category) return;
    texts_.resize(trials);
    if (from.has(0)) texts_.assign(trials, std::string(from.text(0)));
  }
  void number(std::size_t trial, double value) { numbers_[trial] = value; }
  void text(std::size_t trial, std::string value) { texts_[trial] = std::move(value); }
  [[nodiscard]] double number(std::size_t trial) const { return numbers_[trial]; }
  [[nodiscard]] std::size_t rows() const { return numbers_.size(); }

  /// Adds itself to a table, under the same type.
  void add_to(table& to, const std::string& name) && {
    if (type_ == column_type::category) {
      std::map<std::string, std::int32_t> codes;
      for (const auto& text : texts_)
        if (text) codes.try_emplace(*text, static_cast<std::int32_t>(codes.size()));
      std::vector<std::string> names(codes.size());
      for (const auto& [text, code] : codes) names[static_cast<std::size_t>(code)] = text;
      std::vector<std::int32_t> rows;
      for (const auto& text : texts_) rows.push_back(text ? codes.at(*text) : -1);
      return to.add(name, std::move(rows), std::move(names));
    }
    if (type_ != column_type::boolean && type_ != column_type::date) return to.add(name, std::move(numbers_));
    std::vector<std::uint8_t> valid((numbers_.size() + 7) / 8), bytes;
    std::vector<date> days;
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      const bool known = !std::isnan(numbers_[i]);
      if (known) valid[i / 8] = static_cast<std::uint8_t>(valid[i / 8] | (1u << (i % 8)));
      bytes.push_back(known && numbers_[i] != 0);
      days.push_back(date{known ? static_cast<std::int32_t>(std::floor(numbers_[i])) : 0});
    }
    if (type_ == column_type::boolean)
      to.add_booleans(name, std::move(bytes), std::move(valid));
    else
      to.add(name, std::move(days), std::move(valid));
  }

 private:
  column_type type_;
  std::vector<double> numbers_;
  std::vector<std::optional<std::string>> texts_;
};

class flip_finder {
 public:
  flip_finder(const registry& tags, std::size_t tag, const one_doctor& doctor)
      : tags_(tags), tag_(tag), doctor_(doctor), values_(doctor.values.view()) {
    wanted_.tags = {static_cast<std::uint32_t>(tag)};
    wanted_.steps.assign(tags.compiled->steps.size(), false);
    wanted_.steps[tags.compiled->roots[tag] / 2] = true;
    for (std::size_t at = wanted_.steps.size(); at-- > 0;)
      if (wanted_.steps[at])
        for (const answer_ref one : tags.compiled->steps[at].of) wanted_.steps[one / 2] = true;
    for (auto t = doctor.behind.rbegin(); t != doctor.behind.rend(); ++t) look_at(*t);  // its own values first
    offer_contacts();
  }

  [[nodiscard]] std::vector<flip> find(truth verdict, std::size_t most) const {
    std::vector<std::vector<change>> trials;
    for (const change& one : candidates_) trials.push_back({one});
    std::vector<flip> out = flips_among(trials, verdict, most);
    if (!out.empty()) return out;
    trials.clear();
    for (std::size_t a = 0; a < candidates_.size() && trials.size() < most_tried; ++a)
      for (std::size_t b = a + 1; b < candidates_.size() && trials.size() < most_tried; ++b)
        if (subject(candidates_[a]) != subject(candidates_[b])) trials.push_back({candidates_[a], candidates_[b]});
    return flips_among(trials, verdict, most);
  }

 private:
  using target = std::pair<reading, std::string>;
  [[nodiscard]] static target subject(const change& what) {
    if (what.what == change::kind::contacts) return {{}, "contacts " + what.name};
    return {what.from, what.name.empty() ? std::string() : "tag " + what.name};
  }

  /// Trials that change the verdict, one for each set of things changed.
  [[nodiscard]] std::vector<flip> flips_among(const std::vector<std::vector<change>>& trials, truth verdict,
                                              std::size_t most) const {
    std::vector<flip> out;
    const std::vector<truth> then = verdicts(trials);
    std::set<std::vector<target>> seen;
    for (std::size_t i = 0; i < trials.size() && out.size() < most; ++i) {
      if (then[i] == verdict || then[i] == truth::unknown) continue;
      std::vector<target> changed;
      for (const change& one : trials[i]) changed.push_back(subject(one));
      changed.push_back({{}, then[i] == truth::yes ? "yes" : "no"});
      if (seen.insert(std::move(changed)).second) out.push_back({then[i], trials[i]});
    }
    return out;
  }

  [[nodiscard]] std::vector<truth> verdicts(const std::vector<std::vector<change>>& trials) const {
    const std::size_t rows = trials.size();
    if (rows == 0) return {};
    std::map<std::string, tried_column> columns;
    for (const auto& [name, values] : values_.columns()) columns.emplace(name, tried_column(values, rows));
    overrides said;
    for (std::size_t t = 0; t < tags_.rules.size(); ++t) {
      said.set.push_back(repeated(doctor_.said.set[t], rows));
      said.veto.push_back(repeated(doctor_.said.veto[t], rows));
    }
    for (std::size_t row = 0; row < rows; ++row)
      for (const change& one : trials[row]) apply(one, row, columns, said);
    table tried;
    for (auto& [name, column] : columns) std::move(column).add_to(tried, name);
    const result<bound_plan> plan = bind_checked(tags_, tried.view(), &said, &wanted_);
    tag_bits bits{std::vector<bit_set>(tags_.rules.size(), bit_set(rows)),
                  std::vector<bit_set>(tags_.rules.size(), bit_set(rows))};
    std::vector<sides> at(tags_.compiled->slot_count);
    for (std::size_t begin = 0; begin < rows; begin += block_rows)
      run_block(plan.value(), begin, std::min(block_rows, rows - begin), at, bits);
    std::vector<truth> out;
    for (std::size_t row = 0; row < rows; ++row) out.push_back(truth_of(bits, tag_, row));
    return out;
  }

  static bit_set repeated(const bit_set& one, std::size_t rows) {
    bit_set out(one.test(0) ? rows : 0);
    for (std::size_t row = 0; row < out.size(); ++row) out.set(row);
    return out;
  }

  void apply(const change& what, std::size_t row, std::map<std::string, tried_column>& columns, overrides& said) const {
    switch (what.what) {
      case change::kind::contacts:
        for (const contact_column& column : contacts_) {
          if (column.channel >= 0 && tags_.schema.channels[static_cast<std::size_t>(column.channel)] != what.name)
            continue;
          tried_column& cells = columns.at(column.name);
          cells.number(row, column.window_days > 0 ? cells.number(row) + what.number : 0);
        }
        return;
      case change::kind::has_tag:
      case change::kind::lacks_tag: {
        const auto tag = static_cast<std::size_t>(
            std::find(tags_.schema.tags.begin(), tags_.schema.tags.end(), what.name) - tags_.schema.tags.begin());
        bit_set& to = (what.what == change::kind::has_tag ? said.set : said.veto)[tag];
        if (to.size() == 0) to = bit_set(said_rows(columns));
        return to.set(row);
      }
      default: break;
    }
    tried_column& cells = columns.at(what.from.of);
    if (what.from.type == value_type::text)  // a text that is none of those in question
      cells.text(row, what.what == change::kind::other ? "\x01" : what.text);
    else
      cells.number(row, what.tried);
  }

  [[nodiscard]] std::size_t said_rows(const std::map<std::string, tried_column>& columns) const {
    return columns.begin()->second.rows();
  }

  /// A number that is as the change says: whole where the value has only whole ones.
  [[nodiscard]] double tried_number(const change& what) const {
    const bool whole = what.from.type == value_type::date || values_.find(what.from.of)->is_whole();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (what.what == change::kind::above)
      return whole ? std::floor(what.number) + 1 : std::nextafter(what.number, infinity);
    if (what.what == change::kind::below)
      return whole ? std::ceil(what.number) - 1 : std::nextafter(what.number, -infinity);
    return what.number;
  }

  /// Gathers what a rule reads and the values it is compared with.
  void look_at(std::size_t tag) {
    if (tags_.definitions[tag].source != source_kind::rule) {
      if (tag == tag_ || doctor_.is_said(tag)) return;
      candidates_.push_back(about(change::kind::has_tag, tags_.definitions[tag].id));
      candidates_.push_back(about(change::kind::lacks_tag, tags_.definitions[tag].id));
      return;
    }
    const rule::program& program = tags_.rules[tag].compiled();
    for (std::uint32_t at = 0; at < program.nodes.size(); ++at) {
      const rule::node& n = program.nodes[at];
      if (n.kind == node_kind::sum || n.kind == node_kind::trend || n.kind == node_kind::engagement_trend || n.of_topic)
        contacts_tell_all_ = false;
      for (const std::string& name : n.reads) {
        if (const auto column = named_contact_column(name, tags_.schema.channels))
          contacts_.push_back(*column);
        else if (moved_by_contacts(name))
          contacts_tell_all_ = false;
      }
      if (n.kind == node_kind::column && n.type == value_type::boolean &&
          !named_contact_column(n.text, tags_.schema.channels))
        for (const double value : {1.0, 0.0}) offer(change::kind::is, reading_of(n), value);
      if (n.kind == node_kind::known)
        if (const rule::node& asked = program.nodes[n.children.front()];
            asked.kind == node_kind::column && !values_.find(asked.text)->has(0))
          offer(change::kind::known, reading_of(asked), 0);
      if (n.kind == node_kind::comparison || n.kind == node_kind::membership || is_text_question(n.kind))
        compare(program, at);
    }
    sort_unique(contacts_);
  }

  [[nodiscard]] static bool moved_by_contacts(std::string_view column) noexcept {
    return column == "points" || column.starts_with("points_") || column.starts_with("engagement_") ||
           column == "tier" || column == "profile_type";
  }

  /// Values beside those that one comparison names, for each column it reads.
  void compare(const rule::program& program, std::uint32_t at) {
    std::vector<std::uint32_t> below;
    std::vector<const rule::node*> read, named;
    for (below = program.nodes[at].children; !below.empty();) {
      const rule::node& n = program.nodes[below.back()];
      below.pop_back();
      below.insert(below.end(), n.children.begin(), n.children.end());
      if (n.kind == node_kind::literal) named.push_back(&n);
      if (n.kind == node_kind::column && !named_contact_column(n.text, tags_.schema.channels)) read.push_back(&n);
    }
    const rule::node& question = program.nodes[at];
    for (const rule::node* column : read) {
      const reading from = reading_of(*column);
      if (column->type == value_type::text) {
        for (const rule::node* literal : named)
          if (literal->type == value_type::text) offer(change::kind::is, from, 0, literal->text);
        if (is_text_question(question.kind)) offer(change::kind::is, from, 0, question.text);
        for (const rule::node* other : read)
          if (other != column && other->type == value_type::text && values_.find(other->text)->has(0))
            offer(change::kind::is, from, 0, std::string(values_.find(other->text)->text(0)));
        offer(change::kind::other, from, 0);
        continue;
      }
      if (column->type == value_type::boolean) continue;
      std::vector<double> marks;
      for (const rule::node* literal : named)
        if (literal->type != value_type::text && literal->type != value_type::boolean) marks.push_back(literal->number);
      for (const rule::node* other : read)
        if (other != column && other->type == column->type && values_.find(other->text)->has(0))
          marks.push_back(values_.find(other->text)->number(0));
      const double current = values_.find(column->text)->number(0);
      const auto distance = [current](double mark) { return std::isnan(current) ? 0 : std::fabs(mark - current); };
      std::stable_sort(marks.begin(), marks.end(), [&](double a, double b) { return distance(a) < distance(b); });
      for (const double mark : marks) {
        offer(change::kind::is, from, mark);
        const bool up = std::isnan(current) || current <= mark;
        for (const change::kind what :
             {up ? change::kind::above : change::kind::below, up ? change::kind::below : change::kind::above})
          offer(what, from, mark);
      }
    }
  }

  // Aggregates are filled member by member: GCC 12 warns of designated ones here.
  [[nodiscard]] static change about(change::kind what, const std::string& name) {
    change out;
    out.what = what;
    out.name = name;
    return out;
  }

  void offer(change::kind kind, const reading& from, double number, std::string text = {}) {
    change what;
    what.what = kind;
    what.from = from;
    what.number = number;
    what.text = std::move(text);
    if (what.from.type != value_type::text) what.tried = tried_number(what);
    const auto same = [&](const change& one) {
      return one.what == what.what && one.from == what.from && one.number == what.number && one.text == what.text;
    };
    if (std::none_of(candidates_.begin(), candidates_.end(), same)) candidates_.push_back(std::move(what));
  }

  void offer_contacts() {
    if (!contacts_tell_all_ || contacts_.empty()) return;
    for (std::size_t c = 0; c < tags_.schema.channels.size(); ++c) {
      const bool asked = std::any_of(contacts_.begin(), contacts_.end(), [c](const contact_column& column) {
        return column.channel < 0 || static_cast<std::size_t>(column.channel) == c;
      });
      for (int n = 1; asked && n <= most_contacts_tried; ++n) {
        change more = about(change::kind::contacts, tags_.schema.channels[c]);
        more.number = n;
        candidates_.push_back(std::move(more));
      }
    }
  }

  const registry& tags_;
  std::size_t tag_;
  const one_doctor& doctor_;
  const table_view& values_;
  wanted_steps wanted_;
  std::vector<contact_column> contacts_;
  bool contacts_tell_all_ = true;
  std::vector<change> candidates_;
};

}  // namespace tierwise
