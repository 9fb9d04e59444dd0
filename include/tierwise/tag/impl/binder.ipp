// A rule joined to the columns of one table, ready to be evaluated for any of its rows.
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

/// Texts of a column, perhaps changed by functions.
struct text_value {
  column_view column;
  std::vector<node_kind> functions;  // in the order in which they are applied

  [[nodiscard]] std::string_view operator()(std::string_view text, std::string& room) const {
    for (const node_kind function : functions) text = changed_text(function, text, room);
    return text;
  }
  /// Precondition: the row has a text.
  [[nodiscard]] std::string_view of_row(std::size_t row, std::string& room) const {
    return (*this)(column.text(row), room);
  }
  /// what(text) of each entry of the dictionary; nothing where fewer rows will be read than it has entries.
  template <class What>
  auto by_code(std::size_t rows, const What& what) const {
    std::vector<decltype(what(std::string_view()))> out;
    std::string room;
    if (column.names().size() <= rows)
      for (const std::string_view name : column.names()) out.push_back(what((*this)(name, room)));
    return out;
  }
};

/// One side of a comparison of texts. Texts become numbers, once for each entry of the dictionary and not for each row.
struct text_side {
  bool constant = false;
  std::int32_t id = 0;  // of a literal
  text_value value;
  std::vector<std::int32_t>
      id_of_code;  // empty where fewer rows than entries will be read: then `ids` is asked row by row
};

struct bound_node {
  std::vector<column_view> columns;  // of node::reads
  std::vector<double> sorted;  // of a membership of numbers: its set
  std::unordered_map<std::string, std::int32_t, text_hash, std::equal_to<>> ids;  // of texts; others have id 0
  std::vector<text_side> sides;
  bool direct =
      false;  // two columns of texts, and fewer rows to compare than there are texts: no ids, the texts themselves
  text_value asked;  // of a length or a text question
  std::vector<double> of_code;  // its answers; empty where each row is asked
};

/// Keeps views of the table, the tag bits and the rule: all must outlive it. Safe to share.
class bound_rule {
 public:
  /// `rows` is how many rows will be read, at a guess.
  [[nodiscard]] static result<bound_rule> make(const rule& what, const table_view& profiles, const tag_bits* tags,
                                               std::size_t rows);
  /// The same of one node of the rule.
  [[nodiscard]] static result<bound_rule> make(const rule& what, const table_view& profiles, const tag_bits* tags,
                                               std::size_t rows, std::uint32_t root);

  /// Rows [begin, begin + rows), at most block_rows of them.
  void evaluate(std::size_t begin, std::size_t rows, lanes& out) const { condition(root_, begin, rows, out); }

 private:
  bound_rule(const rule::program& program, const tag_bits* tags, std::uint32_t root)
      : program_(&program), tags_(tags), root_(root), bound_(program.nodes.size()) {}
  void bind_texts(std::uint32_t at, std::size_t rows);
  void bind_text_question(std::uint32_t at, std::size_t rows);
  [[nodiscard]] text_value text_of(std::uint32_t at) const;

  void condition(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const;
  void compare_texts(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const;
  void compare_values(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const;
  void compare_truths(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const;
  void truth_of_numbers(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const;
  void is_known(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const;
  void ask_tag(std::uint32_t tag, std::size_t begin, std::size_t rows, lanes& out) const;
  void ask_texts(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const;
  void is_null(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const;
  void numbers(std::uint32_t at, std::size_t begin, std::span<double> out) const;
  void calculate(std::uint32_t at, std::size_t begin, std::span<double> out) const;
  void answers_of_texts(std::uint32_t at, std::size_t begin, std::span<double> out) const;
  void text_ids(const bound_node& bound, const text_side& side, std::size_t begin, std::span<std::int32_t> out) const;

  const rule::program* program_;
  const tag_bits* tags_;
  std::uint32_t root_;
  std::vector<bound_node> bound_;
};

TIERWISE_INLINE bool can_hold(column_type type, value_type what) noexcept {
  switch (what) {
    case value_type::boolean: return type == column_type::boolean;
    case value_type::text: return type == column_type::category;
    case value_type::date: return type == column_type::date;
    case value_type::number:
    case value_type::duration: break;
  }
  return type <= column_type::int64;
}

/// A column, if the table has it and it holds what a rule was written for.
TIERWISE_INLINE result<column_view> column_for(value_type type, const std::string& name, const table_view& profiles) {
  result<column_view> column = profiles.require(name, "profiles");
  if (!column || can_hold(column.value().type(), type)) return column;
  return Error(errc::wrong_type,
               "the rule needs " + with_article(type) + " here, but the column's type is " +
                   std::string(name_of(column.value().type())),
               {.path = {}, .column = name});
}

TIERWISE_INLINE result<bound_rule> bound_rule::make(const rule& what, const table_view& profiles, const tag_bits* tags,
                                                    std::size_t rows) {
  return make(what, profiles, tags, rows, what.compiled().root);
}

TIERWISE_INLINE result<bound_rule> bound_rule::make(const rule& what, const table_view& profiles, const tag_bits* tags,
                                                    std::size_t rows, std::uint32_t root) {
  const rule::program& program = what.compiled();
  bound_rule out(program, tags, root);
  std::vector<bool> below(program.nodes.size());  // root, and what it is made of
  below[root] = true;
  for (std::uint32_t at = root + 1; at-- > 0;)
    if (below[at])
      for (const std::uint32_t child : program.nodes[at].children) below[child] = true;
  for (std::uint32_t at = 0; at <= root; ++at) {  // children come before their parents
    if (!below[at]) continue;
    const rule::node& n = program.nodes[at];
    for (const std::string& name : n.reads) {
      const result<column_view> column = column_for(n.reads_type(), name, profiles);
      if (!column) return column.error();
      out.bound_[at].columns.push_back(column.value());
    }
    if (n.kind == node_kind::has_tag &&
        (tags == nullptr || tags->yes.size() <= n.tag || tags->known.size() <= n.tag ||
         tags->yes[n.tag].size() != profiles.rows() || tags->known[n.tag].size() != profiles.rows()))
      return Error(errc::invalid_argument, "the rule asks for tags, so it needs tag bits of every tag for each row",
                   {.path = {}, .column = "tags"});
    if (n.kind == node_kind::length || is_text_question(n.kind)) out.bind_text_question(at, rows);
    if (n.kind != node_kind::comparison && n.kind != node_kind::membership) continue;
    const value_type type = program.nodes[n.children.front()].type;
    if (type == value_type::text) out.bind_texts(at, rows);
    if (n.kind == node_kind::membership && type != value_type::text)
      for (std::size_t i = 1; i < n.children.size(); ++i)
        out.bound_[at].sorted.push_back(program.nodes[n.children[i]].number);
    sort_unique(out.bound_[at].sorted);
  }
  return out;
}

/// Gives numbers to the texts of the right side (the dictionary of a column, a literal, or the literals of a set) and then to
/// those of the left side; ids start at 1.
TIERWISE_INLINE void bound_rule::bind_texts(std::uint32_t at, std::size_t rows) {
  const rule::node& n = program_->nodes[at];
  bound_node& bound = bound_[at];
  const auto enter = [&bound](std::string_view text) {
    bound.ids.try_emplace(std::string(text), static_cast<std::int32_t>(bound.ids.size()) + 1);
    return 0;
  };
  const auto id_of = [&bound](std::string_view text) {
    const auto found = bound.ids.find(text);
    return found == bound.ids.end() ? 0 : found->second;
  };
  std::vector<std::uint32_t> operands(n.children.begin(),
                                      n.children.begin() + (n.kind == node_kind::membership ? 1 : 2));
  if (n.kind == node_kind::membership) {
    for (std::size_t i = 1; i < n.children.size(); ++i) enter(program_->nodes[n.children[i]].text);
  } else {
    // The literal, if there is one, is the side to give numbers to: then the map stays small. Equality has no sides.
    if (program_->nodes[operands[0]].kind == node_kind::literal) std::swap(operands[0], operands[1]);
    const rule::node& right = program_->nodes[operands[1]];
    if (right.kind == node_kind::literal) {
      enter(right.text);
    } else {
      const text_value texts = text_of(operands[1]);
      bound.direct = rows < texts.column.names().size();
      (void)texts.by_code(rows, enter);
    }
  }
  for (const std::uint32_t operand : operands) {
    const rule::node& node = program_->nodes[operand];
    text_side side;
    side.constant = node.kind == node_kind::literal;
    if (side.constant) {
      side.id = id_of(node.text);
    } else {
      side.value = text_of(operand);
      if (!bound.direct) side.id_of_code = side.value.by_code(rows, id_of);
    }
    bound.sides.push_back(std::move(side));
  }
}

TIERWISE_INLINE text_value bound_rule::text_of(std::uint32_t at) const {
  text_value out;
  for (; program_->nodes[at].kind != node_kind::column; at = program_->nodes[at].children.front())
    out.functions.insert(out.functions.begin(), program_->nodes[at].kind);
  out.column = bound_[at].columns.front();
  return out;
}

TIERWISE_INLINE void bound_rule::bind_text_question(std::uint32_t at, std::size_t rows) {
  const rule::node& n = program_->nodes[at];
  bound_[at].asked = text_of(n.children.front());
  bound_[at].of_code = bound_[at].asked.by_code(rows, [&n](std::string_view text) { return answer_of_text(n, text); });
}

}  // namespace tierwise
