// Searching over cells: is there an assignment under which a formula has a verdict? With three-valued evaluation of what is left open, so that
// most assignments are decided before they are complete.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tierwise/tag/analysis.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail::analysis {

enum class outcome : std::uint8_t { impossible, possible, unsure };

/// Cells by source; `open` where none is chosen.
inline constexpr std::int32_t open_source = -1;
using assignment = std::vector<std::int32_t>;

/// A formula and one of its answers that conditions must give: with sign, as the same condition may be asked for and denied.
using leaf_use = std::pair<std::size_t, bool>;

class search {
 public:
  search(const analysed_rules& all, const analysis_input& what, std::size_t root)
      : all_(all), what_(what), root_(root), left_(what.most_steps), cells_(all.sources.size(), open_source) {
    std::vector<bool> below(root + 1);
    below[root] = true;
    for (std::size_t at = root + 1; at-- > 0;) {
      if (!below[at]) continue;
      for (const std::size_t child : all.formulas[at].of) below[child] = true;
    }
    for (std::size_t at = 0; at <= root; ++at) {
      if (!below[at]) continue;
      reached_.push_back(at);
      if (all.formulas[at].kind == formula_kind::leaf) sources_.push_back(all.formulas[at].source);
    }
    in_order(sources_);
    values_.resize(2 * (root + 1));
    tell_apart();
  }

  /// Whether the root can have this answer. Assignments without missing values come first, then without uncertain ones.
  [[nodiscard]] outcome can_be(truths target) {
    target_ = target;
    bool exhausted = false;
    for (const auto& [with_missing, with_uncertain] : {std::pair{false, false}, {true, false}, {true, true}}) {
      with_missing_ = with_missing;
      with_uncertain_ = with_uncertain;
      std::fill(cells_.begin(), cells_.end(), open_source);
      if (descend()) {
        if (!with_uncertain && !unsure_here_) return outcome::possible;
        return outcome::unsure;
      }
      exhausted = exhausted || left_ == 0;
      if (exhausted) break;
    }
    return exhausted || unsure_seen_ ? outcome::unsure : outcome::impossible;
  }

  /// After can_be() said possible or unsure: the cells, as few as possible.
  [[nodiscard]] assignment smallest() {
    drop_what_can_be_dropped();
    assignment best = cells_;
    const auto chosen = [](const assignment& a) {
      return static_cast<std::size_t>(
          std::count_if(a.begin(), a.end(), [](std::int32_t c) { return c != open_source; }));
    };
    for (std::size_t most = 0; most < chosen(best); ++most) {
      std::fill(cells_.begin(), cells_.end(), open_source);
      left_ = std::max(left_, what_.most_steps / 4);
      if (choose_at_most(0, most)) {
        best = cells_;
        break;
      }
    }
    cells_ = best;
    return best;
  }

  /// The fewest conditions for which the root cannot be yes (nor, `unknown_too`, unknown), however all others answer. Precondition: it cannot. Uses of the same
  /// condition with and without `not` are two. Empty if there are too many conditions.
  [[nodiscard]] std::vector<leaf_use> core(bool unknown_too = false) {
    relaxing_ = true;
    std::vector<leaf_use> uses = uses_below();
    in_order(uses);
    if (uses.size() > 60) return relaxing_ = false, std::vector<leaf_use>();
    const auto impossible = [&](const std::vector<leaf_use>& kept) {
      relaxed_.assign(2 * (root_ + 1), false);
      for (const auto& [at, sign] : uses) relaxed_[2 * at + (sign ? 1 : 0)] = true;
      for (const auto& [at, sign] : kept) relaxed_[2 * at + (sign ? 1 : 0)] = false;
      const auto cannot_be = [this](truths target) {
        left_ = what_.most_steps / 4 + 1;
        unsure_seen_ = false;
        return can_be(target) == outcome::impossible;
      };
      return cannot_be(may_yes) && (!unknown_too || cannot_be(may_unknown));
    };
    std::vector<leaf_use> core = uses;
    for (const leaf_use& one : uses) {
      std::vector<leaf_use> fewer = core;
      std::erase(fewer, one);
      if (impossible(fewer)) core = std::move(fewer);
    }
    // What deletion leaves is minimal; a smaller one of other conditions may exist.
    for (std::size_t size = 1; size < core.size() && size <= 3 && uses.size() <= 16; ++size) {
      std::vector<leaf_use> picked;
      if (pick(uses, 0, size, picked, impossible)) {
        core = picked;
        break;
      }
    }
    relaxing_ = false;
    relaxed_.clear();
    unrelaxed_.clear();
    return core;
  }

  [[nodiscard]] const std::vector<std::size_t>& sources() const { return sources_; }

  /// Whether the cells chosen so far can be together, and the contacts by which.
  [[nodiscard]] feasible together(std::optional<contact_cells>* contacts = nullptr) const {
    contacts_.clear();
    for (const std::size_t s : sources_) {
      if (cells_[s] == open_source) continue;
      const analysed_source& source = all_.sources[s];
      if (source.what >= reads_what::count && source.what <= reads_what::coverage)
        contacts_.push_back({&source, &cell_of(s)});
    }
    if (!orders_fit()) return feasible::no;
    if (contacts_.empty() ||
        (contacts_.size() == 1 && contacts == nullptr && contacts_[0].source->what != reads_what::share))
      return feasible::yes;
    std::vector<std::pair<std::size_t, std::int32_t>> key;
    for (const contact_cells::chosen& c : contacts_) {
      const auto source = static_cast<std::size_t>(c.source - all_.sources.data());
      key.emplace_back(source, cells_[source]);
    }
    if (contacts == nullptr)
      if (const auto found = all_.solved.find(key); found != all_.solved.end()) return found->second;
    contact_cells solver(contacts_, what_.known.channels, what_.all_channels);
    const feasible found = solver.solve();
    if (contacts != nullptr)
      contacts->emplace(std::move(solver));
    else if (all_.solved.size() < 100'000)
      all_.solved.emplace(std::move(key), found);
    return found;
  }
  void put(const assignment& cells) { cells_ = cells; }
  [[nodiscard]] truths verdict(const assignment& cells) {
    cells_ = cells;
    return evaluate();
  }

 private:
  /// Of cells in which all conditions of the question have the same answers one is enough, unless others depend on where it lies.
  void tell_apart() {
    worth_.resize(all_.sources.size());
    std::vector<bool> compared(all_.sources.size());
    for (const std::size_t s : sources_)
      if (all_.sources[s].what == reads_what::order)
        compared[all_.sources[s].left] = compared[all_.sources[s].right] = true;
    std::vector<std::vector<const formula*>> leaves(all_.sources.size());
    for (const std::size_t at : reached_)
      if (const formula& f = all_.formulas[at]; f.kind == formula_kind::leaf) leaves[f.source].push_back(&f);
    for (const std::size_t s : sources_) {
      const analysed_source& source = all_.sources[s];
      std::vector<std::vector<truths>> seen;
      for (std::size_t i = 0; i < source.cells.size(); ++i) {
        std::vector<truths> answers{static_cast<truths>(source.cells[i].missing),
                                    static_cast<truths>(source.cells[i].uncertain)};
        for (const formula* f : leaves[s]) answers.push_back(f->answers[i]);
        const bool alone =
            (source.what == reads_what::attribute || source.what == reads_what::computed) && !compared[s];
        if (alone && std::find(seen.begin(), seen.end(), answers) != seen.end()) continue;
        worth_[s].push_back(i);
        if (alone) seen.push_back(std::move(answers));
      }
    }
  }

  [[nodiscard]] const cell& cell_of(std::size_t source) const {
    return all_.sources[source].cells[static_cast<std::size_t>(cells_[source])];
  }

  [[nodiscard]] truths leaf(const formula& f) const {
    const std::int32_t chosen = cells_[f.source];
    if (chosen != open_source) return f.answers[static_cast<std::size_t>(chosen)];
    truths all = 0;
    for (const truths answer : f.answers) all |= answer;
    return all;
  }

  /// `sign`: whether it stands under an even number of `not`; 2 where that means nothing.
  [[nodiscard]] truths combine(std::size_t at, bool sign) const {
    const formula& f = all_.formulas[at];
    if (relaxing_ && !relaxed_.empty() && relaxed_[2 * at + (sign ? 1 : 0)]) return sign ? may_yes : may_no;
    const auto value = [&](std::size_t child, bool as) { return values_[2 * child + (as ? 1 : 0)]; };
    switch (f.kind) {
      case formula_kind::constant: return f.answer;
      case formula_kind::leaf: return leaf(f);
      case formula_kind::negation: return opposite_of(value(f.of[0], !sign));
      case formula_kind::all_of:
      case formula_kind::any_of: {
        truths out = value(f.of[0], sign);
        for (std::size_t i = 1; i < f.of.size(); ++i)
          out = f.kind == formula_kind::all_of ? both_of(out, value(f.of[i], sign))
                                               : either_of(out, value(f.of[i], sign));
        return out;
      }
      case formula_kind::equal: return equal_of(plain(f.of[0]), plain(f.of[1]));
      case formula_kind::identical: return identical_of(plain(f.of[0]), plain(f.of[1]));
      case formula_kind::is_known: {
        const truths of = plain(f.of[0]);
        return static_cast<truths>(((of & (may_yes | may_no)) ? may_yes : 0) | ((of & may_unknown) ? may_no : 0));
      }
    }
    return may_any;
  }
  /// Below what is neither asked for nor denied nothing is relaxed: both signs agree.
  [[nodiscard]] truths plain(std::size_t at) const { return unrelaxed_.empty() ? values_[2 * at + 1] : unrelaxed_[at]; }

  [[nodiscard]] truths evaluate() {
    if (relaxing_) {  // first as they are, for what stands below == and known()
      relaxing_ = false;
      unrelaxed_.clear();
      (void)evaluate();
      unrelaxed_.resize(root_ + 1);
      for (const std::size_t at : reached_) unrelaxed_[at] = values_[2 * at + 1];
      relaxing_ = true;
    }
    for (const std::size_t at : reached_) {
      values_[2 * at + 1] = combine(at, true);
      values_[2 * at] = relaxing_ ? combine(at, false) : values_[2 * at + 1];
    }
    return values_[2 * root_ + 1];
  }

  /// The first source that is open and can still make a difference to the root.
  [[nodiscard]] std::size_t open_below(std::size_t at, bool sign, bool relax) const {
    constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    const formula& f = all_.formulas[at];
    const truths now = relax ? values_[2 * at + (sign ? 1 : 0)] : plain(at);
    if ((now & (now - 1)) == 0) return none;
    if (relax && relaxing_ && !relaxed_.empty() && relaxed_[2 * at + (sign ? 1 : 0)]) return none;
    if (f.kind == formula_kind::leaf) return cells_[f.source] == open_source ? f.source : none;
    const bool below =
        relax && (f.kind == formula_kind::negation || f.kind == formula_kind::all_of || f.kind == formula_kind::any_of);
    for (const std::size_t child : f.of) {
      const std::size_t found = open_below(child, f.kind == formula_kind::negation ? !sign : sign, below);
      if (found != none) return found;
    }
    return none;
  }

  [[nodiscard]] bool descend() {
    const truths now = evaluate();
    if (left_ == 0) return false;
    --left_;
    unsure_here_ = false;
    if (now == target_) return true;
    if ((now & target_) == 0) return false;
    const std::size_t source = open_below(root_, true, true);
    if (source == std::numeric_limits<std::size_t>::max()) {  // all is chosen, and one cell answers both
      if (!with_uncertain_) return false;
      unsure_here_ = true;
      return true;
    }
    const std::vector<cell>& cells = all_.sources[source].cells;
    for (const std::size_t i : worth_[source]) {
      if ((cells[i].missing && !with_missing_) || (cells[i].uncertain && !with_uncertain_)) continue;
      cells_[source] = static_cast<std::int32_t>(i);
      if ((evaluate() & target_) == 0) continue;
      const feasible fits = together();
      if (fits == feasible::unsure) unsure_seen_ = true;
      if (fits == feasible::yes && descend()) return true;
      if (left_ == 0) return false;
    }
    cells_[source] = open_source;
    return false;
  }

  void drop_what_can_be_dropped() {
    for (const std::size_t s : sources_) {
      const std::int32_t kept = cells_[s];
      if (kept == open_source) continue;
      cells_[s] = open_source;
      if (evaluate() != target_) cells_[s] = kept;
    }
  }

  bool choose_at_most(std::size_t from, std::size_t most) {
    if (left_ == 0) return false;
    --left_;
    const truths now = evaluate();
    if (now == target_) return true;
    if ((now & target_) == 0 || most == 0) return false;
    for (std::size_t place = from; place < sources_.size(); ++place) {
      const std::size_t s = sources_[place];
      const std::vector<cell>& cells = all_.sources[s].cells;
      for (const std::size_t i : worth_[s]) {
        if ((cells[i].missing && !with_missing_) || (cells[i].uncertain && !with_uncertain_)) continue;
        cells_[s] = static_cast<std::int32_t>(i);
        if (together() == feasible::yes && choose_at_most(place + 1, most - 1)) return true;
      }
      cells_[s] = open_source;
    }
    return false;
  }

  [[nodiscard]] std::vector<leaf_use> uses_below() const {
    std::vector<leaf_use> out, open{{root_, true}};
    std::vector<bool> seen(2 * (root_ + 1));
    while (!open.empty()) {
      const auto [next, asked] = open.back();
      open.pop_back();
      if (seen[2 * next + (asked ? 1 : 0)]) continue;
      seen[2 * next + (asked ? 1 : 0)] = true;
      const formula& f = all_.formulas[next];
      switch (f.kind) {
        case formula_kind::negation: open.emplace_back(f.of[0], !asked); break;
        case formula_kind::all_of:
        case formula_kind::any_of:
          for (const std::size_t child : f.of) open.emplace_back(child, asked);
          break;
        case formula_kind::constant: break;
        default: out.emplace_back(next, asked);
      }
    }
    return out;
  }

  template <class Impossible>
  static bool pick(const std::vector<leaf_use>& from, std::size_t at, std::size_t size, std::vector<leaf_use>& picked,
                   const Impossible& impossible) {
    if (picked.size() == size) return impossible(picked);
    for (; at < from.size(); ++at) {
      picked.push_back(from[at]);
      if (pick(from, at + 1, size, picked, impossible)) return true;
      picked.pop_back();
    }
    return false;
  }

  /// Comparisons of two columns with each other and with numbers: no circle of differences that adds up to less than nothing.
  [[nodiscard]] bool orders_fit() const;

  const analysed_rules& all_;
  const analysis_input& what_;
  std::size_t root_;
  std::size_t left_;
  assignment cells_;
  std::vector<std::size_t> reached_, sources_;
  std::vector<std::vector<std::size_t>> worth_;  // cells to try, by source
  std::vector<truths> values_;  // by formula and sign
  std::vector<truths> unrelaxed_;
  std::vector<bool> relaxed_;
  mutable std::vector<contact_cells::chosen> contacts_;
  truths target_ = may_yes;
  bool with_missing_ = false, with_uncertain_ = false, relaxing_ = false;
  bool unsure_seen_ = false, unsure_here_ = false;
};

TIERWISE_INLINE bool search::orders_fit() const {
  std::vector<std::size_t> compared;  // the values; the last node is zero
  std::vector<std::size_t> orders;
  for (const std::size_t s : sources_)
    if (all_.sources[s].what == reads_what::order && cells_[s] != open_source) {
      orders.push_back(s);
      compared.push_back(all_.sources[s].left);
      compared.push_back(all_.sources[s].right);
    }
  if (orders.empty()) return true;
  in_order(compared);
  struct edge {
    std::size_t from, to;  // to − from ≤ most, or less
    double most;
    bool strict;
  };
  std::vector<edge> edges;
  const std::size_t zero = compared.size();
  const auto node = [&](std::size_t source) {
    return static_cast<std::size_t>(std::lower_bound(compared.begin(), compared.end(), source) - compared.begin());
  };
  for (const std::size_t s : orders) {
    const analysed_source& source = all_.sources[s];
    const std::size_t a = source.left, b = source.right;
    const auto may_be_known = [this](std::size_t of) {
      const std::optional<double>& constant = all_.sources[of].constant;
      return !(constant && std::isnan(*constant)) && (cells_[of] == open_source || !cell_of(of).missing);
    };
    const bool known_a = may_be_known(a), known_b = may_be_known(b);
    const cell& order = cell_of(s);
    if (order.missing) {
      const bool may_miss = cells_[a] == open_source || cells_[b] == open_source || !known_a || !known_b;
      if (!may_miss) return false;
      continue;
    }
    if (!known_a || !known_b) return false;
    if (source.type == value_type::text) {
      if (source.window == 1) continue;  // functions stand between
      if (a == b && order.number != 0) return false;
      if (a == b || cells_[a] == open_source || cells_[b] == open_source) continue;
      const cell &one = cell_of(a), &other = cell_of(b);
      if (one.uncertain || other.uncertain) continue;
      const auto names = [this](std::size_t of, const std::string& text) {
        const std::vector<std::string>& texts = all_.sources[of].texts;
        return std::find(texts.begin(), texts.end(), text) != texts.end();
      };
      const bool named = names(a, one.text), named_too = names(b, other.text);
      if (named && named_too && (one.text == other.text) != (order.number == 0)) return false;
      if (order.number == 0 && named && !named_too && names(b, one.text)) return false;
      if (order.number == 0 && named_too && !named && names(a, other.text)) return false;
      continue;
    }
    const std::size_t from = node(a), to = node(b);  // b − a
    if (order.number <= 0) edges.push_back({to, from, 0, order.number < 0});
    if (order.number >= 0) edges.push_back({from, to, 0, order.number > 0});
  }
  for (const std::size_t s : compared) {
    const analysed_source& source = all_.sources[s];
    double low = source.least, high = source.most;
    bool open = false;
    if (cells_[s] != open_source && !cell_of(s).missing) {
      low = cell_of(s).low;
      high = cell_of(s).high;
      open = cell_of(s).open;
    }
    if (std::isfinite(high)) edges.push_back({zero, node(s), high, open});
    if (std::isfinite(low)) edges.push_back({node(s), zero, -low, open});
    if (source.what != reads_what::count) continue;
    for (const std::size_t other : compared) {  // no more contacts in less time, or in one channel of all
      const analysed_source& wider = all_.sources[other];
      if (other == s || wider.what != reads_what::count || wider.window < source.window) continue;
      if (wider.channel == source.channel || wider.channel.empty()) edges.push_back({node(other), node(s), 0, false});
    }
  }
  // R. Bellman 1958, L. R. Ford 1956; a strict bound counts as a little less.
  std::vector<std::pair<double, int>> least(compared.size() + 1);
  for (std::size_t round = 0; round <= compared.size() + 1; ++round) {
    bool changed = false;
    for (const edge& e : edges) {
      const std::pair<double, int> next(least[e.from].first + e.most, least[e.from].second - (e.strict ? 1 : 0));
      if (next < least[e.to]) {
        least[e.to] = next;
        changed = true;
      }
    }
    if (!changed) return true;
  }
  return false;
}

}  // namespace tierwise
