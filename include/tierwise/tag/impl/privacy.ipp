#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <queue>
#include <utility>

#include <tierwise/tag/privacy.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {
namespace detail {

/// Each row's value as a number: equal values, and none, have equal ones.
TIERWISE_INLINE std::vector<std::size_t> classes_of(const column_view& column) {
  const std::size_t rows = column.size();
  std::vector<std::size_t> order(rows), out(rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const bool text = column.type() == column_type::category;
  const auto less = [&](std::size_t a, std::size_t b) {
    if (column.has(a) != column.has(b)) return column.has(b);
    if (!column.has(a)) return false;
    if (text) return column.text(a) < column.text(b);
    return column.is_whole() ? column.whole(a) < column.whole(b) : column.number(a) < column.number(b);
  };
  std::sort(order.begin(), order.end(), less);
  std::size_t next = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    if (i > 0 && less(order[i - 1], order[i])) ++next;
    out[order[i]] = next;
  }
  return out;
}

TIERWISE_INLINE std::string written(const column_view& column, std::size_t row) {
  if (!column.has(row)) return {};
  switch (column.type()) {
    case column_type::category: return std::string(column.text(row));
    case column_type::date: return format_date(date{static_cast<std::int32_t>(column.number(row))});
    case column_type::boolean: return column.number(row) != 0 ? "true" : "false";
    case column_type::int32:
    case column_type::int64: return std::to_string(column.whole(row));
    case column_type::float32:
    case column_type::float64: break;
  }
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, column.number(row)).ptr};
}

/// Rows sorted so that alike ones stand together, and where each group begins; the end last.
struct grouping {
  std::vector<std::size_t> order, begin;

  grouping(const std::vector<std::vector<std::size_t>>& classes, std::size_t rows, std::size_t without) : order(rows) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto compare = [&](std::size_t a, std::size_t b) {
      for (std::size_t c = 0; c < classes.size(); ++c)
        if (c != without && classes[c][a] != classes[c][b]) return classes[c][a] < classes[c][b] ? -1 : 1;
      return 0;
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return compare(a, b) < 0; });
    for (std::size_t i = 0; i < rows; ++i)
      if (i == 0 || compare(order[i - 1], order[i]) != 0) begin.push_back(i);
    begin.push_back(rows);
  }
  [[nodiscard]] std::size_t rows_in_small(std::size_t k) const {
    std::size_t n = 0;
    for (std::size_t g = 0; g + 1 < begin.size(); ++g)
      if (begin[g + 1] - begin[g] < k) n += begin[g + 1] - begin[g];
    return n;
  }
};

inline constexpr std::size_t most_trials = 100'000;  // searches for what need not be hidden

/// A table with its totals as a network: rows and columns are nodes, cells are edges. What somebody may take a hidden count for changes
/// along circles of hidden cells, where one grows and the next shrinks by the same; totals the other way round, as they stand on the other
/// side of their equation. As zeros are shown, no hidden count shrinks below 1.
class cell_network {
 public:
  cell_network(std::span<const std::int64_t> counts, std::size_t rows, std::size_t columns, std::int64_t k)
      : rows_(rows + 1), columns_(columns + 1), k_(k), counts_(rows_ * columns_), hidden_(rows_ * columns_) {
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t c = 0; c < columns; ++c) {
        const std::int64_t n = counts[r * columns + c];
        for (const std::size_t cell : {at(r, c), at(r, columns), at(rows, c), at(rows, columns)}) counts_[cell] += n;
      }
  }
  [[nodiscard]] std::size_t cells() const noexcept { return counts_.size(); }
  [[nodiscard]] std::int64_t count(std::size_t cell) const noexcept { return counts_[cell]; }
  [[nodiscard]] bool is_hidden(std::size_t cell) const noexcept { return hidden_[cell]; }
  void hide(std::size_t cell, bool yes = true) noexcept { hidden_[cell] = yes; }

  /// Whether a small count may as well be k, as far as one can tell.
  [[nodiscard]] bool is_safe(std::size_t cell) const { return search(cell, nullptr); }

  /// Hides the cells that make it so, and says which; false if none do.
  [[nodiscard]] bool protect(std::size_t cell, std::vector<std::size_t>& more) {
    std::vector<std::size_t> found;
    if (!search(cell, &found)) return false;
    for (const std::size_t one : found) {
      hide(one);
      more.push_back(one);
    }
    return true;
  }

 private:
  /// Sends what the cell would grow by around it, each time by the way that hides fewest doctors more (`more`; without it only hidden cells
  /// count), until it reaches k.
  [[nodiscard]] bool search(std::size_t cell, std::vector<std::size_t>* more) const {
    std::vector<std::int64_t> grown(cells());
    std::vector<bool> taken = hidden_;
    const bool turned = is_total(cell);
    const std::size_t row = cell / columns_, column = rows_ + cell % columns_;
    std::int64_t wanted = k_ - counts_[cell];
    while (wanted > 0) {
      const std::vector<std::size_t> way =
          cheapest_way(turned ? row : column, turned ? column : row, cell, taken, grown, more != nullptr);
      if (way.empty()) return false;
      std::int64_t amount = wanted;
      std::size_t node = turned ? column : row;  // from the end
      std::vector<bool> grows(way.size());
      for (std::size_t i = 0; i < way.size(); ++i) {
        const bool by_row = node >= rows_;  // the edge is gone along from its row to its column
        grows[i] = by_row != is_total(way[i]);
        if (!grows[i]) amount = std::min(amount, room_below(way[i], grown));
        node = by_row ? way[i] / columns_ : rows_ + way[i] % columns_;
      }
      for (std::size_t i = 0; i < way.size(); ++i) {
        grown[way[i]] += grows[i] ? amount : -amount;
        if (more != nullptr && !taken[way[i]]) more->push_back(way[i]);
        taken[way[i]] = true;
      }
      wanted -= amount;
    }
    return true;
  }

  /// Edges of a cheapest way, from its end; nothing if there is none.
  [[nodiscard]] std::vector<std::size_t> cheapest_way(std::size_t from, std::size_t to, std::size_t without,
                                                      const std::vector<bool>& taken,
                                                      const std::vector<std::int64_t>& grown, bool may_hide) const {
    constexpr double far = std::numeric_limits<double>::infinity();
    std::vector<double> cost(rows_ + columns_, far);
    std::vector<std::size_t> by(rows_ + columns_, cells());
    using item = std::pair<double, std::size_t>;
    std::priority_queue<item, std::vector<item>, std::greater<>> open;
    cost[from] = 0;
    open.emplace(0.0, from);
    while (!open.empty()) {
      const auto [spent, node] = open.top();
      open.pop();
      if (spent > cost[node]) continue;
      if (node == to) break;
      const bool by_row = node < rows_;
      const std::size_t others = by_row ? columns_ : rows_;
      for (std::size_t other = 0; other < others; ++other) {
        const std::size_t edge = by_row ? at(node, other) : at(other, node - rows_);
        if (edge == without || counts_[edge] == 0 || (!taken[edge] && !may_hide)) continue;
        if (by_row == is_total(edge) && room_below(edge, grown) == 0) continue;
        const std::size_t next = by_row ? rows_ + other : other;
        const double reached = spent + (taken[edge] ? 0 : price(edge));
        if (reached < cost[next]) {
          cost[next] = reached;
          by[next] = edge;
          open.emplace(reached, next);
        }
      }
    }
    std::vector<std::size_t> out;
    if (cost[to] == far) return out;
    for (std::size_t node = to; node != from;) {
      out.push_back(by[node]);
      node = node < rows_ ? rows_ + by[node] % columns_ : by[node] / columns_;
    }
    return out;
  }

  [[nodiscard]] std::size_t at(std::size_t row, std::size_t column) const noexcept { return row * columns_ + column; }
  /// A total of one row or one column; that of all is on the side of the cells again.
  [[nodiscard]] bool is_total(std::size_t cell) const noexcept {
    return (cell / columns_ + 1 == rows_) != (cell % columns_ + 1 == columns_);
  }
  [[nodiscard]] std::int64_t room_below(std::size_t cell, const std::vector<std::int64_t>& grown) const noexcept {
    return counts_[cell] + grown[cell] - 1;
  }
  /// Doctors that hiding it costs; of a total more than of any others together.
  [[nodiscard]] double price(std::size_t cell) const noexcept {
    const bool total = cell / columns_ + 1 == rows_ || cell % columns_ + 1 == columns_;
    return static_cast<double>(counts_[cell]) + (total ? static_cast<double>(counts_.back()) + 1 : 0);
  }

  std::size_t rows_, columns_;
  std::int64_t k_;
  std::vector<std::int64_t> counts_;
  std::vector<bool> hidden_;
};

}  // namespace detail

TIERWISE_INLINE result<anonymity> check_anonymity(const table_view& doctors, std::span<const std::string> quasi,
                                                  std::size_t k) {
  if (k < 2 || quasi.empty())
    return Error(errc::invalid_argument, "expected k of at least 2, and at least one column that others may know",
                 {.path = {}, .column = k < 2 ? "k" : "quasi"});
  std::vector<column_view> columns;
  std::vector<std::vector<std::size_t>> classes;
  for (const std::string& name : quasi) {
    const auto column = doctors.require(name, "doctors");
    if (!column) return column.error();
    columns.push_back(column.value());
    classes.push_back(detail::classes_of(column.value()));
  }
  const std::size_t rows = doctors.rows();
  const detail::grouping all(classes, rows, columns.size());
  anonymity out;
  out.groups = all.begin.size() - 1;
  out.smallest = rows;
  out.at_risk = bit_set(rows);
  for (std::size_t g = 0; g + 1 < all.begin.size(); ++g) {
    const std::size_t size = all.begin[g + 1] - all.begin[g];
    out.smallest = std::min(out.smallest, size);
    if (size >= k) continue;
    alike_doctors& group = out.small.emplace_back();
    group.doctors = size;
    for (const column_view& column : columns) {
      group.values.push_back(detail::written(column, all.order[all.begin[g]]));
      group.known.push_back(column.has(all.order[all.begin[g]]));
    }
    for (std::size_t i = all.begin[g]; i < all.begin[g + 1]; ++i) out.at_risk.set(all.order[i]);
  }
  std::stable_sort(out.small.begin(), out.small.end(),
                   [](const alike_doctors& a, const alike_doctors& b) { return a.doctors < b.doctors; });
  for (std::size_t c = 0; c < columns.size(); ++c)
    out.at_risk_without.push_back(detail::grouping(classes, rows, c).rows_in_small(k));
  return out;
}

TIERWISE_INLINE result<suppression> suppress(std::span<const std::int64_t> counts, std::size_t rows,
                                             std::size_t columns, std::size_t k) {
  if (rows == 0 || columns == 0 || counts.size() / rows != columns || counts.size() % rows != 0 || k < 2 ||
      std::any_of(counts.begin(), counts.end(), [](std::int64_t n) { return n < 0 || n > 1'000'000'000'000; }))
    return Error(errc::invalid_argument, "expected rows · columns counts from 0 to 10^12, and k of at least 2",
                 {.path = {}, .column = "counts"});
  const auto least = static_cast<std::int64_t>(std::min<std::size_t>(k, std::size_t{1} << 40));
  detail::cell_network table(counts, rows, columns, least);
  suppression out;
  std::vector<std::size_t> primary, complementary;
  for (std::size_t cell = 0; cell < table.cells(); ++cell)
    if (table.count(cell) > 0 && table.count(cell) < least) {
      table.hide(cell);
      primary.push_back(cell);
    }
  for (const std::size_t cell : primary)
    if (!table.protect(cell, complementary))
      return Error(errc::policy_out_of_range,
                   "no choice of cells protects the small counts of this table; publish less of it",
                   {.path = {}, .column = "counts"});
  // What was hidden for one cell may be needless after what was hidden for another: the largest are shown again first, as far as
  // trying that takes no longer than a large table is worth.
  std::stable_sort(complementary.begin(), complementary.end(),
                   [&](std::size_t a, std::size_t b) { return table.count(a) > table.count(b); });
  std::size_t trials = detail::most_trials / std::max<std::size_t>(primary.size(), 1);
  for (const std::size_t cell : complementary) {
    bool needed = true;
    if (trials > 0) {
      --trials;
      table.hide(cell, false);
      needed = !std::all_of(primary.begin(), primary.end(), [&](std::size_t one) { return table.is_safe(one); });
      table.hide(cell, needed);
    }
    out.complementary += needed;
  }
  out.primary = primary.size();
  for (std::size_t cell = 0; cell < table.cells(); ++cell) out.hidden.push_back(table.is_hidden(cell));
  return out;
}

}  // namespace tierwise
