// One block of rows through a plan. Included once for each kind of machine, each time with another `bits` (plan_run.ipp), in a namespace
// of its own.

/// Where there is a value, as an answer.
TIERWISE_INLINE void say_known(const std::array<std::uint64_t, block_words>& known, std::size_t rows,
                               sides& out) noexcept {
  for (std::size_t w = 0; w < block_words; ++w) {
    out.yes[w] = known[w];
    out.no[w] = rows_of_word(rows, w) & ~known[w];
  }
}

/// A number is known where it equals itself.
template <class T>
void ask_numbers(const bound_source& source, const T* values, std::size_t rows, std::vector<sides>& at) noexcept {
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
      at[q.step].no[w] = ~yes & known[w];
    }
  if (source.what->known_step >= 0) say_known(known, rows, at[static_cast<std::size_t>(source.what->known_step)]);
}

TIERWISE_INLINE void ask_texts(const bound_source& source, std::size_t begin, std::size_t rows,
                               std::vector<sides>& at) {
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
        answer[i] = of_code[static_cast<std::size_t>(code[i]) + 1];
      else if (code[i] >= 0)
        answer[i] = group.answer(column.names()[static_cast<std::size_t>(code[i])]);
    for (std::size_t k = 0; k < group.steps.size(); ++k) {
      sides& to = at[group.steps[k]];
      for (std::size_t w = 0; w < block_words; ++w) {
        const std::uint64_t yes = bits::bit_of(answer.data() + 64 * w, static_cast<unsigned>(k));
        to.yes[w] = yes & known[w];
        to.no[w] = ~yes & known[w];
      }
    }
  }
  if (source.what->known_step >= 0) say_known(known, rows, at[static_cast<std::size_t>(source.what->known_step)]);
}

TIERWISE_INLINE void combine(const plan_step& step, std::size_t rows, const std::vector<sides>& at,
                             sides& out) noexcept {
  using word = std::uint64_t;
  const auto yes_of = [&at](answer_ref what) { return (what % 2 == 0 ? at[what / 2].yes : at[what / 2].no).data(); };
  const auto no_of = [&yes_of](answer_ref what) { return yes_of(what ^ 1); };
  std::array<word, block_words> yes{}, no{};
  if (step.kind == step_kind::constant) {
    for (std::size_t w = 0; w < block_words; ++w) yes[w] = rows_of_word(rows, w);
  } else if (step.kind == step_kind::known) {
    const word *a = yes_of(step.of[0]), *b = no_of(step.of[0]);
    for (std::size_t w = 0; w < block_words; ++w) {
      yes[w] = a[w] | b[w];
      no[w] = rows_of_word(rows, w) & ~yes[w];
    }
  } else if (step.kind == step_kind::same) {
    const word *a = yes_of(step.of[0]), *not_a = no_of(step.of[0]), *b = yes_of(step.of[1]), *not_b = no_of(step.of[1]);
    for (std::size_t w = 0; w < block_words; ++w) {
      yes[w] = (a[w] & b[w]) | (not_a[w] & not_b[w]);
      no[w] = (a[w] & not_b[w]) | (not_a[w] & b[w]);
    }
  } else {  // no wins in `and`, yes in `or`, which is `and` with the sides changed
    const bool all = step.kind == step_kind::all_of;
    for (std::size_t from = 0; from < block_words; from += 4) {
      four_words strict = ~four_words{}, easy{}, part;
      for (const answer_ref one : step.of) {
        const answer_ref turned = all ? one : one ^ 1;
        std::memcpy(&part, yes_of(turned) + from, sizeof part), strict &= part;
        std::memcpy(&part, no_of(turned) + from, sizeof part), easy |= part;
      }
      std::memcpy((all ? yes.data() : no.data()) + from, &strict, sizeof strict);
      std::memcpy((all ? no.data() : yes.data()) + from, &easy, sizeof easy);
    }
  }
  out.yes = yes;
  out.no = no;
}

/// Answers of all steps for rows [begin, begin + rows), at most block_rows.
TIERWISE_INLINE void run_block(const bound_plan& plan, std::size_t begin, std::size_t rows, std::vector<sides>& at) {
  for (const bound_source& source : plan.sources) {
    if (source.what->type == value_type::text) {
      ask_texts(source, begin, rows, at);
      continue;
    }
    const column_view& column = source.columns.front();
    if (source.columns.size() == 1 && column.type() == column_type::float32 && column.validity().bits == nullptr &&
        rows == block_rows) {
      const float* values = static_cast<const float*>(column.data()) + begin;
      for (std::size_t line = 0; line < block_rows && begin + 2 * block_rows <= column.size(); line += 16)
        __builtin_prefetch(values + block_rows + line);  // the next block, on its way while this one is asked
      ask_numbers(source, values, rows, at);
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
    lanes found;
    plan.others[position].evaluate(begin, rows, found);
    for (std::size_t w = 0; w < block_words; ++w) {
      at[step].yes[w] = found.yes[w];
      at[step].no[w] = found.known[w] & ~found.yes[w];
    }
  }
  for (const std::uint32_t step : plan.logic) {
    const plan_step& what = plan.what->steps[step];
    if (what.kind == step_kind::tag)
      at[step] = with_said(plan.said, what.source, begin, rows, at[what.of[0] / 2], what.of[0] % 2 != 0);
    else
      combine(what, rows, at, at[step]);
  }
}
