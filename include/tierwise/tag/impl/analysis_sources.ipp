// What rules read, as finitely many cells each. In a cell every condition has one answer.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <tierwise/tag/analysis.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail::analysis {

/// Sorted, each once.
template <class T>
void in_order(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

inline constexpr double endless = std::numeric_limits<double>::infinity();

/// Values of a source that no condition tells apart, by one of them.
struct cell {
  bool missing = false;
  bool uncertain = false;  // nobody has shown that there is such a value
  double number = 0;
  std::string text = {};
  double low = 0, high = 0;  // of numbers: where the cell lies
  bool open = false;  // neither bound belongs to it
  std::vector<std::uint8_t> answers = {};  // of a text that is only supposed: to the questions, in their order
};

enum class reads_what : std::uint8_t {
  attribute,   // any value, independent of all others
  count,       // contacts of a channel in a window
  last,        // days since the last
  share,       // quotient of two counts
  trend,       // of contacts: known where there are any
  coverage,    // known where contacts are
  computed,    // an expression: any value, which others may rule out
  order,       // how two values compare: −1, 0, 1
  free_truth,  // a tag without a rule, or whose rule takes no part
};

/// One thing that rules read.
struct analysed_source {
  reads_what what = reads_what::attribute;
  value_type type = value_type::number;
  std::string name = {}, column = {}, channel = {};  // as a rule writes it; the profile's column; "" for any channel
  std::int32_t window = 0;
  std::size_t tag = 0;  // free_truth
  std::size_t left = 0, right = 0;  // order: the sources compared
  std::optional<double> constant = {};  // computed of constants alone, or never known: NaN
  bool whole = false;  // whole numbers only
  double least = -endless, most = endless;
  std::vector<double> bounds = {};  // that rules compare it with
  std::vector<std::string> texts = {};
  std::vector<std::pair<std::size_t, std::uint32_t>> questions =
      {};  // rule and node: of a text, its functions and parts
  std::vector<cell> cells = {};
};

/// A number strictly between two, as short as it comes; NaN if there is none.
TIERWISE_INLINE double between(double low, double high, bool whole) noexcept {
  const double above = low == -endless ? std::ceil(high) - 1 : std::floor(low) + 1;
  if (low < above && above < high) return above;
  if (whole) return missing;
  const double next = low == -endless   ? std::nextafter(high, -endless)
                      : high == endless ? std::nextafter(low, endless)
                                        : low + (high - low) / 2;
  return low < next && next < high && std::isfinite(next) ? next : missing;
}

TIERWISE_INLINE void cells_of_numbers(analysed_source& source) {
  std::vector<double>& bounds = source.bounds;
  if (std::isfinite(source.least)) bounds.push_back(source.least);
  if (std::isfinite(source.most)) bounds.push_back(source.most);
  in_order(bounds);
  double below = -endless;
  const auto enter = [&source](double low, double high) {
    if (high <= source.least || low >= source.most) return;
    double sample = between(low, high, source.whole);
    if (std::isnan(sample)) return;
    if (source.whole) {  // whole numbers have closed ends
      low = low == -endless ? low : std::floor(low) + 1;
      high = high == endless ? high : std::ceil(high) - 1;
    }
    source.cells.push_back({.number = sample, .low = low, .high = high, .open = !source.whole});
  };
  for (const double bound : bounds) {
    enter(below, bound);
    if (bound >= source.least && bound <= source.most && (!source.whole || bound == std::floor(bound)))
      source.cells.push_back({.number = bound, .low = bound, .high = bound});
    below = bound;
  }
  enter(below, endless);
}

// ---- texts ----------------------------------------------------------------------------------------------------------

/// What one node asks of a text: the functions applied first, then the part looked for or the texts compared with.
struct text_question {
  node_kind kind = node_kind::membership;  // contains, starts_with, ends_with, or one of `parts`
  std::vector<node_kind> functions = {};
  std::vector<std::string> parts = {};

  [[nodiscard]] bool answer(std::string_view text) const {
    std::string room;
    for (const node_kind function : functions) {
      const std::string_view changed = changed_text(function, text, room);
      if (changed.data() != room.data()) room = std::string(changed);
      text = room;
    }
    const auto fits = [&](const std::string& part) {
      return kind == node_kind::contains      ? text.find(part) != text.npos
             : kind == node_kind::starts_with ? text.starts_with(part)
             : kind == node_kind::ends_with   ? text.ends_with(part)
                                              : text == part;
    };
    return std::any_of(parts.begin(), parts.end(), fits);
  }
};

/// Whether no text can answer `one` with a and `other` with b. Says so only where it is certain.
TIERWISE_INLINE bool clash(const text_question& one, bool a, const text_question& other, bool b) {
  if (one.functions != other.functions) return false;
  const bool exact = one.kind == node_kind::membership, exact_too = other.kind == node_kind::membership;
  if (exact && a) {  // the text is one of these
    return std::none_of(one.parts.begin(), one.parts.end(), [&](const std::string& text) {
      text_question plain = other;
      plain.functions.clear();
      return plain.answer(text) == b;
    });
  }
  if (exact_too && b) return clash(other, b, one, a);
  if (exact || exact_too) return false;
  const std::string &p = one.parts.front(), &q = other.parts.front();
  if (one.kind == other.kind && a && b) {
    if (one.kind == node_kind::starts_with) return !p.starts_with(q) && !q.starts_with(p);
    if (one.kind == node_kind::ends_with) return !p.ends_with(q) && !q.ends_with(p);
  }
  // Who has p has all that p holds.
  const auto follows = [](const text_question& from, const text_question& to) {
    const std::string &have = from.parts.front(), &need = to.parts.front();
    if (to.kind == node_kind::contains) return have.find(need) != have.npos;
    if (to.kind != from.kind) return false;
    return to.kind == node_kind::starts_with ? have.starts_with(need) : have.ends_with(need);
  };
  return (a && !b && follows(one, other)) || (b && !a && follows(other, one));
}

/// Texts by what the questions answer: those that were found, and all other answers that nobody has excluded, as uncertain cells.
TIERWISE_INLINE void cells_of_texts(analysed_source& source, const std::vector<text_question>& questions) {
  std::vector<std::string> tried = source.texts, parts;
  in_order(tried);
  bool simple = true;
  for (const text_question& q : questions) {
    simple = simple && q.functions.empty() && q.kind == node_kind::membership;
    parts.insert(parts.end(), q.parts.begin(), q.parts.end());
  }
  in_order(parts);
  if (!simple) {
    tried.insert(tried.end(), parts.begin(), parts.end());
    if (parts.size() <= 24)
      for (const std::string& one : parts)
        for (const std::string& other : parts) tried.push_back(one + other);
    for (const std::string& part : parts) tried.push_back(" " + part), tried.push_back("x" + part + "x");
  }
  std::size_t longest = 0;
  for (const std::string& part : parts) longest = std::max(longest, part.size());
  for (const std::string& other : {std::string("another"), std::string("其他"), std::string("zz"), std::string("~ ~"),
                                   std::string(longest + 1, 'x')})
    if (std::find(tried.begin(), tried.end(), other) == tried.end()) tried.push_back(other);
  std::vector<std::vector<std::uint8_t>> seen;
  for (const std::string& text : tried) {
    std::vector<std::uint8_t> answers;
    for (const text_question& q : questions) answers.push_back(q.answer(text) ? 1 : 0);
    if (std::find(seen.begin(), seen.end(), answers) != seen.end()) continue;
    seen.push_back(answers);
    source.cells.push_back({.text = text, .answers = std::move(answers)});
  }
  if (simple) return;
  constexpr std::size_t most_cells = 256;
  // All answers, question by question, as long as no two of them clash.
  std::vector<std::vector<std::uint8_t>> possible(1);
  for (std::size_t q = 0; q < questions.size(); ++q) {
    std::vector<std::vector<std::uint8_t>> longer;
    for (const auto& answers : possible)
      for (const bool next : {false, true}) {
        bool clashes = false;
        for (std::size_t i = 0; i < q && !clashes; ++i)
          clashes = clash(questions[i], answers[i] != 0, questions[q], next);
        if (clashes) continue;
        longer.push_back(answers);
        longer.back().push_back(next ? 1 : 0);
      }
    possible = std::move(longer);
    if (possible.size() > most_cells) break;
  }
  if (possible.size() > most_cells) {  // too many: one that may answer anything
    source.cells.push_back({.uncertain = true, .text = "?", .answers = std::vector<std::uint8_t>(questions.size(), 2)});
    return;
  }
  for (auto& answers : possible)
    if (std::find(seen.begin(), seen.end(), answers) == seen.end())
      source.cells.push_back({.uncertain = true, .text = "?", .answers = std::move(answers)});
}

}  // namespace tierwise
