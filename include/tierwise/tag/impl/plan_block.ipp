// One block of rows through a plan. Included once for each kind of machine, each time with another `bits` (plan_run.ipp), in a namespace
// of its own.

/// A number is known where it equals itself.
template <class T>
void ask_numbers(const bound_source& source, const T* values, std::size_t rows, std::vector<lanes>& at) noexcept {
  std::array<std::uint64_t, block_words> known{};
  constexpr T least = -std::numeric_limits<T>::infinity();
  for (std::size_t w = 0; w < block_words; ++w)
    known[w] = 64 * w < rows ? bits::reach(values + 64 * w, least) & rows_of_word(rows, w) : 0;
  for (std::size_t w = 0; w * 64 < rows; ++w)
    for (const number_question& q : source.what->numbers) {
      T bound;
      if constexpr (sizeof(T) == sizeof(float))
        bound = q.single;
      else
        bound = q.bound;
      std::uint64_t yes = q.equals ? bits::equal(values + 64 * w, bound) : bits::reach(values + 64 * w, bound);
      if (q.equals && static_cast<double>(bound) != q.bound) yes = 0;  // no float is that number
      at[q.step].yes[w] = yes & known[w];
    }
  for (const number_question& q : source.what->numbers) at[q.step].known = known;
  if (source.what->known_step >= 0) {
    at[static_cast<std::size_t>(source.what->known_step)].yes = known;
    for (std::size_t w = 0; w < block_words; ++w)
      at[static_cast<std::size_t>(source.what->known_step)].known[w] = rows_of_word(rows, w);
  }
}

TIERWISE_INLINE void ask_texts(const bound_source& source, std::size_t begin, std::size_t rows,
                               std::vector<lanes>& at) {
  const column_view& column = source.columns.front();
  std::array<std::int32_t, block_rows> code{};
  std::array<std::uint64_t, block_words> known{};
  // What has no text is −1, which unsigned arithmetic finds with the codes outside the dictionary.
  const auto* codes = static_cast<const std::int32_t*>(column.data()) + begin;
  const auto texts = static_cast<std::uint32_t>(column.names().size());
  for (std::size_t i = 0; i < rows; ++i) code[i] = static_cast<std::uint32_t>(codes[i]) < texts ? codes[i] : -1;
  if (const bitmap_view valid = column.validity(); valid.bits != nullptr)
    for (std::size_t i = 0; i < rows; ++i)
      if (!valid[begin + i]) code[i] = -1;
  for (std::size_t i = rows; i < block_rows; ++i) code[i] = -1;
  for (std::size_t i = 0; i < block_rows; ++i) known[i / 64] |= std::uint64_t{code[i] >= 0} << (i % 64);
  for (std::size_t g = 0; g < source.what->texts.size(); ++g) {
    const text_questions& group = source.what->texts[g];
    const std::vector<std::uint8_t>& of_code = source.of_code[g];
    std::array<std::uint8_t, block_rows> answer{};
    for (std::size_t i = 0; i < rows; ++i)
      if (!of_code.empty())
        answer[i] = of_code[static_cast<std::size_t>(code[i] + 1)];
      else if (code[i] >= 0)
        answer[i] = group.answer(column.names()[static_cast<std::size_t>(code[i])]);
    for (std::size_t k = 0; k < group.steps.size(); ++k) {
      lanes& to = at[group.steps[k]];
      for (std::size_t w = 0; w < block_words; ++w)
        to.yes[w] = bits::bit_of(answer.data() + 64 * w, static_cast<unsigned>(k)) & known[w];
      to.known = known;
    }
  }
  if (source.what->known_step < 0) return;
  at[static_cast<std::size_t>(source.what->known_step)].yes = known;
  for (std::size_t w = 0; w < block_words; ++w)
    at[static_cast<std::size_t>(source.what->known_step)].known[w] = rows_of_word(rows, w);
}

TIERWISE_INLINE void combine(const plan_step& step, std::size_t rows, const std::vector<lanes>& at,
                             lanes& out) noexcept {
  if (step.kind == step_kind::constant) {
    out = constant_lanes(step.bound != 0, rows);
    return;
  }
  out = at[step.of[0]];
  switch (step.kind) {
    case step_kind::known:
      out.yes = out.known;
      for (std::size_t w = 0; w < block_words; ++w) out.known[w] = rows_of_word(rows, w);
      return;
    case step_kind::negation: return negate(out);
    case step_kind::all_of:
      for (std::size_t i = 1; i < step.of.size(); ++i) conjoin(out, at[step.of[i]]);
      return;
    case step_kind::any_of:
      for (std::size_t i = 1; i < step.of.size(); ++i) disjoin(out, at[step.of[i]]);
      return;
    default: break;
  }
  const lanes& other = at[step.of[1]];  // same
  for (std::size_t w = 0; w < block_words; ++w) {
    const std::uint64_t known = out.known[w] & other.known[w];
    out.yes[w] = ~(out.yes[w] ^ other.yes[w]) & known;
    out.known[w] = known;
  }
}

/// Answers of all steps for rows [begin, begin + rows), at most block_rows.
TIERWISE_INLINE void run_block(const bound_plan& plan, std::size_t begin, std::size_t rows, std::vector<lanes>& at) {
  for (const bound_source& source : plan.sources) {
    if (source.what->type == value_type::text) {
      ask_texts(source, begin, rows, at);
      continue;
    }
    const column_view& column = source.columns.front();
    if (source.columns.size() == 1 && column.type() == column_type::float32 && column.validity().bits == nullptr &&
        rows == block_rows) {
      ask_numbers(source, static_cast<const float*>(column.data()) + begin, rows, at);
      continue;
    }
    std::array<double, block_rows> values, whole;
    if (rows < block_rows) values.fill(missing);
    column.read_numbers(begin, {values.data(), rows});
    if (source.columns.size() == 2) {
      source.columns[1].read_numbers(begin, {whole.data(), rows});
      for (std::size_t i = 0; i < rows; ++i) values[i] = whole[i] > 0 ? values[i] / whole[i] : missing;
    }
    ask_numbers(source, values.data(), rows, at);
  }
  for (const auto& [step, position] : plan.other_steps) {
    at[step] = {};
    plan.others[position].evaluate(begin, rows, at[step]);
  }
  for (std::size_t step = 0; step < plan.what->steps.size(); ++step) {
    const plan_step& what = plan.what->steps[step];
    if (what.kind == step_kind::constant || what.kind >= step_kind::known) combine(what, rows, at, at[step]);
  }
}
