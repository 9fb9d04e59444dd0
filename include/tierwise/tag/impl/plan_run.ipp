// A plan joined to the columns of one table, and its run over a block of rows: first the questions, all of a column while its values are
// at hand, then the logic, 64 rows at a time.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tierwise/tag/tag.hpp>

#if defined(__x86_64__) && defined(__GNUC__)
#define TIERWISE_TAG_X86 1
#else
#define TIERWISE_TAG_X86 0
#endif

namespace tierwise::inline TIERWISE_ABI::tag::detail {

/// A source with its columns in one table.
struct bound_source {
  const plan_source* what = nullptr;
  std::vector<column_view> columns;
  std::vector<std::vector<std::uint8_t>>
      of_code;  // by group of questions: by code + 1; empty where texts outnumber rows
};

struct bound_plan {
  const registry::plan* what = nullptr;
  const overrides* said = nullptr;
  std::optional<tag_program> part;  // if not the whole
  std::vector<bound_source> sources;
  std::vector<bound_rule> others;  // by position
  std::vector<std::uint32_t> other_slots;  // of `others`

  [[nodiscard]] const tag_program& program() const noexcept { return part ? *part : what->program; }
};

/// Joins a plan, or the part of it that answers some tags, to a table; keeps views of both. An error says which column is not there or
/// not right.
TIERWISE_INLINE result<bound_plan> bind(const registry& tags, const table_view& profiles,
                                        const wanted_steps* only = nullptr) {
  bound_plan out;
  out.what = &*tags.compiled;
  const auto wanted = [only](std::size_t step) { return only == nullptr || only->steps[step]; };
  if (only != nullptr) out.part = program_of(*out.what, *only);
  out.sources.reserve(out.what->sources.size());
  for (const plan_source& source : out.what->sources) {
    if (only != nullptr && !asks_any(source, only->steps)) continue;
    bound_source& to = out.sources.emplace_back();
    to.what = &source;
    for (const std::string& name : source.reads) {
      const result<column_view> column = column_for(source.type, name, profiles);
      if (!column) return column.error();
      to.columns.push_back(column.value());
    }
    const auto names = to.columns.front().names();
    to.of_code.resize(source.texts.size());
    for (std::size_t g = 0; g < source.texts.size() && names.size() <= profiles.rows(); ++g) {
      to.of_code[g].push_back(0);
      for (const std::string_view name : names) to.of_code[g].push_back(source.texts[g].answer(name));
    }
  }
  for (const std::uint32_t at : out.what->others) {
    if (!wanted(at)) continue;
    const plan_step& step = out.what->steps[at];
    out.other_slots.push_back(out.what->slots[at]);
    auto bound = bound_rule::make(tags.rules[step.rule], profiles, nullptr, profiles.rows(), step.node);
    if (!bound) return bound.error();
    out.others.push_back(std::move(bound.value()));
  }
  return out;
}

/// The words of a bit set that hold a block; nothing of an empty one.
TIERWISE_INLINE const std::uint64_t* words_of(const std::vector<bit_set>& sets, std::size_t tag,
                                              std::size_t begin) noexcept {
  return tag < sets.size() && sets[tag].size() > 0 ? sets[tag].words().data() + begin / 64 : nullptr;
}

inline constexpr std::size_t block_words = block_rows / 64;

/// The words of a block as one value of a vector type, so that compilers use what the machine has.
typedef std::uint64_t block_bits __attribute__((vector_size(8 * block_words)));

/// Who answers yes and who answers no. So `and`, `or` and `not` are one operation a side.
struct alignas(64) sides {
  std::array<std::uint64_t, block_words> yes{}, no{};
};

/// Which of the rows of a block there are.
TIERWISE_INLINE std::uint64_t rows_of_word(std::size_t rows, std::size_t word) noexcept {
  const std::size_t before = 64 * word;
  if (rows >= before + 64) return ~std::uint64_t{0};
  return rows <= before ? 0 : (std::uint64_t{1} << (rows - before)) - 1;
}

/// A tag's answer with what is said besides its rule.
TIERWISE_INLINE sides with_said(const overrides* said, std::size_t tag, std::size_t begin, std::size_t rows,
                                const sides& answer, bool turned) noexcept {
  sides out = answer;
  if (turned) std::swap(out.yes, out.no);
  if (said == nullptr) return out;
  const std::uint64_t *set = words_of(said->set, tag, begin), *veto = words_of(said->veto, tag, begin);
  for (std::size_t w = 0; 64 * w < rows; ++w) {
    const std::uint64_t on = set == nullptr ? 0 : set[w], off = veto == nullptr ? 0 : veto[w] & ~on;
    out.yes[w] = (out.yes[w] & ~off) | on;
    out.no[w] = (out.no[w] & ~on) | off;
  }
  return out;
}

namespace plain {

/// 64 numbers, compared with one: plain C++, which every compiler and machine has.
template <class T>
struct numbers {
  const T* values;

  explicit numbers(const T* from) noexcept : values(from) {}

  [[nodiscard]] std::uint64_t reach(T bound) const noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 64; ++i) bits |= std::uint64_t{values[i] >= bound} << i;
    return bits;
  }
  [[nodiscard]] std::uint64_t equal(T bound) const noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 64; ++i) bits |= std::uint64_t{values[i] == bound} << i;
    return bits;
  }
};

/// Bit k of each of 64 bytes.
TIERWISE_INLINE std::uint64_t bit_of(const std::uint8_t* bytes, unsigned k) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 64; ++i) bits |= std::uint64_t{(bytes[i] >> k) & 1u} << i;
  return bits;
}

/// Not here: comparisons are as quick.
template <class T>
bool compare_ranks(const plan_source&, const T*, sides*) noexcept {
  return false;
}

#include <tierwise/tag/impl/plan_block.ipp>

}  // namespace plain

#if TIERWISE_TAG_X86
#include <tierwise/tag/impl/plan_avx2.ipp>
#include <tierwise/tag/impl/plan_avx512.ipp>
#endif

/// Answers rows [begin, begin + rows), at most block_rows of them; `at` is room for all steps.
TIERWISE_INLINE void run_block(const bound_plan& plan, std::size_t begin, std::size_t rows, std::vector<sides>& at,
                               tag_bits& out) {
#if TIERWISE_TAG_X86
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
    return avx512::run_block(plan, begin, rows, at, out);
  if (__builtin_cpu_supports("avx2")) return avx2::run_block(plan, begin, rows, at, out);
#endif
  plain::run_block(plan, begin, rows, at, out);
}

}  // namespace tierwise

#undef TIERWISE_TAG_X86
